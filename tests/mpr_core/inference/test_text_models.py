"""The text models: what they find does not depend on the arithmetic, and their answers are always the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mpr_core.inference.engine import OnnxModel, Precision
from mpr_core.inference.model_files import TEXT_DETECTOR
from mpr_core.inference.text_detector import Quad, TextDetector
from mpr_core.inference.text_recogniser import TextRecogniser
from mpr_core.synth.fonts import letter
from tests.mpr_core.sign_film import SHOTS, pictures

SETTINGS = (0.3, 0.5, 1.6)


@pytest.fixture(scope="module")
def scene() -> NDArray[np.uint8]:
    return next(pictures(SHOTS[:1], [SHOTS[0].seconds / 2]))


def detector_of(precision: Precision) -> TextDetector:
    return TextDetector(OnnxModel(TEXT_DETECTOR.path(), precision), *SETTINGS)


def in_order(quads: list[Quad]) -> list[Quad]:
    return sorted(quads, key=lambda quad: float(quad.corners_px[0, 0]))


def test_full_and_automatic_precision_find_the_same_boxes_and_text(scene: NDArray[np.uint8]) -> None:
    found: dict[Precision, list[Quad]] = {p: in_order(detector_of(p).detect(scene, 1.0)) for p in ("f32", "auto")}
    assert len(found["f32"]) == len(found["auto"]) == 2
    for full, automatic in zip(found["f32"], found["auto"], strict=True):
        assert automatic.corners_px == pytest.approx(full.corners_px, abs=3)
        assert automatic.score == pytest.approx(full.score, abs=0.05)
        x0, y0 = full.corners_px.min(0).astype(int)
        x1, y1 = full.corners_px.max(0).astype(int)
        crop = np.ascontiguousarray(scene[y0:y1, x0:x1])
        one, other = (TextRecogniser(p).read(crop) for p in ("f32", "auto"))
        assert one.text == other.text in ("VANTELO", "Brixomar")
        assert other.score == pytest.approx(one.score, abs=0.03)


@pytest.mark.parametrize("scale", [1.0, 0.75, 0.5])
def test_boxes_come_in_the_pictures_own_pixels_at_any_scale(scale: float, scene: NDArray[np.uint8]) -> None:
    detector = detector_of("auto")
    whole, scaled = (in_order(detector.detect(scene, s)) for s in (1.0, scale))
    assert len(scaled) == len(whole) == 2
    for one, other in zip(whole, scaled, strict=True):
        assert other.corners_px == pytest.approx(one.corners_px, abs=7)


@pytest.mark.parametrize("size", [(1, 1), (16, 700), (700, 16), (33, 31)])
def test_any_size_of_picture_can_be_searched(size: tuple[int, int]) -> None:
    assert detector_of("auto").detect(np.full((*size, 3), 90, np.uint8), 1.0) == []


def test_the_same_picture_gives_the_same_answer_every_time(scene: NDArray[np.uint8]) -> None:
    detector, again = detector_of("auto"), detector_of("auto")
    first = detector.detect(scene, 1.0)
    for other in (detector.detect(scene, 1.0), again.detect(scene, 1.0)):
        assert [quad.score for quad in other] == [quad.score for quad in first]
        assert all((a.corners_px == b.corners_px).all() for a, b in zip(other, first, strict=True))


def crop_of(text: str, letter_px: float = 30) -> NDArray[np.uint8]:
    mask = cv2.copyMakeBorder(letter(text, "sans_bold", letter_px).mask, 8, 8, 8, 8, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR), np.uint8)


@pytest.mark.parametrize(
    "text", ["QJ5", "Vantelo", "Café Solvère", "Mündrik", "OLTESSA AIRWAYS", "Trelix 24", "€ 4,99"]
)
def test_latin_text_with_accents_digits_and_signs_is_read(text: str) -> None:
    reading = TextRecogniser("auto").read(crop_of(text))
    assert reading.text.replace(" ", "") == text.replace(" ", "")
    assert reading.score > 0.9


def test_a_line_longer_than_the_widest_input_is_still_read() -> None:
    text = "THE MARKET NEVER SLEEPS AND THE CITY KEEPS ITS LIGHTS ON ALL NIGHT LONG FOR YOU"
    reading = TextRecogniser("auto").read(crop_of(text))
    assert reading.text.replace(" ", "")[:20] == text.replace(" ", "")[:20]


def test_nothing_legible_is_an_empty_text_with_score_zero() -> None:
    reading = TextRecogniser("auto").read(np.full((48, 200, 3), 130, np.uint8))
    assert (reading.text, reading.score) == ("", 0.0)
