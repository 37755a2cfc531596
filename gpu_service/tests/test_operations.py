"""Each operation over HTTP gives what the same routine gives in-process; each twin shows how it came about."""

from __future__ import annotations

from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from asking import BOARD_QUAD, EVERY, HEIGHT_PX, WIDTH_PX, detect, field, jpeg, ocr, pitch, post, preprocess, word
from gpu_service.operations import OPERATIONS

from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.wire.debug import DebugResponse
from mpr_core.wire.envelope import Request

ROUTINES = {
    "/detect": InProcess.detect,
    "/ocr": InProcess.read,
    "/preprocess": InProcess.crop,
    "/segment_field": InProcess.segment_field,
    "/detect_edges": InProcess.find_bands,
}
PICTURES = {
    "/detect": ["text_heat", "boxes"],
    "/ocr": ["turned_0", "turned_90", "turned_180", "turned_270"],
    "/preprocess": ["quads", "crop_0"],
    "/segment_field": ["surface_colour", "mask", "field"],
    "/detect_edges": ["edges", "bands"],
}


@pytest.mark.parametrize("path", EVERY)
def test_an_answer_over_http_is_the_one_given_in_process(host: httpx.Client, path: str) -> None:
    asked, picture = EVERY[path]
    (operation,) = [one for one in OPERATIONS if one.path == path]
    answer = post(host, path, asked, picture)
    assert answer.status_code == 200, answer.text
    found = operation.answers.model_validate_json(answer.content)
    assert list(found.results) == in_process(path, asked, picture)
    assert found.request_id == asked.request_id


def in_process(path: str, asked: Any, *pictures: bytes) -> list[Any]:
    given = [Asked(about, HeldPicture(about.id, data)) for about, data in zip(asked.images, pictures, strict=True)]
    return list(ROUTINES[path](InProcess(), given, asked.config))


def test_the_examples_are_found_at_all(host: httpx.Client) -> None:
    """Two answers of nothing would be equal too."""
    found = {path: post(host, path, *EVERY[path]).json()["results"][0] for path in EVERY}
    assert found["/detect"]["boxes"]
    assert found["/ocr"]["text"] == "NORDWIND"
    assert len(found["/preprocess"]["crops"]) == 1
    assert found["/segment_field"]["status"] == "field"
    assert found["/detect_edges"]["bands"]


def test_a_group_of_crops_is_read_until_two_agree(host: httpx.Client) -> None:
    same, other = jpeg(word("NORDWIND")), jpeg(word("SUED"))
    results = post(host, "/ocr", ocr(0, 0, 0, 1), same, same, same, other).json()["results"]
    assert [result["read"] for result in results] == [True, True, False, True]
    assert [result["text"] for result in results] == ["NORDWIND", "NORDWIND", "", "SUED"]


def test_a_black_frame_has_neither_boxes_nor_a_field(host: httpx.Client) -> None:
    black = jpeg(np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8))
    assert post(host, "/detect", detect(), black).json()["results"] == [{"id": "a", "boxes": []}]
    assert post(host, "/segment_field", field(), black).json()["results"][0]["status"] == "no_field"
    assert post(host, "/preprocess", preprocess(), black).json()["results"] == [{"id": "a", "crops": []}]


@pytest.mark.parametrize("path", EVERY)
def test_debug_shows_the_pictures_on_the_way(host: httpx.Client, path: str) -> None:
    asked, picture = EVERY[path]
    answer = post(host, path + "/debug", asked, picture)
    assert answer.status_code == 200, answer.text
    (result,) = DebugResponse.model_validate_json(answer.content).results
    assert [shown.name for shown in result.pictures] == PICTURES[path]
    for shown in result.pictures:
        pixels = cv2.imdecode(np.frombuffer(shown.png, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert np.ptp(pixels) > 20, f"{shown.name} is one flat colour"


def test_debug_says_which_candidates_were_dropped_and_by_what(host: httpx.Client) -> None:
    answer = post(host, "/detect/debug", detect(min_height_px=100), jpeg(pitch()))
    candidates = answer.json()["results"][0]["candidates"]
    assert "min_height_px" in {candidate["cut_by"] for candidate in candidates}


def test_an_answer_names_the_digests_of_the_models_it_was_made_with(host: httpx.Client) -> None:
    ready = host.get("/v2/health/ready").json()["models"]
    answered = post(host, "/detect", *EVERY["/detect"]).json()["models"]
    assert list(answered) == ["PP-OCRv6_det_small"]
    assert answered.items() <= ready.items()


@pytest.mark.parametrize(("wanted", "status"), [("the right one", 200), ("sha256:0000 openvino:1 f32", 409)])
def test_a_request_that_counts_on_another_model_is_refused(host: httpx.Client, wanted: str, status: int) -> None:
    asked, picture = EVERY["/ocr"]
    right = host.get("/v2/models/PP-OCRv6_rec_small").json()["digest"]
    given: Request = asked.model_copy(update={"models": {"PP-OCRv6_rec_small": right if status == 200 else wanted}})
    answer = post(host, "/ocr", given, picture)
    assert answer.status_code == status
    if status == 409:
        error = answer.json()["error"]
        assert error["kind"] == "model_mismatch"
        assert wanted in error["why"]
        assert right in error["why"]


def test_a_quad_far_outside_the_frame_is_refused_before_pixels_are_made_of_it(host: httpx.Client) -> None:
    far = tuple(value * 1000 for value in BOARD_QUAD)
    answer = post(host, "/preprocess", preprocess(far), jpeg(pitch()))
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "bad_request")
