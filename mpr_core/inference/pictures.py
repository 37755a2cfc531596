"""A picture as bytes and as pixels, decoded once: where it is sent away its bytes suffice, where it is looked at they are decoded here."""

from __future__ import annotations

from abc import ABC, abstractmethod

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import InputError, MprError

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class Picture(ABC):
    """A JPEG that lies somewhere. What was asked for stays with it: its bytes, its colour pixels at full size."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._bytes: bytes | None = None
        self._pixels: NDArray[np.uint8] | None = None

    @abstractmethod
    def read(self) -> bytes:
        """The bytes as they are stored, from there.

        Raises:
            MprError: they are gone.
        """

    def jpeg(self) -> bytes:
        """The bytes, which stay with the picture from now on.

        Raises:
            MprError: they are gone.
        """
        if self._bytes is None:
            self._bytes = self.read()
        return self._bytes

    @abstractmethod
    def unreadable(self) -> MprError:
        """What to raise where the bytes do not decode."""

    def bgr(self, divide: int = 1) -> NDArray[np.uint8]:
        """`(h, w, 3)` pixels, each side divided by 1, 2, 4 or 8 while decoding.

        Raises:
            MprError: see `read` and `unreadable`.
        """
        if divide == 1 and self._pixels is not None:
            return self._pixels
        pixels = self._decoded(_REDUCED[divide])
        if divide == 1:
            self._pixels = pixels
        return pixels

    def grey(self) -> NDArray[np.uint8]:
        """`(h, w)` brightness as the JPEG holds it, at a third of the cost of colour (and not to the last level what colour gives).

        Raises:
            MprError: see `read` and `unreadable`.
        """
        return self._decoded(cv2.IMREAD_GRAYSCALE)

    def _decoded(self, how: int) -> NDArray[np.uint8]:
        data = np.frombuffer(self.jpeg(), np.uint8)
        found = cv2.imdecode(data, how) if data.size else None
        if found is None:
            raise self.unreadable()
        return np.asarray(found, np.uint8)

    def small(self, full_width_px: int, width_px: int) -> tuple[NDArray[np.uint8], float]:
        """A colour picture about `width_px` wide (never enlarged), and its scale against the stored one, `full_width_px` wide."""
        divide = next((d for d in (8, 4, 2) if full_width_px // d >= width_px), 1)
        picture = self.bgr(divide)
        if picture.shape[1] > width_px:
            size = (width_px, max(1, round(picture.shape[0] * width_px / picture.shape[1])))
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture, picture.shape[1] / full_width_px


class HeldPicture(Picture):
    """A picture whose bytes are at hand."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name)
        self._bytes = data

    def read(self) -> bytes:
        return self.jpeg()

    def unreadable(self) -> MprError:
        return InputError(
            "not a JPEG that can be decoded",
            where=self.name,
            why="the bytes are damaged or of another kind",
            remedy="give JPEG bytes as they are stored",
        )
