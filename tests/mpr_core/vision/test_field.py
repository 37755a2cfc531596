"""A pitch is a field in sun and shadow; streets, cards, close-ups and foliage are not, and the reason says why."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.vision.configs import FieldSegmentationConfig, HueRange
from mpr_core.vision.field import segment_field

CONFIG = FieldSegmentationConfig()


def true_field(kit: Any) -> Any:
    (x0, y0), (x1, y1) = kit.far_border_px
    mask = np.zeros((720, 1280), np.uint8)
    cv2.fillConvexPoly(mask, np.array([(x0, y0), (x1, y1), (1280, 720), (0, 720)], np.int32), 1)
    return mask


@pytest.mark.parametrize("options", [{}, {"shadow": True}, {"players": 40, "seed": 9}, {"players": 0, "seed": 1}])
def test_a_pitch_is_a_field_with_its_true_outline(kit: Any, options: dict[str, Any]) -> None:
    picture = kit.pitch(**options)
    result = segment_field(picture, CONFIG)
    assert result.status == "field", result.reason
    assert 4 <= len(result.polygon_px) <= 24
    found = np.zeros((720, 1280), np.uint8)
    cv2.fillPoly(found, [result.polygon_px.astype(np.int32)], 1)
    truth = true_field(kit)
    assert (found & truth).sum() / (found | truth).sum() > 0.96
    assert result.coverage_ratio == pytest.approx(truth.mean(), abs=0.12)
    assert result.mask is not None
    assert result.mask.shape == (180, 320)
    assert 0.5 < result.confidence <= 1.0


def test_the_outline_is_in_the_pixels_of_the_picture_given(kit: Any) -> None:
    large = segment_field(kit.pitch(), CONFIG)
    small = segment_field(cv2.resize(kit.pitch(), (640, 360), interpolation=cv2.INTER_AREA), CONFIG)
    assert small.status == "field"
    assert np.abs(small.polygon_px.max(axis=0) * 2 - large.polygon_px.max(axis=0)).max() < 12


def test_a_street_with_trees_and_a_green_shop_is_no_field(kit: Any) -> None:
    result = segment_field(kit.street(), CONFIG)
    assert result.status == "no_field"
    assert result.reason
    assert len(result.polygon_px) == 0
    assert result.mask is None


def test_a_green_end_card_is_no_field(kit: Any) -> None:
    card = np.full((720, 1280, 3), (40, 160, 30), np.uint8)
    cv2.putText(card, "ORBIT", (400, 400), cv2.FONT_HERSHEY_SIMPLEX, 4, (255, 255, 255), 8)
    result = segment_field(kit.noisy(card, 2.0), CONFIG)
    assert result.status == "no_field"
    assert "flat colour" in result.reason


def test_foliage_is_no_field() -> None:
    leaves = np.random.default_rng(0).integers(40, 255, (120, 213), dtype=np.uint8)
    leaves = cv2.resize(leaves, (1280, 720))
    picture = np.dstack([leaves // 4, leaves, leaves // 3])
    result = segment_field(picture, CONFIG)
    assert result.status == "no_field"
    assert "foliage" in result.reason


def test_a_close_up_before_grass_is_no_field(kit: Any) -> None:
    picture = kit.pitch(players=0)
    cv2.ellipse(picture, (640, 500), (330, 480), 0, 0, 360, (30, 30, 190), -1)
    assert segment_field(picture, CONFIG).status == "no_field"


def test_green_in_the_upper_part_only_is_no_field(kit: Any) -> None:
    picture = np.full((720, 1280, 3), 110, np.uint8)
    picture[40:300] = np.linspace(90, 150, 1280)[None, :, None] * np.array([0.4, 1.0, 0.5])
    result = segment_field(kit.noisy(picture, 3.0), CONFIG)
    assert result.status == "no_field"
    assert "upper part" in result.reason


def test_other_surfaces_are_found_by_their_hue(kit: Any) -> None:
    hsv = cv2.cvtColor(kit.pitch(), cv2.COLOR_BGR2HSV)
    grass = (hsv[:, :, 0] > 40) & (hsv[:, :, 0] < 80)
    hsv[:, :, 0] = np.where(grass, 108, hsv[:, :, 0])
    court = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    assert segment_field(court, CONFIG).status == "no_field"
    blue = FieldSegmentationConfig(hue_ranges=(HueRange(low=95, high=125),))
    assert segment_field(court, blue).status == "field"


def test_clay_hues_may_wrap_through_red(kit: Any) -> None:
    hsv = cv2.cvtColor(kit.pitch(), cv2.COLOR_BGR2HSV)
    grass = (hsv[:, :, 0] > 40) & (hsv[:, :, 0] < 80)
    hsv[:, :, 0] = np.where(grass, 178, hsv[:, :, 0])
    clay = FieldSegmentationConfig(hue_ranges=(HueRange(low=170, high=15),))
    assert segment_field(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), clay).status == "field"


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (720, 1280), (720, 1280, 1), (3, 2000, 3)])
def test_empty_tiny_and_grey_pictures_have_no_field(shape: tuple[int, ...]) -> None:
    result = segment_field(np.zeros(shape, np.uint8), CONFIG)
    assert result.status == "no_field"
    assert result.reason


def test_switched_off_there_is_no_field(kit: Any) -> None:
    result = segment_field(kit.pitch(), FieldSegmentationConfig(enabled=False))
    assert (result.status, result.reason) == ("no_field", "field segmentation is off")


def test_a_field_is_the_same_every_time(kit: Any) -> None:
    one, two = (segment_field(kit.pitch(), CONFIG) for _ in range(2))
    assert np.array_equal(one.polygon_px, two.polygon_px)
    assert one.confidence == two.confidence
