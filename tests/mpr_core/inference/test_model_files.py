"""Models are the files they claim to be, and their digest says what arithmetic they run with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mpr_core.errors import ModelMissing
from mpr_core.inference.engine import model_digest, resolved_precision, side_by_side, workers
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER, ModelFile
from mpr_core.media.digest import file_digest
from tests.mpr_core.inference.tiny_yolo import save_model


@pytest.mark.parametrize("model", [TEXT_DETECTOR, TEXT_RECOGNISER], ids=lambda model: model.name)
def test_the_models_in_use_are_there_with_the_bytes_that_were_measured(model: ModelFile) -> None:
    assert file_digest(model.path()) == model.sha256
    assert "Apache-2.0" in model.source


def test_a_model_file_with_other_bytes_is_refused_with_both_digests() -> None:
    changed = replace(TEXT_DETECTOR, sha256="0" * 64)
    with pytest.raises(ModelMissing, match=r"missing or changed.*PP-OCRv6_det_small\.onnx") as refusal:
        changed.path()
    assert "expected sha256 " + "0" * 64 in refusal.value.why
    assert TEXT_DETECTOR.sha256 in refusal.value.why
    assert "reinstall rapidocr" in refusal.value.remedy
    assert refusal.value.exit_code == 1


def test_a_missing_file_or_package_is_named() -> None:
    with pytest.raises(ModelMissing, match=r"none\.onnx") as refusal:
        replace(TEXT_DETECTOR, file_name="none.onnx").path()
    assert "found no file" in refusal.value.why
    with pytest.raises(ModelMissing, match="package is not installed: no_such_package"):
        replace(TEXT_DETECTOR, package="no_such_package").path()


def test_a_digest_tells_apart_files_and_arithmetic(tmp_path: Path) -> None:
    one, other = save_model(tmp_path / "1.onnx"), save_model(tmp_path / "2.onnx", names={0: "x"})
    digests = {model_digest(one, "f32"), model_digest(other, "f32"), model_digest(one, "bf16")}
    assert len(digests) == 3
    assert all("openvino:" in digest for digest in digests)
    assert model_digest(one, "auto") == model_digest(one, resolved_precision("auto"))  # type: ignore[arg-type]
    assert resolved_precision("auto") in ("f32", "bf16")


def test_work_side_by_side_keeps_its_order_and_hands_on_errors() -> None:
    assert list(side_by_side(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    assert list(side_by_side(str, [])) == []
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda n: 1 // (n - 3), range(9)))
    assert workers() >= 1


def test_work_side_by_side_never_runs_far_ahead() -> None:
    taken: list[int] = []

    def items() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    results = side_by_side(lambda n: n, items())  # type: ignore[arg-type]
    for number in range(10):
        assert next(results) == number
        assert len(taken) <= number + workers() + 1
    results.close()  # type: ignore[attr-defined]
