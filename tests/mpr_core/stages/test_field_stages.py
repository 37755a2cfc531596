"""field_segmentation and detect_edges as stages: results in the frame's own pixels, and an honest 'no field'."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.inference.in_process import InProcess
from mpr_core.stages import detect_edges, field_segmentation
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.stages.field_segmentation import Fields
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from tests.mpr_core.stages.stored_pictures import StoredPictures
from tests.mpr_core.vision.conftest import BOARD_TOP_PX, FAR_BORDER_PX, draw_pitch, draw_street


@pytest.fixture(scope="module")
def stored() -> StoredPictures:
    """A pitch, then a street."""
    return StoredPictures([draw_pitch(), draw_street()], InProcess())


@pytest.fixture(scope="module")
def fields(stored: StoredPictures) -> Fields:
    config = FieldSegmentationConfig()
    return field_segmentation.run(stored.context, config, extract_frames=stored.index, filter_scenes=stored.scenes)


@pytest.fixture(scope="module")
def hints(stored: StoredPictures, fields: Fields) -> RegionHints:
    return detect_edges.run(
        stored.context,
        DetectEdgesConfig(),
        extract_frames=stored.index,
        filter_scenes=stored.scenes,
        field_segmentation=fields,
    )


def test_a_pitch_is_a_field_and_a_street_is_none_with_the_reason(fields: Fields) -> None:
    pitch, street = fields.fields.to_pylist()
    assert (pitch["status"], street["status"]) == ("field", "no_field")
    assert 0.4 < pitch["coverage_ratio"] < 0.75
    assert street["reason"]
    assert (street["polygon_px"], street["mask"]) == ([], "")
    assert fields.counts() == {"frames_with_field": 1, "frames_without_field": 1}


def test_the_polygon_is_in_the_frames_pixels_and_its_mask_is_stored(fields: Fields) -> None:
    found = fields.by_seq()[0]
    assert found.polygon_px[:, 0].max() > 1200
    assert found.polygon_px[:, 1].min() == pytest.approx(min(y for _, y in FAR_BORDER_PX), abs=40)
    mask = cv2.imdecode(np.frombuffer(fields.images["masks/00000000.png"], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert mask.shape == (180, 320)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask > 0).mean() == pytest.approx(found.coverage_ratio, abs=0.05)


def test_the_boards_beside_the_pitch_are_hinted_at_and_the_street_gets_no_hint(hints: RegionHints) -> None:
    assert set(hints.by_seq()) == {0}
    best = hints.by_seq()[0][0]
    for x in (200.0, 640.0, 1080.0):
        share = x / 1280
        top = BOARD_TOP_PX[0][1] + (BOARD_TOP_PX[1][1] - BOARD_TOP_PX[0][1]) * share
        bottom = FAR_BORDER_PX[0][1] + (FAR_BORDER_PX[1][1] - FAR_BORDER_PX[0][1]) * share
        assert cv2.pointPolygonTest(best, (x, (top + bottom) / 2), False) >= 0
    assert all(row["reason"] for row in hints.bands.to_pylist())


def test_switched_off_they_know_of_no_field_and_hint_at_nothing(stored: StoredPictures) -> None:
    nothing: Any = {"extract_frames": stored.index, "filter_scenes": stored.scenes}
    assert field_segmentation.skip(stored.context, FieldSegmentationConfig(), **nothing).fields.num_rows == 0
    assert detect_edges.skip(stored.context, DetectEdgesConfig(), **nothing).by_seq() == {}
