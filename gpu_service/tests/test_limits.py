"""What is too large, not a request or not a picture is refused, in words, before anything is decoded."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from asking import EVERY, detect, field, jpeg, ocr, pitch, post, word
from PIL import Image
from serving import served, settings

from mpr_core.wire.envelope import mpr_version


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()["error"]["kind"]


@pytest.fixture(scope="module")
def narrow(host: httpx.Client) -> Iterator[httpx.Client]:
    with served(settings(engine="openvino", max_pixels=10_000, max_images=2, body_within_s=0.5)) as client:
        yield client


def test_a_body_that_says_that_it_is_too_long_is_refused_at_once(host: httpx.Client) -> None:
    connection = http.client.HTTPConnection(host.base_url.host, host.base_url.port, timeout=30)
    connection.putrequest("POST", "/detect")
    connection.putheader("Authorization", host.headers["Authorization"])
    connection.putheader("Content-Length", str(10 << 30))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["kind"] == "too_large"
    connection.close()


def test_a_body_that_does_not_say_how_long_it_is_is_counted(host: httpx.Client) -> None:
    begin = b'--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'

    def endless() -> Iterator[bytes]:
        yield begin
        for _ in range(9):
            yield bytes(1 << 20)

    answer = host.post("/detect", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert refused(answer) == (413, "too_large")


def test_more_images_than_the_host_takes_are_refused(host: httpx.Client) -> None:
    crop = jpeg(word("A"))
    assert refused(post(host, "/ocr", ocr(*range(17)), *[crop] * 17)) == (413, "too_large")
    assert refused(post(host, "/ocr", ocr(0), *[crop] * 40)) == (413, "too_large")


def test_an_image_of_too_many_pixels_is_refused_by_its_header(narrow: httpx.Client) -> None:
    assert refused(post(narrow, "/detect", detect(), jpeg(pitch()))) == (413, "too_large")
    assert post(narrow, "/ocr", ocr(0), jpeg(word("A"))).status_code == 200


def test_a_picture_that_claims_a_huge_size_is_never_decoded(host: httpx.Client) -> None:
    data = bytearray(jpeg(pitch()))
    size = data.index(b"\xff\xc0") + 5  # height and width stand behind the frame header's length and depth
    data[size : size + 4] = b"\xff\xff\xff\xff"
    assert refused(post(host, "/detect", detect(), bytes(data))) == (413, "too_large")


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(pitch())[:400]], ids=["empty", "text", "cut off"])
def test_what_is_no_jpeg_is_refused_with_its_images_name(host: httpx.Client, data: bytes) -> None:
    answer = post(host, "/detect", detect(), data)
    if data[:2] == b"\xff\xd8" and answer.status_code == 200:
        pytest.fail("a picture without its data was looked at")
    assert refused(answer) == (422, "bad_image")
    assert answer.json()["error"]["where"] == "a"


def test_a_png_is_refused(host: httpx.Client, tmp_path) -> None:  # type: ignore[no-untyped-def]
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(tmp_path / "a.png")
    assert refused(post(host, "/detect", detect(), (tmp_path / "a.png").read_bytes())) == (422, "bad_image")


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", "null", '"x"', "[" * 5000, '{"format": "mpr.wire/1"}', "\x00"],
    ids=["empty", "open", "list", "null", "text", "deep", "no version", "zero"],
)
def test_a_document_that_is_none_is_refused(host: httpx.Client, document: str) -> None:
    status, kind = refused(post(host, "/detect", document, jpeg(pitch())))
    assert (status, kind) in {(422, "bad_request"), (409, "version_mismatch")}


def test_a_wrong_field_is_named(host: httpx.Client) -> None:
    document = detect().model_dump(mode="json")
    document["config"]["box_score"] = 7
    answer = post(host, "/detect", document, jpeg(pitch()))
    assert refused(answer) == (422, "bad_request")
    assert "box_score" in answer.json()["error"]["why"]
    assert answer.json()["error"]["what"]


def test_images_that_are_not_as_many_as_named_are_refused(host: httpx.Client) -> None:
    assert refused(post(host, "/ocr", ocr(0, 0), jpeg(word("A")))) == (422, "bad_request")
    assert refused(post(host, "/ocr", ocr(0))) == (422, "bad_request")


def test_a_frame_of_another_width_than_said_is_refused(host: httpx.Client) -> None:
    assert refused(post(host, "/segment_field", field(width_px=6400), jpeg(pitch()))) == (422, "bad_request")


def test_another_version_is_refused_with_both_versions(host: httpx.Client) -> None:
    document = detect().model_dump(mode="json") | {"version": "9.9.9", "a_field_of_tomorrow": 1}
    answer = post(host, "/detect", document, jpeg(pitch()))
    assert refused(answer) == (409, "version_mismatch")
    assert "9.9.9" in answer.json()["error"]["why"]
    assert mpr_version() in answer.json()["error"]["why"]


def test_what_is_not_multipart_is_refused(host: httpx.Client) -> None:
    assert refused(host.post("/detect", json={})) == (422, "bad_request")
    answer = host.post("/detect", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert refused(answer) == (422, "bad_request")


def test_a_method_that_a_path_does_not_take_is_refused(host: httpx.Client) -> None:
    answer = host.get("/detect")
    assert refused(answer) == (405, "bad_request")
    assert answer.headers["Allow"] == "POST"


def test_a_body_that_never_ends_gives_its_place_back(narrow: httpx.Client) -> None:
    connection = http.client.HTTPConnection(narrow.base_url.host, narrow.base_url.port, timeout=30)
    connection.putrequest("POST", "/detect")
    connection.putheader("Authorization", narrow.headers["Authorization"])
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"--b\r\n")
    assert connection.getresponse().status == 504
    connection.close()


def test_the_answer_to_a_refused_request_repeats_its_id(host: httpx.Client) -> None:
    asked, picture = EVERY["/ocr"]
    answer = post(host, "/ocr", asked.model_copy(update={"models": {"PP-OCRv6_rec_small": "x"}}), picture)
    assert answer.json()["request_id"] == asked.request_id
