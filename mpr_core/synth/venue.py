"""The ground: pitch, stands, and the boards and LED tiles that stand on it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from mpr_core.synth.brands import Brand, Colour
from mpr_core.synth.camera import Plane
from mpr_core.synth.textures import Image, Sheet, Texture, name_plate

PITCH_X_M, PITCH_Y_M = 105.0, 68.0
ROW_Y_M, END_X_M = 71.0, 109.0  # the boards behind the far touchline, and behind the right-hand goal
BOARD_M, BOARD_HIGH_M = 6.0, 0.95
ROW_FROM_M, ROW_COUNT = -9.0, 19
END_FROM_M, END_COUNT = 62.0, 9
_BOARD_PX_PER_M = 120
_TURF_PX_PER_M = 16
_STAND_PX_PER_M = 18
_APRON_M = 10.0

TURF = Plane((-_APRON_M, PITCH_Y_M + _APRON_M, 0.0), (1, 0, 0), (0, -1, 0), _TURF_PX_PER_M)
FAR_STAND = Plane((-60.0, ROW_Y_M + 3 + 30 * 0.85, 30 * 0.527), (1, 0, 0), (0, -0.85, -0.527), _STAND_PX_PER_M)
END_STAND = Plane((END_X_M + 3 + 30 * 0.85, 100.0, 30 * 0.527), (0, -1, 0), (-0.85, 0, -0.527), _STAND_PX_PER_M)


def row_plane(offset_m: float) -> Plane:
    """A board in the far row that begins `offset_m` along the touchline."""
    return Plane((offset_m, ROW_Y_M, BOARD_HIGH_M), (1, 0, 0), (0, 0, -1), _BOARD_PX_PER_M)


def end_plane(offset_m: float) -> Plane:
    """A board behind the right-hand goal, `offset_m` from the far end of that row."""
    return Plane((END_X_M, END_FROM_M - offset_m, BOARD_HIGH_M), (0, -1, 0), (0, 0, -1), _BOARD_PX_PER_M)


@lru_cache(maxsize=2)
def turf(seed: int) -> Texture:
    """The pitch seen from above: mown stripes, lines, worn patches."""
    rng = np.random.default_rng([seed, 0x6A55])
    width, height = (round((side + 2 * _APRON_M) * _TURF_PX_PER_M) for side in (PITCH_X_M, PITCH_Y_M))
    green = np.array((58, 132, 62)) + rng.integers(-14, 15, 3)
    image = np.empty((height, width, 3), np.float32)
    stripe = (np.arange(width) / _TURF_PX_PER_M - _APRON_M) // 5.25 % 2
    image[:] = green + (stripe * 16 - 8)[None, :, None] * np.array((0.7, 1.0, 0.8))
    coarse = rng.normal(0, 1, (height // 60, width // 60)).astype(np.float32)
    image += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None] * 4
    image += rng.normal(0, 5, (height, width, 1))
    sheet = Sheet(width, height, (0, 0, 0))
    sheet.image[:] = np.clip(image, 0, 255).astype(np.uint8)
    _lines(sheet.image)
    return sheet.finish()


def _lines(image: Image) -> None:
    scale, white, wide = _TURF_PX_PER_M, (226, 236, 228), 2

    def at(x_m: float, y_m: float) -> tuple[int, int]:
        return round((x_m + _APRON_M) * scale), round((PITCH_Y_M + _APRON_M - y_m) * scale)

    def frame(x0: float, y0: float, x1: float, y1: float) -> None:
        cv2.rectangle(image, at(x0, y0), at(x1, y1), white, wide, cv2.LINE_AA)

    middle = PITCH_Y_M / 2
    frame(0, 0, PITCH_X_M, PITCH_Y_M)
    cv2.line(image, at(PITCH_X_M / 2, 0), at(PITCH_X_M / 2, PITCH_Y_M), white, wide, cv2.LINE_AA)
    cv2.circle(image, at(PITCH_X_M / 2, middle), round(9.15 * scale), white, wide, cv2.LINE_AA)
    for near, sign in ((0.0, 1.0), (PITCH_X_M, -1.0)):
        frame(near, middle - 20.16, near + sign * 16.5, middle + 20.16)
        frame(near, middle - 9.16, near + sign * 5.5, middle + 9.16)
        cv2.circle(image, at(near + sign * 11, middle), 3, white, -1, cv2.LINE_AA)


@lru_cache(maxsize=2)
def stand(seed: int) -> Texture:
    """A raked stand, full of people: rows of heads and coats, aisles, the roof's shade towards the top."""
    rng = np.random.default_rng([seed, 0x57A7])
    width, height = 230 * _STAND_PX_PER_M, 30 * _STAND_PX_PER_M
    pitch_px = 11
    rows, seats = height // pitch_px, width // pitch_px
    # Coats are mostly grey and dark; a colour cast on top of a common brightness keeps the crowd from glittering.
    people = np.clip(rng.integers(35, 150, (rows, seats, 1)) + rng.integers(-28, 29, (rows, seats, 3)), 0, 255).astype(
        np.uint8
    )
    fans = rng.random((rows, seats)) < 0.3
    people[fans] = np.array(((60, 50, 170), (160, 90, 40), (200, 200, 205)), np.uint8)[rng.integers(0, 3)]
    people[rng.random((rows, seats)) < 0.12] = (70, 60, 58)
    image = cv2.resize(people, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    heads = np.zeros((pitch_px, pitch_px), np.float32)
    cv2.circle(heads, (5, 3), 3, 1.0, -1, cv2.LINE_AA)
    cover = np.tile(heads, (rows + 1, seats + 1))[:height, :width, None]
    tone = rng.uniform(0.6, 1.0, (rows + 1, seats + 1)).repeat(pitch_px, 0).repeat(pitch_px, 1)[:height, :width, None]
    image = image * (1 - cover) * 0.8 + cover * tone * np.array((120, 150, 195))
    for aisle in range(150, width, 16 * _STAND_PX_PER_M):
        image[:, aisle : aisle + 16] = (96, 98, 100)
    image *= np.linspace(0.3, 0.95, height)[:, None, None]
    sheet = Sheet(width, height, (0, 0, 0))
    sheet.image[:] = cv2.GaussianBlur(np.clip(image, 0, 255).astype(np.uint8), (0, 0), 1.2)
    return sheet.finish()


@lru_cache(maxsize=64)
def board(brand: Brand, text: str, swapped: bool) -> Texture:
    """A printed perimeter board."""
    width, height = round(BOARD_M * _BOARD_PX_PER_M), round(BOARD_HIGH_M * _BOARD_PX_PER_M)
    ground, ink = (brand.ink_bgr, brand.ground_bgr) if swapped else (brand.ground_bgr, brand.ink_bgr)
    sheet = Sheet(width, height, ground)
    name_plate(sheet, brand, text, (24, 4, width - 24, height - 4), "board", letter_px=0.6 * height, ink=ink)
    sheet.image[:] = _lit(sheet.image, 1.06, 0.9)
    sheet.box(0, 0, width, 3, (60, 60, 60))
    sheet.box(0, 0, 2, height, (50, 50, 50))
    return sheet.finish()


@lru_cache(maxsize=64)
def led_tile(brand: Brand, text: str, width_m: float) -> Texture:
    """One repeat of an LED panel's content: bright on dark, in visible dots when seen from close by."""
    width, height = round(width_m * _BOARD_PX_PER_M), round(BOARD_HIGH_M * _BOARD_PX_PER_M)
    ground, ink = _glowing(brand)
    sheet = Sheet(width, height, ground)
    name_plate(sheet, brand, text, (30, 2, width - 30, height - 2), "led", letter_px=0.64 * height, ink=ink)
    sheet.image[::3] = (sheet.image[::3] * 0.8).astype(np.uint8)
    sheet.image[:, ::3] = (sheet.image[:, ::3] * 0.8).astype(np.uint8)
    return sheet.finish()


def _glowing(brand: Brand) -> tuple[Colour, Colour]:
    """Ground and ink as a light-emitting panel shows them: the darker of the two as ground, the lighter pushed up."""
    dark, light = sorted((brand.ground_bgr, brand.ink_bgr), key=lambda c: 0.11 * c[0] + 0.59 * c[1] + 0.3 * c[2])
    return (dark[0] * 7 // 10, dark[1] * 7 // 10, dark[2] * 7 // 10), (
        min(255, light[0] + 25),
        min(255, light[1] + 25),
        min(255, light[2] + 25),
    )


def _lit(image: Image, top: float, bottom: float) -> Image:
    shade = np.linspace(top, bottom, image.shape[0])[:, None, None]
    return np.asarray(np.clip(image * shade, 0, 255), np.uint8)
