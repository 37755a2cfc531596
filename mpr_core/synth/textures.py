"""Textures: flat pictures with lettering, drawn once, and the marks that say where each brand stands on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.synth.brands import Brand, Colour
from mpr_core.synth.camera import Floats
from mpr_core.synth.fonts import FaceName, Lettering, letter, width_ratio

Image = NDArray[np.uint8]
Surface = Literal["board", "led", "score_bug", "watermark", "sign", "product", "end_card"]
SURFACES: tuple[Surface, ...] = ("board", "led", "score_bug", "watermark", "sign", "product", "end_card")
Turn = Literal[0, 90, -90]

_MIN_LEVEL_PX = 4


@dataclass(frozen=True)
class Mark:
    """A brand's lettering on a texture, texture pixels.

    `quad` is `(4, 2)`, clockwise from the top-left of the upright reading direction; `rule` is `(2, 2)`, two points
    whose distance is the height of the letters.
    """

    brand: str
    surface: Surface
    quad: Floats
    rule: Floats


@dataclass(frozen=True)
class Texture:
    """A picture in halving sizes (so that it shrinks without aliasing) and its marks in pixels of the largest."""

    levels: tuple[Image, ...]
    marks: tuple[Mark, ...]
    alpha: Image | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the largest level."""
        height, width = self.levels[0].shape[:2]
        return width, height


