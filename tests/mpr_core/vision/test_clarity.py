"""How clear a crop is does not depend on its contrast, and falls with blur."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mpr_core.synth.fonts import letter
from mpr_core.vision.clarity import clarity

WORD = letter("Brixomar", "sans_bold", 40.0).mask


def blurred(sigma_px: float, low: int = 20, high: int = 240) -> NDArray[np.uint8]:
    picture = cv2.copyMakeBorder(WORD, 8, 8, 8, 8, cv2.BORDER_CONSTANT, value=0).astype(np.float32) / 255
    if sigma_px:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma_px)
    return (low + (high - low) * picture).round().astype(np.uint8)


def test_sharp_letters_are_clear_and_every_blur_makes_them_less_so() -> None:
    values = [clarity(blurred(sigma)) for sigma in (0, 1, 2, 4, 8)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9
    assert values[-1] < 0.35


@pytest.mark.parametrize("sigma_px", [0, 1.5, 3])
def test_contrast_and_polarity_make_no_difference(sigma_px: float) -> None:
    full = clarity(blurred(sigma_px))
    assert clarity(blurred(sigma_px, 90, 150)) == pytest.approx(full, rel=0.12)
    assert clarity(255 - blurred(sigma_px)) == pytest.approx(full, rel=0.02)


def test_what_holds_no_letters_is_not_clear() -> None:
    assert clarity(np.zeros((0, 40), np.uint8)) == 0
    assert clarity(np.zeros((2, 40), np.uint8)) == 0
    assert clarity(np.full((30, 90), 128, np.uint8)) == 0
    assert clarity(np.linspace(0, 255, 200).astype(np.uint8)[None].repeat(30, 0)) < 0.05, "a shade is no edge"


def test_it_stays_within_zero_and_one() -> None:
    noise = np.random.default_rng(4).integers(0, 256, (40, 120), dtype=np.uint8)
    assert 0 <= clarity(noise) <= 1
    assert 0 <= clarity(blurred(0, 0, 255)) <= 1
