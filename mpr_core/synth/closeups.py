"""Close-ups without a field: a turning carton, a shelf of goods, and end cards."""

from __future__ import annotations

from math import cos, radians, sin

import cv2
import numpy as np

from mpr_core.synth.brands import PRICES, SLOGANS, Brand, Colour
from mpr_core.synth.camera import Camera, Path, Plane, aimed, drift_px
from mpr_core.synth.canvas import Canvas
from mpr_core.synth.textures import Sheet, Texture, name_plate

_CARTON_PX_PER_M = 2200
_CARTON_M = (0.26, 0.34, 0.12)  # width, height, depth
_SHELF_PX_PER_M = 420


class ProductSection:
    """A carton on a table that turns back and forth while the camera pushes in slowly."""

    def __init__(self, brand: Brand, seconds: float, size_px: tuple[int, int], seed: tuple[int, ...]) -> None:
        rng = np.random.default_rng(seed)
        self._size_px = size_px
        self._turn = float(rng.uniform(18, 34)), float(rng.uniform(0.5, 0.9)), float(rng.uniform(0, 6))
        start = float(rng.uniform(0.7, 1.0))
        self._across = Path([(-0.5, start), (seconds + 0.5, start * float(rng.uniform(0.6, 0.8)))])
        self._front, self._side = _carton(rng, brand)
        self._backdrop = _bokeh(rng, size_px)

    def camera(self, t_s: float) -> Camera:
        """The camera at a time; the carton stands at the origin."""
        return aimed((0.02 * sin(0.8 * t_s), -1.2, 0.42), (0.0, 0.0, 0.17), self._across.at(t_s), 0.52, self._size_px)

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None:
        """Draws the frame at `t_s`."""
        camera = self.camera(t_s)
        projection = camera.matrix()
        np.copyto(canvas.image, self._backdrop)
        canvas.clear()
        most, rate, phase = self._turn
        angle = radians(most * sin(rate * t_s + phase))
        wide, high, deep = _CARTON_M
        right, back = np.array((cos(angle), sin(angle))), np.array((-sin(angle), cos(angle)))
        corner = -right * wide / 2 - back * deep / 2
        sides = (
            (corner, right, self._front),
            (corner + right * wide, back, self._side),
            (corner + back * deep, -back, self._side),
        )
        for start, along, texture in sides:
            # A side faces the camera when its outward normal, the right-hand one of its rows, points at it.
            outward = np.array((along[1], -along[0]))
            if float(outward @ (np.array((camera.x_m, camera.y_m)) - start)) > 0.05:
                plane = Plane((start[0], start[1], high), (along[0], along[1], 0), (0, 0, -1), _CARTON_PX_PER_M)
                canvas.paint(texture, plane.homography(projection))
        canvas.shake(*drift_px(camera, self.camera(t_s + exposure_s), 1.2))


def _carton(rng: np.random.Generator, brand: Brand) -> tuple[Texture, Texture]:
    """Front and side of a carton."""
    wide, high, deep = (round(side * _CARTON_PX_PER_M) for side in _CARTON_M)
    front, side = Sheet(wide, high, brand.ground_bgr), Sheet(deep, high, brand.ground_bgr)
    band: Colour = (235, 238, 240)
    front.box(0, 0.62 * high, wide, 0.8 * high, band)
    slogan = str(rng.choice(SLOGANS))
    front.write(slogan, (20, 0.63 * high, wide - 20, 0.79 * high), "serif_bold", (40, 40, 40), letter_px=38)
    name_plate(front, brand, brand.writings[0], (22, 0.12 * high, wide - 22, 0.5 * high), "product", letter_px=150)
    front.write("500 g · No 12", (30, 0.86 * high, wide * 0.6, 0.94 * high), "sans", brand.ink_bgr, letter_px=26)
    cv2.circle(front.image, (round(wide * 0.82), round(0.88 * high)), 56, (40, 60, 220), -1, cv2.LINE_AA)
    price = (wide * 0.82 - 48, 0.83 * high, wide * 0.82 + 48, 0.93 * high)
    front.write(str(rng.choice(PRICES)), price, "sans_bold", (250, 250, 250))
    box = (0.15 * deep, 0.08 * high, 0.85 * deep, 0.92 * high)
    side.write(
        brand.writings[-1], box, brand.face, brand.ink_bgr, letter_px=90, turn=-90, brand=brand, surface="product"
    )
    side.image[:] = (side.image * 0.86).astype(np.uint8)
    return front.finish(), side.finish()


