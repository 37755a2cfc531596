"""YOLO weights by ultralytics: .pt and .onnx through the real library; a .pt that is a program is not run."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
import torch
from asking import detect, jpeg, pitch, post
from serving import served, settings
from yolo_weights import CLASSES, export_onnx, save_weights

PICTURE = jpeg(pitch())


@pytest.fixture(scope="session")
def weights(models: Path) -> Path:
    save_weights(models / "tiny.pt")
    export_onnx(models / "tiny.pt")
    return models


def boxes(client: httpx.Client, name: str) -> list[dict[str, object]]:
    answer = post(client, "/detect", detect(yolo_weights=name, yolo_min_score=0.05), PICTURE)
    assert answer.status_code == 200, answer.text
    return [box for box in answer.json()["results"][0]["boxes"] if box["source"] == "yolo"]


def test_pt_weights_find_boxes_with_their_own_classes(host: httpx.Client, weights: Path) -> None:
    found = boxes(host, "tiny.pt")
    assert found
    assert {box["class_name"] for box in found} <= set(CLASSES)
    scores = [box["score"] for box in found]
    assert scores == sorted(scores, reverse=True)
    digest = host.get("/v2/models/yolo", params={"weights": "tiny.pt"}).json()["digest"]
    assert "ultralytics:" in digest
    assert "torch:" in digest


def test_the_same_weights_as_onnx_run_by_the_engine_that_mpr_has_itself(host: httpx.Client, weights: Path) -> None:
    digest = host.get("/v2/models/yolo", params={"weights": "tiny.onnx"}).json()["digest"]
    assert "openvino:" in digest
    assert boxes(host, "tiny.onnx")


def test_onnx_weights_run_by_ultralytics_where_the_host_is_told_so(weights: Path) -> None:
    with served(settings(models=weights, engine="openvino", onnx_yolo="ultralytics")) as client:
        found = boxes(client, "tiny.onnx")
        assert found
        assert {box["class_name"] for box in found} <= set(CLASSES)
        digest = client.get("/v2/models/yolo", params={"weights": "tiny.onnx"}).json()["digest"]
        assert "ultralytics:" in digest


class Malice:
    """What a pickle calls on being loaded."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.file,)


def test_a_pt_file_that_is_a_program_is_refused_and_not_run(host: httpx.Client, models: Path, tmp_path: Path) -> None:
    proof = tmp_path / "it_ran"
    torch.save({"model": Malice(proof), "train_args": {}}, models / "malice.pt")
    answer = post(host, "/detect", detect(yolo_weights="malice.pt"), PICTURE)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "bad_request")
    assert not proof.exists()
    assert str(models) not in answer.text
    torch.load(models / "malice.pt", weights_only=False)
    assert proof.exists(), "the file is harmless, so that its refusal shows nothing"


@pytest.mark.parametrize("data", [b"", b"no weights", pickle.dumps({"model": 1})], ids=["empty", "text", "pickle"])
def test_a_file_that_is_no_weights_is_refused(host: httpx.Client, models: Path, data: bytes) -> None:
    (models / "broken.pt").write_bytes(data)
    answer = post(host, "/detect", detect(yolo_weights="broken.pt"), PICTURE)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "bad_request")


@pytest.mark.skipif(find_spec("tensorrt") is not None, reason="TensorRT is installed")
def test_an_engine_file_without_tensorrt_says_what_is_missing(host: httpx.Client, models: Path) -> None:
    (models / "built.engine").write_bytes(bytes(range(256)) * 40)
    answer = post(host, "/detect", detect(yolo_weights="built.engine"), PICTURE)
    error = answer.json()["error"]
    assert (answer.status_code, error["where"], error["why"]) == (422, "built.engine", "TensorRT is not installed")
    assert "tensorrt-cu13" in error["remedy"]


def test_listed_weights_of_the_right_digest_are_loaded_and_warm_before_the_host_is_ready(
    weights: Path, tmp_path: Path
) -> None:
    names = ("tiny.pt", "tiny.onnx")
    for name in names:
        shutil.copy(weights / name, tmp_path / name)
    digests = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names}
    (tmp_path / "models.json").write_text(json.dumps(digests))
    with served(settings(models=tmp_path, engine="openvino")) as client:
        models = client.get("/v2/health/ready").json()["models"]
        for name in names:
            assert models[f"yolo/{name}"].startswith(f"sha256:{digests[name][:16]} ")
            assert client.get("/v2/models/yolo", params={"weights": name}).json()["warm"] is True
