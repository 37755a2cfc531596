"""A picture is fetched once, whatever is asked of it, and says where it is damaged."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mpr_core.errors import InputError, MprError
from mpr_core.inference.pictures import HeldPicture, Picture
from tests.mpr_core.vision.conftest import draw_pitch


class CountedPicture(Picture):
    """A picture that counts how often its bytes are fetched."""

    def __init__(self, jpeg: bytes) -> None:
        super().__init__("counted")
        self.fetched = 0
        self._jpeg = jpeg

    def read(self) -> bytes:
        self.fetched += 1
        return self._jpeg

    def unreadable(self) -> MprError:
        return InputError("damaged", where=self.name, why="", remedy="")


def jpeg() -> bytes:
    return cv2.imencode(".jpg", draw_pitch())[1].tobytes()


def test_bytes_and_pixels_of_every_kind_are_one_fetch() -> None:
    picture = CountedPicture(jpeg())
    bgr, grey, half = picture.bgr(), picture.grey(), picture.bgr(2)
    assert (picture.jpeg(), picture.fetched) == (jpeg(), 1)
    assert bgr.shape == (*grey.shape, 3)
    assert half.shape[0] == -(-grey.shape[0] // 2)
    assert picture.bgr() is bgr


def test_grey_is_the_brightness_of_the_colours() -> None:
    picture = HeldPicture("pitch", jpeg())
    from_colour = cv2.cvtColor(picture.bgr(), cv2.COLOR_BGR2GRAY).astype(int)
    difference = np.abs(picture.grey().astype(int) - from_colour)
    assert difference.mean() < 1
    assert np.percentile(difference, 99) <= 3


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff"])
def test_bytes_that_are_no_jpeg_are_refused_in_grey_as_in_colour(data: bytes) -> None:
    for look in (HeldPicture.bgr, HeldPicture.grey):
        with pytest.raises(InputError):
            look(HeldPicture("x", data))
