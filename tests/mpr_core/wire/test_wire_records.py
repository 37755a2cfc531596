"""The records of the wire say the same on both ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mpr_core.stages.configs import DetectObjectsConfig
from mpr_core.wire.detect import Box, DetectImage, DetectRequest, DetectResponse, DetectResult
from mpr_core.wire.preprocess import Crop, PreprocessResponse, PreprocessResult
from mpr_core.wire.refusal import STATUS, Refusal, RefusalDetail


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=8, max_size=8))
def test_a_float32_comes_out_of_json_as_it_went_in(numbers: list[float]) -> None:
    before = np.array(numbers, np.float32)
    box = Box(quad_px=tuple(before.tolist()), score=0.5, source="text", class_name="text")
    answer = DetectResponse(request_id="r", results=(DetectResult(id="0", boxes=(box,)),))
    after = DetectResponse.model_validate_json(answer.model_dump_json()).results[0].boxes[0].quad_px
    assert np.array(after, np.float32).tobytes() == before.tobytes()


def test_pictures_come_out_of_json_as_they_went_in() -> None:
    jpeg = bytes(range(256))
    crop = Crop(width_px=4, height_px=4, jpeg=jpeg)
    answer = PreprocessResponse(request_id="r", results=(PreprocessResult(id="0", crops=(crop,)),))
    assert PreprocessResponse.model_validate_json(answer.model_dump_json()).results[0].crops[0].jpeg == jpeg


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Box(quad_px=(float("nan"),) * 8, score=0.5, source="text", class_name="text")


def test_two_pictures_of_one_id_are_refused() -> None:
    twice = (DetectImage(id="7"), DetectImage(id="7"))
    with pytest.raises(ValidationError, match="one id"):
        DetectRequest(request_id="r", config=DetectObjectsConfig(), images=twice)


def test_a_request_without_a_picture_is_refused() -> None:
    with pytest.raises(ValidationError):
        DetectRequest(request_id="r", config=DetectObjectsConfig(), images=())


@pytest.mark.parametrize("kind", sorted(STATUS))
def test_every_kind_of_refusal_has_its_status_and_can_be_said(kind: str) -> None:
    said = Refusal(error=RefusalDetail.model_validate({"kind": kind, "what": "w"}))
    assert Refusal.model_validate_json(said.model_dump_json()) == said
    assert 400 <= STATUS[said.error.kind] < 600
