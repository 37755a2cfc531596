"""Typefaces: the TTFs that matplotlib ships (DejaVu, STIX, Computer Modern), measured by their capital letters.

matplotlib itself is never imported (half a second, and a font cache in the user's home); its folder is all it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mpr_core.errors import MprError

FaceName = Literal[
    "sans",
    "sans_bold",
    "sans_bold_oblique",
    "serif_bold",
    "serif_bold_italic",
    "mono_bold",
    "stix_bold",
    "stix_bold_italic",
    "cm_sans",
    "cm_bold",
]

FILES: dict[FaceName, str] = {
    "sans": "DejaVuSans.ttf",
    "sans_bold": "DejaVuSans-Bold.ttf",
    "sans_bold_oblique": "DejaVuSans-BoldOblique.ttf",
    "serif_bold": "DejaVuSerif-Bold.ttf",
    "serif_bold_italic": "DejaVuSerif-BoldItalic.ttf",
    "mono_bold": "DejaVuSansMono-Bold.ttf",
    "stix_bold": "STIXGeneralBol.ttf",
    "stix_bold_italic": "STIXGeneralBolIta.ttf",
    "cm_sans": "cmss10.ttf",
    "cm_bold": "cmb10.ttf",
}


@dataclass(frozen=True)
class Lettering:
    """One line of text as an ink mask.

    `mask` is `(h, w) uint8`, cropped to the ink. `baseline_px` is measured from the mask's top; `letter_px` is the
    height of the capitals, or of the small letters where the text has neither capitals nor digits.
    """

    mask: NDArray[np.uint8]
    baseline_px: float
    letter_px: float


def face_path(face: FaceName) -> Path:
    """The face's file. Raises `MprError` when matplotlib's fonts are not installed."""
    found = find_spec("matplotlib")
    folder = Path(next(iter(found.submodule_search_locations or ()), "")) if found else Path()
    path = folder / "mpl-data" / "fonts" / "ttf" / FILES[face]
    if not path.is_file():
        raise MprError(
            "a typeface for the synthetic footage is missing",
            where=FILES[face],
            why="it is taken from matplotlib's mpl-data, which is not installed",
            remedy="pip install matplotlib",
        )
    return path


@cache
def _capital_ratio(face: FaceName) -> float:
    """Height of 'H' over the nominal size."""
    _, top, _, bottom = _font(face, 1000).getbbox("H", anchor="ls")
    return (bottom - top) / 1000.0


@lru_cache(maxsize=256)
def _font(face: FaceName, size_px: float) -> ImageFont.FreeTypeFont:
    # The basic layout: the other one depends on a system library, and truth must not.
    return ImageFont.truetype(str(face_path(face)), size_px, layout_engine=ImageFont.Layout.BASIC)


def width_ratio(text: str, face: FaceName) -> float:
    """Ink width of the text over its capitals' height."""
    left, _, right, _ = _font(face, 1000).getbbox(text, anchor="ls")
    return float(right - left) / 1000.0 / _capital_ratio(face)


@lru_cache(maxsize=512)
def letter(text: str, face: FaceName, capital_px: float) -> Lettering:
    """Draws one line of text with capitals `capital_px` high."""
    font = _font(face, capital_px / _capital_ratio(face))
    left, top, right, bottom = (int(v) for v in font.getbbox(text, anchor="ls"))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)), 0)
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font, anchor="ls")
    mask = np.array(image, dtype=np.uint8)
    # Pillow's box reaches to the last letter's advance; the ink itself ends earlier.
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    ink = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = not any(ch.isupper() or ch.isdigit() for ch in text)
    height = -float(font.getbbox("x", anchor="ls")[1]) if small else capital_px
    return Lettering(np.ascontiguousarray(ink), float(-top - rows[0]), height)
