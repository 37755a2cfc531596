"""A line cut out of a frame lies straight and upright, whatever its angle, and never leaves the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mpr_core.synth.fonts import letter
from mpr_core.vision.rectify import crop_size_px, is_vertical, quad_size_px, rectified, with_contrast

MASK = letter("Vantelo", "sans_bold", 40.0).mask
LIMITS = {"margin_ratio": 0.0, "min_height_px": 48, "max_height_px": 96}


def turned(angle_deg: float, size_px: int = 500) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The word in the middle of a frame, turned clockwise, and its corners clockwise from the word's own top-left."""
    height, width = MASK.shape
    picture = np.full((size_px, size_px), 30, np.uint8)
    x, y = (size_px - width) // 2, (size_px - height) // 2
    picture[y : y + height, x : x + width] = np.maximum(MASK, 30)
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32) - 0.5
    matrix = cv2.getRotationMatrix2D(((size_px - 1) / 2, (size_px - 1) / 2), -angle_deg, 1.0)
    picture = cv2.warpAffine(picture, matrix, (size_px, size_px), borderValue=30)
    quad = corners @ matrix[:, :2].T + matrix[:, 2]
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR).astype(np.uint8), quad.astype(np.float32)


def likeness(crop: NDArray[np.uint8]) -> float:
    """Correlation with the word as it was drawn, -1 to 1."""
    word = cv2.resize(MASK, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_AREA).astype(np.float64)
    grey = crop[..., 0].astype(np.float64)
    return float(np.corrcoef(word.ravel(), grey.ravel())[0, 1])


@pytest.mark.parametrize("angle_deg", [0, 5, -12, 30, -45, 44])
def test_a_turned_line_lies_straight(angle_deg: float) -> None:
    picture, quad = turned(angle_deg)
    crop = rectified(picture, quad, **LIMITS)
    assert crop.shape[0] == 48
    assert crop.shape[1] == pytest.approx(48 * MASK.shape[1] / MASK.shape[0], abs=2)
    assert likeness(crop) > 0.95


def test_text_that_runs_down_reads_left_to_right_and_text_that_runs_up_comes_upside_down() -> None:
    for angle_deg, flip in ((90, False), (-90, True)):
        picture, quad = turned(angle_deg)
        # A detector gives corners from the top-left of the picture, not of the word.
        upright = np.roll(quad, 1 if angle_deg == 90 else -1, axis=0)
        assert is_vertical(upright)
        crop = rectified(picture, upright, **LIMITS)
        assert likeness(np.ascontiguousarray(crop[::-1, ::-1]) if flip else crop) > 0.95


def test_perspective_is_undone() -> None:
    height, width = MASK.shape
    target = np.array([[60, 90], [330, 60], [330, 190], [60, 150]], np.float32)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    flat = cv2.warpPerspective(MASK, cv2.getPerspectiveTransform(source, target), (400, 300))
    picture = cv2.cvtColor(flat, cv2.COLOR_GRAY2BGR)
    crop = rectified(np.asarray(picture, np.uint8), target, **LIMITS)
    assert likeness(crop) > 0.9


def test_low_lines_are_enlarged_and_high_ones_reduced_in_between_they_stay() -> None:
    picture = np.zeros((400, 600, 3), np.uint8)
    for given_px, expected_px in ((12, 48), (48, 48), (70, 70), (96, 96), (300, 96)):
        quad = np.array([[10, 20], [310, 20], [310, 20 + given_px], [10, 20 + given_px]], np.float32)
        assert rectified(picture, quad, **LIMITS).shape[0] == expected_px


@pytest.mark.parametrize("times", [3, 5, 9])
def test_a_line_of_many_pixels_is_shrunk_to_the_means_of_those_it_stands_for(times: int) -> None:
    """What it shows is the word, neither moved nor full of the noise that single pixels hold."""
    word = cv2.resize(MASK, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    height, width = word.shape
    picture = np.full((height + 40, width + 40), 30, np.uint8)
    picture[20:-20, 20:-20] = np.maximum(word, 30)
    noise = np.random.default_rng(1).normal(0, 40, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + 19.5
    crop = rectified(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR).astype(np.uint8), quad, **LIMITS | {"max_height_px": 48})
    assert crop.shape[0] == 48
    assert likeness(crop) > 0.95


def test_a_line_of_one_row_is_not_enlarged_beyond_what_a_jpeg_can_hold() -> None:
    quad = np.array([[0, 5], [4000, 5], [4000, 6], [0, 6]], np.float32)
    crop = rectified(np.zeros((20, 4000, 3), np.uint8), quad, **LIMITS)
    assert crop.shape[1] <= 16_384
    assert crop_size_px(quad, **LIMITS) == (crop.shape[1], crop.shape[0])


def test_the_margin_shows_what_lies_around_the_line() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[40:60, 50:150] = 255
    quad = np.array([[50, 40], [150, 40], [150, 60], [50, 60]], np.float32)
    bare = rectified(picture, quad, **LIMITS)
    bordered = rectified(picture, quad, **(LIMITS | {"margin_ratio": 0.25}))
    assert bare[4:-4, 4:-4].min() > 250
    assert bordered[0].max() < 40
    assert bordered[bordered.shape[0] // 2, bordered.shape[1] // 2].min() > 250
    assert bordered.shape[1] / bordered.shape[0] == pytest.approx(110 / 30, abs=0.1)


coordinates = st.tuples(st.floats(-40, 240), st.floats(-40, 140))


@settings(max_examples=80)
@given(corners=st.lists(coordinates, min_size=4, max_size=4))
def test_any_four_corners_give_a_crop_within_the_height_limits(corners: list[tuple[float, float]]) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    crop = rectified(picture, np.array(corners, np.float32), margin_ratio=0.08, min_height_px=48, max_height_px=96)
    assert crop.ndim == 3
    assert crop.dtype == np.uint8
    assert 4 <= crop.shape[0] <= 97
    assert crop.shape[1] >= 4


def test_sizes_are_means_of_opposite_sides() -> None:
    quad = np.array([[0, 0], [10, 0], [14, 3], [0, 4]], np.float32)
    width, height = quad_size_px(quad)
    assert width == pytest.approx((10 + np.hypot(14, 1)) / 2)
    assert height == pytest.approx((5 + 4) / 2)
    assert not is_vertical(np.array([[0, 0], [10, 0], [10, 14], [0, 14]], np.float32))
    assert is_vertical(np.array([[0, 0], [10, 0], [10, 16], [0, 16]], np.float32))


def test_only_faint_crops_get_more_contrast() -> None:
    faint = np.full((20, 60, 3), 110, np.uint8)
    faint[5:15, 10:50] = 140
    stretched = with_contrast(faint, 70)
    assert np.ptp(stretched) > 150
    assert (stretched[10, 30] > stretched[2, 2]).all()
    strong = faint.copy()
    strong[5:15, 10:50] = 230
    plain = np.full((20, 60, 3), 110, np.uint8)
    assert with_contrast(strong, 70) is strong
    assert with_contrast(plain, 70) is plain, "noise is not blown up to letters"
    assert with_contrast(faint, 0) is faint
