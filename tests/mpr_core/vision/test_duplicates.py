"""A frame stands for another only when nothing readable differs."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.duplicates import frame_features, is_blank, near_duplicate, stands_for

CONFIG = FilterScenesConfig()


def scene(kit: Any, text: str = "", *, scale: float = 0.35, at: tuple[int, int] = (60, 40), seed: int = 2) -> Any:
    """A 480 x 270 px view of a scene with a word in it; drawn large and reduced, as a thumbnail is."""
    picture = cv2.resize(kit.panorama(seed)[:270, :480], (1920, 1080), interpolation=cv2.INTER_LINEAR)
    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    cv2.rectangle(picture, (160, 80), (800, 180), 40, -1)
    if text:
        place = (at[0] * 4, at[1] * 4)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale * 4, 225, 2, cv2.LINE_AA)
    return picture


def thumbnail(picture: Any, grain: float = 0.0, seed: int = 0, quality: int = 0) -> Any:
    if grain:
        random = np.random.default_rng(seed)
        picture = np.clip(picture + random.normal(0, grain, picture.shape), 0, 255).astype(np.uint8)
    if quality:
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return cv2.resize(picture, (480, 270), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(("grain", "quality"), [(0.0, 0), (0.0, 60), (4.0, 0), (12.0, 0), (6.0, 70)])
def test_grain_and_compression_leave_a_frame_a_duplicate(kit: Any, grain: float, quality: int) -> None:
    picture = scene(kit, "RAMONA 12:45")
    first, second = thumbnail(picture, grain, 1, quality), thumbnail(picture, grain, 2, max(0, quality - 5))
    assert near_duplicate(second, first, CONFIG)


@pytest.mark.parametrize("grain", [0.0, 4.0, 8.0])
@pytest.mark.parametrize(
    ("before", "after", "scale"),
    [
        ("", "orbit", 0.12),  # a caption of 10 px letters in 1080p appears
        ("1 - 0", "2 - 0", 0.3),  # a digit of the score changes, 25 px in 1080p
        ("FALCO LIGHT", "NORDEX TYRE", 0.4),  # an LED board changes
        ("12:45", "12:46", 0.3),
    ],
)
def test_a_small_change_of_text_makes_a_new_frame(
    kit: Any, grain: float, before: str, after: str, scale: float
) -> None:
    first = thumbnail(scene(kit, before, scale=scale), grain, 1)
    second = thumbnail(scene(kit, after, scale=scale), grain, 2)
    assert not near_duplicate(second, first, CONFIG)


def test_each_frame_is_held_against_the_kept_one_so_drift_does_not_chain(kit: Any) -> None:
    base = thumbnail(scene(kit)).astype(np.int16)
    frames = []
    for step in range(12):
        frame = base.copy()
        frame[100:140, 200:260] += step
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    kept = stands_for(frames, [0] * 12, CONFIG)
    assert kept[1] == 0
    assert len(set(kept)) >= 3
    assert all(kept[representative] == representative for representative in kept)


def test_no_frame_stands_for_one_of_another_scene(kit: Any) -> None:
    frame = thumbnail(scene(kit))
    assert stands_for([frame] * 5, [0, 0, 1, 1, 0], CONFIG) == [0, 0, 2, 2, 4]


def test_frames_are_read_once_and_an_empty_sequence_is_fine(kit: Any) -> None:
    frame = thumbnail(scene(kit))
    assert stands_for((f for f in (frame, frame)), [3, 3], CONFIG) == [0, 0]
    assert stands_for([], [], CONFIG) == []
    with pytest.raises(ValueError, match=r"shorter|longer"):
        stands_for([frame], [0, 0], CONFIG)


def test_switched_off_each_frame_stands_for_itself(kit: Any) -> None:
    frame = thumbnail(scene(kit))
    off = FilterScenesConfig(drop_near_duplicates=False)
    assert stands_for([frame, frame], [0, 0], off) == [0, 1]


def test_frames_of_other_sizes_and_empty_ones_are_no_duplicates() -> None:
    small, large = np.zeros((4, 4), np.uint8), np.zeros((8, 8), np.uint8)
    empty = np.zeros((0, 0), np.uint8)
    assert stands_for([small, large, empty, empty], [0] * 4, CONFIG) == [0, 1, 2, 3]


@pytest.mark.parametrize("level", [0, 16, 128, 255])
@pytest.mark.parametrize("grain", [0.0, 5.0])
def test_plain_frames_are_blank(level: int, grain: float) -> None:
    random = np.random.default_rng(1)
    frame = np.clip(level + random.normal(0, grain, (270, 480)), 0, 255).astype(np.uint8)
    assert is_blank(frame)
    assert is_blank(np.dstack([frame] * 3))


def test_a_vignette_is_blank_and_an_empty_frame_too() -> None:
    shade = np.tile(np.linspace(100, 140, 480), (270, 1)).astype(np.uint8)
    assert is_blank(shade)
    assert is_blank(np.zeros((0, 0), np.uint8))
    assert is_blank(np.zeros((1, 1), np.uint8))


def test_small_text_on_black_and_two_halves_are_not_blank() -> None:
    black = np.zeros((1080, 1920), np.uint8)
    cv2.putText(black, "presents", (900, 540), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 200, 1, cv2.LINE_AA)
    assert not is_blank(thumbnail(black))
    halves = np.zeros((270, 480), np.uint8)
    halves[:, 240:] = 200
    assert not is_blank(halves)
    assert not is_blank(cv2.GaussianBlur(halves, (0, 0), 60))


def test_the_digest_of_a_frame_tells_sharp_from_soft(kit: Any) -> None:
    sharp = thumbnail(scene(kit, "RAMONA"))
    soft = cv2.GaussianBlur(sharp, (0, 0), 3)
    colour = frame_features(np.dstack([sharp] * 3))
    assert colour.gray.shape == (270, 480)
    assert colour.mean_level == pytest.approx(float(sharp.mean()), abs=1.0)
    assert colour.sharpness > frame_features(soft).sharpness
    assert not colour.blank
    assert frame_features(np.zeros((0, 0, 3), np.uint8)).blank
    assert frame_features(sharp[:, :, None]).gray.shape == (270, 480)
