"""Films of still pictures, for places that a camera drawn over a street cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.synth.fonts import letter
from tests.mpr_core.sign_film import Sign, paint
from tests.mpr_core.vision.conftest import draw_panorama, draw_pitch

Picture = NDArray[np.uint8]
_RATE = 25


def street(*signs: Sign, place: int = 3, size_px: tuple[int, int] = (320, 180)) -> Picture:
    """A street with signs; letters that reach over the picture's border are cut by it."""
    width, height = size_px
    wide = cv2.resize(draw_panorama(place, 360, 1400), (width * 3, height), interpolation=cv2.INTER_AREA)
    for sign in signs:
        paint(wide, sign, offset_px=width)
    return np.ascontiguousarray(wide[:, width : 2 * width])


def upside_down(sign: Sign, place: int = 3) -> Picture:
    """A street where one sign hangs upside down."""
    return np.ascontiguousarray(street(sign, place=place)[::-1, ::-1])


def pitch(*signs: Sign) -> Picture:
    """A football pitch with signs; 1280x720."""
    picture = draw_pitch()
    for sign in signs:
        paint(picture, sign)
    return picture


def faint(text: str, size_px: tuple[int, int] = (320, 180)) -> Picture:
    """Letters a few shades lighter than the plain ground around them."""
    picture = np.full((size_px[1], size_px[0], 3), 110, np.uint8)
    mask = letter(text, "sans_bold", 26.0).mask
    picture[70 : 70 + mask.shape[0], 60 : 60 + mask.shape[1]] += (mask[..., None] // 5).astype(np.uint8)
    return picture


def film_of(path: Path, takes: Sequence[tuple[Picture, Fraction]], grain: float = 1.5) -> Path:
    """Each picture for its seconds, with `grain` levels of sensor noise."""
    height, width = takes[0][0].shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=_RATE, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in _frames(takes, grain):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        output.mux(stream.encode(None))
    return path


def _frames(takes: Sequence[tuple[Picture, Fraction]], grain: float) -> Iterator[Picture]:
    random = np.random.default_rng(5)
    for picture, seconds in takes:
        for _ in range(int(seconds * _RATE)):
            yield np.clip(picture + random.normal(0, grain, picture.shape), 0, 255).astype(np.uint8)