def _bokeh(rng: np.random.Generator, size_px: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A room out of focus above a table top."""
    width, height = size_px
    image = np.empty((height, width, 3), np.float32)
    tint = rng.uniform(60, 150, 3)
    image[:] = tint * np.linspace(0.5, 1.1, height)[:, None, None]
    small = np.ascontiguousarray(image)
    for _ in range(14):
        centre = (int(rng.integers(width)), int(rng.integers(round(height * 0.6))))
        light = tuple(float(v) for v in tint + rng.uniform(20, 90, 3))
        cv2.circle(small, centre, int(rng.integers(height // 20, height // 7)), light, -1)
    small = cv2.GaussianBlur(small, (0, 0), height / 40)
    table = round(0.66 * height)
    wood = np.array((70, 100, 140)) * rng.uniform(0.7, 1.2)
    small[table:] = wood * np.linspace(0.7, 1.1, height - table)[:, None, None]
    return np.asarray(np.clip(cv2.GaussianBlur(small, (0, 0), height / 120), 0, 255), np.uint8)


class ShelfSection:
    """A supermarket shelf: many packs of several brands in small letters, price tags below, the camera sliding past."""

    def __init__(
        self, brands: tuple[Brand, ...], seconds: float, size_px: tuple[int, int], seed: tuple[int, ...]
    ) -> None:
        rng = np.random.default_rng(seed)
        self._size_px = size_px
        self._shelf = _shelf(rng, brands)
        start, move = float(rng.uniform(1.0, 1.8)), float(rng.uniform(0.4, 0.9))
        self._along = Path([(-0.5, start), (seconds + 0.5, start + move)], sway=0.006)
        self._across = Path([(-0.5, float(rng.uniform(1.3, 2.3))), (seconds + 0.5, float(rng.uniform(1.3, 2.3)))])
        self._lean = float(rng.uniform(-0.5, 0.5))

    def camera(self, t_s: float) -> Camera:
        """The camera at a time."""
        x = self._along.at(t_s)
        return aimed((x, -1.5, 1.1), (x + self._lean, 0.0, 1.0), self._across.at(t_s), 0.5, self._size_px)

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None:
        """Draws the frame at `t_s`."""
        camera = self.camera(t_s)
        canvas.wash((64, 66, 70))
        canvas.clear()
        plane = Plane((0.0, 0.0, 1.75), (1, 0, 0), (0, 0, -1), _SHELF_PX_PER_M)
        canvas.paint(self._shelf, plane.homography(camera.matrix()))
        canvas.shake(*drift_px(camera, self.camera(t_s + exposure_s), 1.5))


def _shelf(rng: np.random.Generator, brands: tuple[Brand, ...]) -> Texture:
    per, width = _SHELF_PX_PER_M, round(4.0 * _SHELF_PX_PER_M)
    sheet = Sheet(width, round(1.5 * per), (58, 60, 64))
    for row in range(3):
        foot, x = (row + 1) * 0.5 * per - 0.09 * per, 0.03 * per
        order = rng.permutation(len(brands))
        while x < width - 0.5 * per:
            order = np.roll(order, 1)
            brand = brands[int(order[0])]
            wide, high = float(rng.uniform(0.26, 0.36)) * per, float(rng.uniform(0.26, 0.36)) * per
            text = brand.writings[int(rng.integers(len(brand.writings)))]
            for _ in range(int(rng.integers(1, 3))):
                sheet.box(x, foot - high, x + wide - 4, foot, brand.ground_bgr)
                name = (x + 5, foot - 0.85 * high, x + wide - 9, foot - 0.4 * high)
                name_plate(sheet, brand, text, name, "product", letter_px=0.055 * per)
                sheet.box(x + 8, foot - 0.3 * high, x + wide - 12, foot - 0.27 * high, brand.ink_bgr)
                x += wide
            x += 0.05 * per
        sheet.box(0, foot, width, foot + 0.085 * per, (212, 214, 216))
        for tag in np.arange(0.1 * per, width - 0.4 * per, 0.45 * per):
            sheet.box(tag, foot + 3, tag + 0.2 * per, foot + 0.08 * per, (60, 225, 250))
            box = (tag + 2, foot + 3, tag + 0.2 * per - 2, foot + 0.08 * per)
            sheet.write(str(rng.choice(PRICES)), box, "sans_bold", (30, 30, 30))
    return sheet.finish()


class EndCardSection:
    """One brand on a plain ground, filling the screen, growing slowly."""

    def __init__(self, brand: Brand, seconds: float, size_px: tuple[int, int], seed: tuple[int, ...]) -> None:
        rng = np.random.default_rng(seed)
        width, height = self._size_px = size_px
        self._grow = float(rng.uniform(0.008, 0.02))
        sheet = Sheet(width, height, brand.ground_bgr)
        shade = np.linspace(1.06, 0.84, height)[:, None, None]
        sheet.image[:] = np.clip(sheet.image * shade, 0, 255).astype(np.uint8)
        text = brand.writings[int(rng.integers(len(brand.writings)))]
        size = float(rng.uniform(0.12, 0.25)) * height
        name_plate(
            sheet, brand, text, (0.1 * width, 0.22 * height, 0.9 * width, 0.6 * height), "end_card", letter_px=size
        )
        slogan, box = str(rng.choice(SLOGANS)), (0.15 * width, 0.66 * height, 0.85 * width, 0.76 * height)
        sheet.write(slogan, box, "sans", brand.ink_bgr, letter_px=0.036 * height)
        self._card = sheet.finish()

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None:
        """Draws the frame at `t_s`; nothing moves fast enough for the exposure to matter."""
        del exposure_s
        width, height = self._size_px
        zoom = 1.0 + self._grow * max(0.0, t_s + 1.0)
        mid_x, mid_y = width / 2, height / 2
        canvas.clear()
        grown = np.array(((zoom, 0, mid_x * (1 - zoom)), (0, zoom, mid_y * (1 - zoom)), (0, 0, 1.0)))
        canvas.paint(self._card, grown)
