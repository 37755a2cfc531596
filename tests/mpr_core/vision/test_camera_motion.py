"""The camera's motion is that of the pan that made the pictures, and the one that `trackers.CMC` finds."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from trackers import CMC, CMCConfig

from mpr_core.vision.camera_motion import camera_motion, corners
from tests.mpr_core.vision.conftest import draw_panorama, noisy

VIEW_PX = (480, 270)


def views(step_px: tuple[int, int], count: int = 4) -> list[NDArray[np.uint8]]:
    """What a camera sees that moves by `step_px` from one picture to the next."""
    scene = np.asarray(cv2.resize(draw_panorama(11), (2000, 500)), np.uint8)
    rng = np.random.default_rng(5)
    for x, y, grey in zip(
        rng.integers(0, 2000, 900), rng.integers(0, 500, 900), rng.integers(0, 256, 900), strict=True
    ):
        cv2.rectangle(scene, (int(x), int(y)), (int(x) + 9, int(y) + 6), (int(grey),) * 3, -1)
    lefts_tops = [(700 + step_px[0] * i, 100 + step_px[1] * i) for i in range(count)]
    shown = [scene[top : top + VIEW_PX[1], left : left + VIEW_PX[0]] for left, top in lefts_tops]
    noised = (noisy(view, 3.0, seed=i) for i, view in enumerate(shown))
    return [np.asarray(cv2.cvtColor(view, cv2.COLOR_BGR2GRAY), np.uint8) for view in noised]


@pytest.mark.parametrize("step_px", [(0, 0), (7, 0), (60, 8), (-150, 3), (200, 0), (-5, -20)])
def test_a_pan_is_found_to_a_pixel(step_px: tuple[int, int]) -> None:
    for before, after in pairwise(views(step_px)):
        motion = camera_motion(corners(before), corners(after))
        middle = np.array([VIEW_PX[0] / 2, VIEW_PX[1] / 2, 1])
        assert motion @ middle - middle[:2] == pytest.approx(-np.array(step_px), abs=1.0)


@pytest.mark.parametrize("step_px", [(0, 0), (25, -4), (140, 10)])
def test_the_library_finds_the_same_to_the_last_bit(step_px: tuple[int, int]) -> None:
    pictures = views(step_px, 5)
    library = CMC(CMCConfig(method="orb", downscale=1, max_spatial_distance_frac=0.6, fast_threshold=12))
    theirs = [library.estimate(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)) for picture in pictures]
    found = [corners(picture) for picture in pictures]
    for ours, (before, after) in zip(theirs[1:], pairwise(found), strict=True):
        assert np.array_equal(ours, camera_motion(before, after))
    assert any(not np.array_equal(one, np.eye(2, 3)) for one in theirs)


def test_pictures_without_anything_to_recognise_stand_still() -> None:
    plain = corners(np.full((270, 480), 90, np.uint8))
    full = corners(views((0, 0), 1)[0])
    one_point = np.full((270, 480), 90, np.uint8)
    cv2.circle(one_point, (240, 135), 2, 255, -1)
    assert len(full.points_px) > 50
    for before, after in [(plain, plain), (plain, full), (full, plain), (full, corners(one_point))]:
        assert np.array_equal(camera_motion(before, after), np.eye(2, 3))


@pytest.mark.parametrize("size_px", [(1, 1), (3, 2000), (1920, 1080), (481, 7)])
def test_pictures_of_any_size_are_taken(size_px: tuple[int, int]) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (size_px[1], size_px[0]), dtype=np.uint8)
    found = corners(picture)
    assert found.size_px[0] == min(480, size_px[0])
    assert found.scale == pytest.approx(found.size_px[0] / size_px[0])
    assert camera_motion(found, found) == pytest.approx(np.eye(2, 3), abs=1e-3)