class Sheet:
    """A texture while it is being drawn."""

    def __init__(self, width_px: int, height_px: int, ground_bgr: Colour, *, seen_through: bool = False) -> None:
        self.image: Image = np.full((height_px, width_px, 3), ground_bgr, dtype=np.uint8)
        self.alpha: Image | None = np.zeros((height_px, width_px), dtype=np.uint8) if seen_through else None
        self.marks: list[Mark] = []

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fills a rectangle, pixels."""
        a, b = (round(x0), round(y0)), (round(x1) - 1, round(y1) - 1)
        cv2.rectangle(self.image, a, b, colour, -1)
        if self.alpha is not None:
            cv2.rectangle(self.alpha, a, b, round(255 * opacity), -1)

    def write(
        self,
        text: str,
        box: tuple[float, float, float, float],
        face: FaceName,
        colour: Colour,
        *,
        letter_px: float | None = None,
        turn: Turn = 0,
        align: float = 0.5,
        brand: Brand | None = None,
        surface: Surface = "sign",
        outline: Colour | None = None,
    ) -> float:
        """Writes one line into a box, as large as fits and at most `letter_px`; with `brand`, marks it.

        Args:
            turn: 90 reads downwards, -90 upwards.
            align: 0 puts it at the start of the box along the reading direction, 1 at its end.
        Returns:
            The height of its capitals, pixels.
        """
        x0, y0, x1, y1 = box
        length, breadth = (x1 - x0, y1 - y0) if turn == 0 else (y1 - y0, x1 - x0)
        capital = min(breadth / 1.45, length / width_ratio(text, face))
        capital = min(capital, letter_px) if letter_px else capital
        drawn = letter(text, face, round(capital * 4) / 4)
        width = drawn.mask.shape[1]
        along = (length - width) * align
        # Capitals stand centred in the box, whatever hangs below the baseline.
        across = breadth / 2 + round(capital * 4) / 8 - drawn.baseline_px
        mask, corner, points = _turned(drawn, along, across, turn, (x0, y0, x1, y1))
        if outline is not None:
            self._ink(cv2.dilate(cv2.copyMakeBorder(mask, 2, 2, 2, 2, 0), np.ones((3, 3))), corner - 2, outline)
        self._ink(mask, corner, colour)
        if brand is not None:
            points = points + corner
            self.marks.append(Mark(brand.canonical_name, surface, points[:4], points[4:]))
        return capital

    def _ink(self, mask: Image, corner: Floats, colour: Colour) -> None:
        height, width = mask.shape
        x, y = int(corner[0]), int(corner[1])
        sx, sy = max(0, -x), max(0, -y)
        part = self.image[y + sy : y + height, x + sx : x + width]
        mask = mask[sy : sy + part.shape[0], sx : sx + part.shape[1]]
        weight = mask[..., None].astype(np.uint16)
        part[:] = ((part * (255 - weight) + np.array(colour, np.uint16) * weight + 127) // 255).astype(np.uint8)
        if self.alpha is not None:
            area = self.alpha[y + sy : y + height, x + sx : x + width]
            np.maximum(area, mask, out=area)

    def finish(self) -> Texture:
        """The texture with its smaller levels."""
        levels: list[Image] = [self.image]
        while min(levels[-1].shape[:2]) >= 2 * _MIN_LEVEL_PX:
            height, width = levels[-1].shape[:2]
            levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
        return Texture(tuple(levels), tuple(self.marks), self.alpha)


def _turned(
    drawn: Lettering, along: float, across: float, turn: Turn, box: tuple[float, float, float, float]
) -> tuple[Image, Floats, Floats]:
    """The mask as it lies on the sheet, its top-left corner (whole pixels), and quad and rule relative to it."""
    x0, y0, x1, y1 = box
    height, width = drawn.mask.shape
    foot = drawn.baseline_px
    local = np.array(
        ((0, 0), (width, 0), (width, height), (0, height), (width / 2, foot), (width / 2, foot - drawn.letter_px)),
        float,
    )
    if turn == 0:
        return drawn.mask, np.round((x0 + along, y0 + across)), local
    if turn == 90:
        points = np.column_stack((height - local[:, 1], local[:, 0]))
        return np.ascontiguousarray(np.rot90(drawn.mask, -1)), np.round((x1 - across - height, y0 + along)), points
    points = np.column_stack((local[:, 1], width - local[:, 0]))
    return np.ascontiguousarray(np.rot90(drawn.mask)), np.round((x0 + across, y1 - along - width)), points


def icon(sheet: Sheet, kind: str, centre: tuple[float, float], radius_px: float, colour: Colour) -> None:
    """A plain emblem beside a name: ring, bar or wedge."""
    x, y = centre
    middle, radius = (round(x), round(y)), max(2, round(radius_px))
    if kind == "ring":
        # With a dot inside, so that nobody has to take it for the letter O.
        cv2.circle(sheet.image, middle, radius, colour, max(1, radius // 4), cv2.LINE_AA)
        cv2.circle(sheet.image, middle, max(1, radius // 2), colour, -1, cv2.LINE_AA)
    elif kind == "bar":
        for step in (-1, 0, 1):
            dx = round(step * radius * 0.7)
            a, b = (
                (middle[0] + dx - radius // 4, middle[1] + radius),
                (middle[0] + dx + radius // 4, middle[1] - radius),
            )
            cv2.line(sheet.image, a, b, colour, max(2, radius // 4), cv2.LINE_AA)
    elif kind == "wedge":
        points = np.array(((x - radius, y + radius), (x + radius, y + radius), (x + radius * 0.2, y - radius)))
        cv2.fillPoly(sheet.image, [np.round(points).astype(np.int32)], colour, cv2.LINE_AA)


def name_plate(
    sheet: Sheet,
    brand: Brand,
    text: str,
    box: tuple[float, float, float, float],
    surface: Surface,
    *,
    letter_px: float | None = None,
    ink: Colour | None = None,
) -> None:
    """The brand's name with its emblem on the left, if it has one, centred in the box."""
    x0, y0, x1, y1 = box
    ink = ink or brand.ink_bgr
    if brand.icon:
        ratio = width_ratio(text, brand.face)
        size = min(letter_px or 1e9, (y1 - y0) / 1.45, (x1 - x0) / (ratio + 1.6))
        wide = ratio * size
        start = (x0 + x1 - wide - 1.6 * size) / 2
        icon(sheet, brand.icon, (start + 0.55 * size, (y0 + y1) / 2), 0.5 * size, ink)
        x0 = start + 1.6 * size
        x1 = x0 + wide + 1
    sheet.write(text, (x0, y0, x1, y1), brand.face, ink, letter_px=letter_px, brand=brand, surface=surface)
