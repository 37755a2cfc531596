"""Other engines for the same files: nearly the same answers, under digests of their own."""

from __future__ import annotations

import httpx
import pytest
from asking import EVERY, jpeg, ocr, post, word
from serving import served, settings

WORDS = ("NORDWIND", "Alpenmilch", "ZEBRA 24")


def read(client: httpx.Client) -> list[str]:
    answer = post(client, "/ocr", ocr(*range(len(WORDS))), *[jpeg(word(text)) for text in WORDS])
    assert answer.status_code == 200, answer.text
    return [result["text"] for result in answer.json()["results"]]


def test_onnx_runtime_finds_and_reads_what_openvino_does(host: httpx.Client) -> None:
    with served(settings(engine="onnxruntime")) as client:
        assert read(client) == read(host) == list(WORDS)
        answers = [post(one, "/detect", *EVERY["/detect"]).json() for one in (host, client)]
        (mine,), (theirs,) = [answer["results"][0]["boxes"] for answer in answers]
        assert mine["quad_px"] == pytest.approx(theirs["quad_px"], abs=3)
        assert answers[0]["models"] != answers[1]["models"]
        assert "onnxruntime-cpu:" in answers[1]["models"]["PP-OCRv6_det_small"]
        other = client.get("/v2/models/PP-OCRv6_det_small", params={"precision": "bf16"})
        assert (other.status_code, other.json()["error"]["where"]) == (422, "precision"), "it has no such arithmetic"


def test_paddleocr_reads_the_same_file(host: httpx.Client) -> None:
    with served(settings(engine="openvino", reader="paddleocr")) as client:
        assert read(client) == list(WORDS)
        digests = [one.get("/v2/models/PP-OCRv6_rec_small").json()["digest"] for one in (host, client)]
        assert digests[0].split()[0] == digests[1].split()[0]
        assert "paddleocr:" in digests[1]
