"""Bands cover the boards beside the field, say why, and need a field."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.vision.bands import Band, canny_edges, find_bands
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from mpr_core.vision.field import FieldResult, segment_field

CONFIG = DetectEdgesConfig()


def bands_of(picture: Any, config: DetectEdgesConfig = CONFIG) -> list[Band]:
    return find_bands(picture, segment_field(picture, FieldSegmentationConfig()), config)


def boards(kit: Any) -> Any:
    (x0, y0), (x1, y1) = kit.far_border_px
    (_, t0), (_, t1) = kit.board_top_px
    mask = np.zeros((720, 1280), np.uint8)
    cv2.fillConvexPoly(mask, np.array([(x0, t0), (x1, t1), (x1, y1), (x0, y0)], np.int32), 1)
    return mask


def covered(bands: list[Band]) -> Any:
    mask = np.zeros((720, 1280), np.uint8)
    for band in bands:
        cv2.fillPoly(mask, [np.array(band.polygon_px).astype(np.int32)], 1)
    return mask


@pytest.mark.parametrize("options", [{}, {"shadow": True}, {"players": 40, "seed": 9}])
def test_the_boards_beyond_the_pitch_lie_in_a_band(kit: Any, options: dict[str, Any]) -> None:
    bands = bands_of(kit.pitch(**options))
    truth, mask = boards(kit), covered(bands)
    assert (truth & mask).sum() / truth.sum() > 0.9
    assert mask.sum() < 2.5 * truth.sum()
    assert "px long" in bands[0].reason
    assert "above the field border" in bands[0].reason
    assert [band.score for band in bands] == sorted((band.score for band in bands), reverse=True)


def test_boards_before_the_camera_lie_in_a_band_below(kit: Any) -> None:
    picture = np.ascontiguousarray(kit.pitch()[::-1])
    bands = bands_of(picture)
    truth, mask = np.ascontiguousarray(boards(kit)[::-1]), covered(bands)
    assert (truth & mask).sum() / truth.sum() > 0.9
    assert "below the field border" in bands[0].reason


def test_polygons_lie_within_the_frame(kit: Any) -> None:
    for band in bands_of(kit.pitch()):
        points = np.array(band.polygon_px)
        assert len(points) >= 4
        assert points.min() >= 0
        assert (points <= (1280, 720)).all()


def test_without_a_field_there_are_no_bands(kit: Any) -> None:
    assert bands_of(kit.street()) == []
    assert find_bands(kit.pitch(), FieldResult("no_field", "close-up"), CONFIG) == []


def test_switched_off_there_are_no_bands(kit: Any) -> None:
    assert bands_of(kit.pitch(), DetectEdgesConfig(enabled=False)) == []


def test_grass_up_to_a_soft_border_has_no_bands(kit: Any) -> None:
    picture = cv2.GaussianBlur(kit.pitch(players=0), (0, 0), 14)
    result = FieldResult("field", "given", 0.6, np.array([(0, 300), (1280, 250), (1280, 720), (0, 720)], np.float32))
    assert find_bands(picture, result, CONFIG) == []


@pytest.mark.parametrize("shape", [(0, 0, 3), (5, 5, 3), (40, 60), (40, 60, 1)])
def test_odd_pictures_are_safe(shape: tuple[int, ...]) -> None:
    picture = np.zeros(shape, np.uint8)
    outline = np.array([(0, 10), (50, 10), (50, 30), (0, 30)], np.float32)
    assert find_bands(picture, FieldResult("field", "given", 0.5, outline), CONFIG) == []
    assert canny_edges(picture, CONFIG).shape == shape[:2]


def test_the_edge_map_has_the_working_size_and_shows_the_boards_edges(kit: Any) -> None:
    edges = canny_edges(kit.pitch(players=0), CONFIG)
    assert edges.shape == (360, 640)
    assert set(np.unique(edges)) == {0, 255}
    assert edges[100:180].mean() > edges[200:340].mean()


def test_bands_are_the_same_every_time(kit: Any) -> None:
    assert bands_of(kit.pitch()) == bands_of(kit.pitch())


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="canny_low"):
        DetectEdgesConfig(canny_low=200.0, canny_high=100.0)
    with pytest.raises(ValueError, match="value_min"):
        FieldSegmentationConfig(value_min=200, value_max=100)
