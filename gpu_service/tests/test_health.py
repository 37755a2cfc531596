"""Ready means loaded, warm, and the right files; figures and models are told, paths and secrets never."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import httpx
import pytest
from asking import EVERY, post
from prometheus_client.parser import text_string_to_metric_families
from serving import TOKEN, served, settings, wait_until

from mpr_core.wire.envelope import mpr_version


def test_a_ready_host_names_its_version_and_the_digests_in_force(host: httpx.Client) -> None:
    answer = host.get("/v2/health/ready").json()
    assert (answer["ready"], answer["version"]) == (True, mpr_version())
    assert set(answer["models"]) == {"PP-OCRv6_det_small", "PP-OCRv6_rec_small"}
    assert host.get("/v2/health/live").json()["live"] is True


def test_a_model_is_told_with_its_engine_precision_and_source(host: httpx.Client) -> None:
    found = host.get("/v2/models/PP-OCRv6_rec_small", params={"precision": "f32"}).json()
    assert found["precision"] == "f32"
    assert found["engine"].startswith("openvino:")
    assert found["digest"].endswith(f"{found['engine']} f32")
    assert "Apache-2.0" in found["source"]


@pytest.mark.parametrize(
    "path", ["/v2/models/nosuch", "/v2/models/yolo", "/v2/models/yolo?weights=nosuch.onnx"], ids=str
)
def test_a_model_the_host_lacks_is_not_there(host: httpx.Client, path: str) -> None:
    answer = host.get(path)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (404, "model_missing")


@pytest.mark.parametrize(
    "weights", ["../secret.onnx", "/etc/passwd", "a/../../b.pt", "..\\b.pt", "weights.exe", "é" * 130 + ".onnx"]
)
def test_weights_are_never_looked_for_outside_the_models_folder(host: httpx.Client, weights: str) -> None:
    answer = host.get("/v2/models/yolo", params={"weights": weights})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "bad_request")


def test_a_link_that_leads_out_of_the_models_folder_is_no_model(
    host: httpx.Client, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.onnx").write_bytes(b"secret")
    (models / "link.onnx").symlink_to(tmp_path / "outside.onnx")
    answer = host.get("/v2/models/yolo", params={"weights": "link.onnx"})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (404, "model_missing")
    assert str(tmp_path) not in answer.text


def test_a_host_whose_listed_file_has_another_digest_never_becomes_ready(tmp_path: Path) -> None:
    (tmp_path / "logos.onnx").write_bytes(b"other weights")
    (tmp_path / "models.json").write_text(json.dumps({"logos.onnx": hashlib.sha256(b"the weights").hexdigest()}))
    with served(settings(models=tmp_path, engine="openvino"), loaded=False) as client:
        wait_until(lambda: "changed" in client.get("/v2/health/ready").json()["error"]["why"])
        answer = client.get("/v2/health/ready")
        assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "not_ready")
        assert answer.headers["Retry-After"]
        assert str(tmp_path) not in answer.text
        assert client.get("/v2/health/live").status_code == 200
        assert post(client, "/ocr", *EVERY["/ocr"]).status_code == 503
        assert TOKEN not in answer.text


def test_figures_count_requests_and_images_by_path(host: httpx.Client) -> None:
    def counted() -> dict[str, float]:
        families = text_string_to_metric_families(host.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        return {f"{sample.name} {sorted(sample.labels.items())}": sample.value for sample in samples}

    before = counted()
    assert post(host, "/ocr", *EVERY["/ocr"]).status_code == 200
    after = counted()
    requests = "gpu_service_requests_total [('path', '/ocr'), ('status', '200')]"
    assert after[requests] == before.get(requests, 0) + 1
    images = "gpu_service_images_total [('path', '/ocr')]"
    assert after[images] == before.get(images, 0) + 1
    assert after["gpu_service_ready []"] == 1


def test_a_strangers_paths_do_not_become_figures(host: httpx.Client) -> None:
    assert host.get("/made-up-4711").status_code == 404
    assert "made-up-4711" not in host.get("/metrics").text
