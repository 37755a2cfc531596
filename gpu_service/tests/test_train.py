"""The command as a user runs it: small pictures, few of them, and a model that MPR's own detector finds the logos with."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_logos import RING, WEDGE, draw_logos
from gpu_service.train.__main__ import main
from gpu_service.train.example import Example, compose
from gpu_service.train.export import opened
from gpu_service.train.footage import frames
from gpu_service.train.logos import read_logos
from gpu_service.train.report import TrainingReport
from test_yolo import Malice
from yolo_weights import save_weights

from mpr_core.inference.local_models import LocalModels
from mpr_core.media.digest import file_digest
from mpr_core.stages.configs import DetectObjectsConfig

FEW = ("--size", "160", "--device", "cpu")
UNSEEN_SEED = 99


def command(*arguments: object, before: str = "") -> subprocess.CompletedProcess[str]:
    """What `python -m gpu_service.train` does; `before` is run first in its process."""
    run = f"import runpy, sys\n{before}\nrunpy.run_module('gpu_service.train', run_name='__main__', alter_sys=True)"
    given = [sys.executable, "-c", run, *map(str, arguments)]
    return subprocess.run(given, capture_output=True, text=True, timeout=900, env=os.environ, check=False)


@pytest.fixture(scope="module")
def logos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_logos(tmp_path_factory.mktemp("logos"))


@pytest.fixture(scope="module")
def trained(logos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The model of a short training, and what was said."""
    out = tmp_path_factory.mktemp("trained") / "logos.onnx"
    few = (*FEW, "--pictures", 48, "--epochs", 30, "--batch", 8)
    done = command("--brands", logos, "--out", out, *few)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def unseen(logos: Path, count: int) -> list[Example]:
    brands = read_logos(logos)
    film = islice(frames((UNSEEN_SEED,), (160, 90)), count)
    return [compose(frame, brands, index, np.random.default_rng(index)) for index, frame in enumerate(film)]


def iou(one: np.ndarray, other: tuple[int, ...]) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    common = float(np.prod(np.clip(high - low, 0, None)))
    return common / (float(np.prod(one[2:] - one[:2])) + np.prod(np.subtract(other[2:], other[:2])) - common)


def test_mpr_finds_the_logos_with_the_trained_model_in_films_that_it_was_not_trained_on(
    trained: tuple[Path, str], logos: Path
) -> None:
    names = list(opened(trained[0]).names.values())
    assert names == [WEDGE, RING]
    model = LocalModels().yolo(DetectObjectsConfig(yolo_weights=str(trained[0])))
    assert model is not None
    found = set()
    for example in unseen(logos, 16):
        for box in model.detect(example.picture):
            right = [one for one in example.boxes if iou(box.xyxy_px, one.xyxy_px) > 0.5]
            found |= {names[one.brand] for one in right if names[one.brand] == box.class_name}
    assert found == {WEDGE, RING}


def test_the_report_beside_the_model_says_how_good_it_is(trained: tuple[Path, str]) -> None:
    out, said = trained
    report = TrainingReport.model_validate_json(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert report.map50 > 0.3
    assert {one.name for one in report.classes} == {WEDGE, RING}
    assert (report.epochs, report.training_pictures, report.validation_pictures) == (30, 48, 10)
    assert f"{report.map50:.3f}" in said
    assert "epoch 30/30" in said
    assert "AGPL-3.0" in said
    left = {path.name for path in out.parent.iterdir()}
    assert left == {"logos.onnx", "logos.json", "logos-trained-on.jpg", "logos-found.jpg"}


def test_weights_that_are_a_program_are_refused_and_not_run(logos: Path, tmp_path: Path) -> None:
    proof = tmp_path / "it_ran"
    torch.save({"model": Malice(proof), "train_args": {}}, tmp_path / "malice.pt")
    few = (*FEW, "--pictures", 12, "--epochs", 1, "--weights", tmp_path / "malice.pt")
    done = command("--brands", logos, "--out", tmp_path / "model.onnx", *few)
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not load them safely" in done.stderr
    assert "Traceback" not in done.stderr
    assert not proof.exists()
    assert not list(tmp_path.glob("*model*"))


def test_training_goes_on_from_weights_that_had_other_classes(logos: Path, tmp_path: Path) -> None:
    save_weights(tmp_path / "tiny.pt")
    out = tmp_path / "model.onnx"
    few = (*FEW, "--pictures", 12, "--epochs", 1, "--weights", tmp_path / "tiny.pt")
    done = command("--brands", logos, "--out", out, *few)
    assert done.returncode == 0, done.stderr
    assert list(opened(out).names.values()) == [WEDGE, RING]
    report = TrainingReport.model_validate_json(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert (report.architecture, report.started_from) == ("", file_digest(tmp_path / "tiny.pt"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--pictures", 3), "2 brands need 12"),
        (("--size", 100), "multiple of 32"),
        (("--epochs", 0), "no number from 1"),
        (("--device", "abacus"), "neither cpu"),
        (("--device", "9"), "no such device"),
        (("--model", "yolo99q.yaml"), "no such model description"),
        (("--model", "yolo11n.pt"), "see --weights"),
        (("--weights", "gone.pt"), "no file"),
        (("--out", "model.pt"), "does not end in .onnx"),
    ],
)
def test_a_setting_that_does_not_fit_is_said(
    logos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: tuple[object, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(["--brands", str(logos), "--out", str(tmp_path / "model.onnx"), *map(str, given)]))
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_torch_it_is_said_what_to_install(logos: Path, tmp_path: Path) -> None:
    done = command("--brands", logos, "--out", tmp_path / "m.onnx", before="sys.modules['torch'] = None")
    assert done.returncode == 2
    assert "--extra yolo" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_model_names_no_folder_of_the_machine_that_trained_it(trained: tuple[Path, str]) -> None:
    out = trained[0]
    assert str(out.parent).encode() not in out.read_bytes()
    assert str(out.parent) not in out.with_suffix(".json").read_text(encoding="utf-8")


def test_the_same_training_gives_the_same_model(logos: Path, tmp_path: Path) -> None:
    few = (*FEW, "--pictures", 12, "--epochs", 2)
    models = [tmp_path / name / "m.onnx" for name in ("once", "again")]
    for model in models:
        assert command("--brands", logos, "--out", model, *few).returncode == 0
    assert models[0].read_bytes() == models[1].read_bytes()
