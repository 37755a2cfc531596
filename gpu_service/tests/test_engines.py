"""Other engines for the same files: nearly the same answers, under digests of their own."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
from asking import EVERY, jpeg, ocr, post, word
from gpu_service.engines.onnx_runtime import OnnxRuntime
from numpy.typing import NDArray
from serving import served, settings

from mpr_core.inference.model_files import TEXT_RECOGNISER

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
        assert "onnxruntime-cpu:" in digests[1]


def test_a_model_of_few_widths_is_made_ready_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU prepares for an input's size when it first comes, which no request should wait for."""
    opened = OnnxRuntime("cpu").open(TEXT_RECOGNISER.path(), "auto", (160, 320))
    infer, widths = opened.infer, []

    def noted(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        widths.append(batch.shape[-1])
        return infer(batch)

    monkeypatch.setattr(opened, "infer", noted)
    opened.reserve(np.zeros((1, 3, 48, 320), np.float32))
    assert set(widths) == {160, 320}
