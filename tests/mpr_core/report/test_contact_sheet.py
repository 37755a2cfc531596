"""The contact sheet is a picture that fits its limit, whatever it is given."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mpr_core.report.contact_sheet import contact_sheet


def noise_png(seed: int) -> bytes:
    image = np.random.default_rng(seed).integers(0, 255, (90, 300, 3), np.uint8)
    return cv2.imencode(".png", image)[1].tobytes()


def decoded(jpeg: bytes) -> np.ndarray:
    assert jpeg[:3] == b"\xff\xd8\xff"
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


@pytest.mark.parametrize("count", [0, 1, 4, 7, 40])
@pytest.mark.parametrize("max_bytes", [6_000, 24_000])
def test_the_sheet_fits(count: int, max_bytes: int) -> None:
    jpeg = contact_sheet([(f"Brand {n}", noise_png(n)) for n in range(count)], max_bytes=max_bytes)
    assert len(jpeg) <= max_bytes
    assert min(decoded(jpeg).shape[:2]) >= 24


def test_crops_are_really_on_it() -> None:
    red = np.zeros((60, 160, 3), np.uint8)
    red[:] = (0, 0, 255)
    sheet = decoded(contact_sheet([("Red", cv2.imencode(".png", red)[1].tobytes())])).astype(int)
    reddish = (sheet[..., 2] > 200) & (sheet[..., 1] < 60)
    assert reddish.mean() > 0.3


@pytest.mark.parametrize("label", ["", "Пиво 日本", "a very long brand name " * 9, "line\nbreak"])
def test_any_label_and_broken_pictures_are_survived(label: str) -> None:
    jpeg = contact_sheet([(label, noise_png(1)), (label, b"no picture"), (label, b"")])
    assert decoded(jpeg).shape[1] > 200


def test_the_same_crops_give_the_same_bytes() -> None:
    crops = [(f"Brand {n}", noise_png(n)) for n in range(5)]
    assert contact_sheet(crops) == contact_sheet(crops)


def test_an_impossible_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="100 bytes"):
        contact_sheet([("x", noise_png(0))], max_bytes=100)
