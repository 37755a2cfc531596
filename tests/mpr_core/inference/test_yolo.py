"""YOLO exports: both kinds of head, class names from the metadata, boxes back in the picture's own pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mpr_core.errors import ConfigError
from mpr_core.inference.engine import OnnxModel
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.model_files import user_weights
from mpr_core.inference.yolo import Yolo
from tests.mpr_core.inference.tiny_yolo import Head, save_model
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.stages.stored_pictures import StoredPictures
from tests.mpr_core.whole_pipeline import Pipeline, airings

HEADS: list[Head] = ["v8", "end2end"]


def rectangle(size_px: tuple[int, int], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """A white rectangle on dark grey; `size_px` is (width, height)."""
    picture = np.full((size_px[1], size_px[0], 3), 40, np.uint8)
    picture[box[1] : box[3], box[0] : box[2]] = 255
    return picture


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("size_px", "box"),
    [
        ((128, 96), (20, 30, 61, 70)),
        ((640, 360), (100, 40, 300, 220)),
        ((360, 640), (60, 400, 300, 600)),
        ((1920, 1080), (1200, 60, 1860, 900)),
        ((50, 40), (10, 10, 30, 30)),
    ],
)
def test_a_box_comes_back_in_the_pictures_own_pixels(
    head: Head, size_px: tuple[int, int], box: tuple[int, int, int, int], tmp_path: Path
) -> None:
    yolo = Yolo(OnnxModel(save_model(tmp_path / "m.onnx", head), "f32"), 0.3, 0.6)
    (found,) = yolo.detect(rectangle(size_px, box))
    input_px = max(size_px[0] / 128, size_px[1] / 96)
    assert found.xyxy_px == pytest.approx(np.array(box), abs=1.5 * input_px)
    assert (found.class_name, found.score) == ("Vantelo", pytest.approx(0.9, abs=0.01))


@pytest.mark.parametrize("head", HEADS)
def test_repeats_of_a_class_are_dropped_and_other_classes_stay(head: Head, tmp_path: Path) -> None:
    rows = [(0, 0.6, 0), (2, 0.9, 0), (1, 0.7, 1), (40, 0.5, 0), (3, 0.1, 1)]
    yolo = Yolo(OnnxModel(save_model(tmp_path / "m.onnx", head, rows=rows), "f32"), 0.3, 0.6)
    found = yolo.detect(rectangle((128, 96), (10, 20, 50, 60)))
    assert [(box.class_name, round(box.score, 2)) for box in sorted(found, key=lambda b: -b.score)] == [
        ("Vantelo", 0.9),
        ("logo", 0.7),
        ("Vantelo", 0.5),
    ]
    assert found[0].score == max(box.score for box in found), "best first"


@pytest.mark.parametrize("head", HEADS)
def test_boxes_end_at_the_pictures_border_and_weak_ones_are_left_out(head: Head, tmp_path: Path) -> None:
    model = save_model(tmp_path / "m.onnx", head, rows=[(100, 0.9, 0), (0, 0.2, 1)])
    (found,) = Yolo(OnnxModel(model, "f32"), 0.3, 0.6).detect(rectangle((128, 96), (10, 20, 50, 60)))
    assert found.xyxy_px.tolist() == pytest.approx([110, 20, 128, 60], abs=1.5)
    assert Yolo(OnnxModel(model, "f32"), 0.95, 0.6).detect(rectangle((128, 96), (10, 20, 50, 60))) == []


@pytest.mark.parametrize("stored", ["", "[]", "{}", "'person'", "{'person': 0}"])
def test_weights_without_class_names_are_refused_with_what_to_do(stored: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="weights without class names") as refusal:
        Yolo(OnnxModel(save_model(tmp_path / "m.onnx", stored_names=stored), "f32"), 0.3, 0.6)
    assert "yolo export" in refusal.value.remedy


@pytest.mark.parametrize("stored", ["{0: ", "__import__('os').getcwd()"])
def test_class_names_that_are_no_plain_values_are_refused_and_never_run(stored: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="weights without class names"):
        Yolo(OnnxModel(save_model(tmp_path / "m.onnx", stored_names=stored), "f32"), 0.3, 0.6)


def test_a_head_that_is_no_detection_head_is_refused(tmp_path: Path) -> None:
    model = save_model(tmp_path / "m.onnx", stored_names=str({n: f"class {n}" for n in range(9)}))
    with pytest.raises(ConfigError, match="not a YOLO detection head") as refusal:
        Yolo(OnnxModel(model, "f32"), 0.3, 0.6).detect(rectangle((128, 96), (10, 20, 50, 60)))
    assert "9 classes" in refusal.value.why


def test_weights_must_be_an_onnx_file_that_exists(tmp_path: Path) -> None:
    model = save_model(tmp_path / "m.onnx")
    assert user_weights(str(model)) == model
    with pytest.raises(ConfigError, match="no such file"):
        user_weights(str(tmp_path / "other.onnx"))
    (tmp_path / "m.pt").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"only \.onnx weights run in-process"):
        user_weights(str(tmp_path / "m.pt"))


@pytest.mark.parametrize("text", [b"", b"not a model"])
def test_a_file_that_is_no_model_is_refused_by_name(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(text)
    with pytest.raises(ConfigError, match=r"m\.onnx"):
        Yolo(OnnxModel(tmp_path / "m.onnx", "f32"), 0.3, 0.6)


def test_yolo_boxes_are_tracked_beside_text(models: InProcess, tmp_path: Path) -> None:
    weights = str(save_model(tmp_path / "m.onnx"))
    pictures = [rectangle((640, 360), (60 + 6 * n, 60, 200 + 6 * n, 160)) for n in range(4)]
    for n, picture in enumerate(pictures):
        cv2.circle(picture, (100 + 6 * n, 100), 25, (200, 200, 200), 12)
        cv2.putText(picture, "Oltessa", (300, 300), cv2.FONT_HERSHEY_DUPLEX, 1.6, (150, 150, 150), 3)
    rows = StoredPictures(pictures, models).boxes(yolo_weights=weights).boxes.to_pylist()
    yolo = [row for row in rows if row["source"] == "yolo"]
    text = [row for row in rows if row["source"] == "text" and row["quad_px"][1] > 220]
    assert [(row["seq"], row["class_name"]) for row in yolo] == [(n, "Vantelo") for n in range(4)]
    assert len({row["track"] for row in yolo}) == 1
    assert (len(text), len({row["track"] for row in text})) == (4, 1)
    assert not {row["track"] for row in yolo} & {row["track"] for row in text}


def test_a_class_with_a_brands_name_becomes_an_airing_and_the_weights_part_of_the_recipe(
    pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    shown = rectangle((320, 180), (60, 40, 200, 130))
    path = make_clip(tmp_path / "r.mp4", frames=50, pictures=[shown] * 50, size_px=(320, 180))
    one = pipeline()
    one.ingest("match", [path], BRANDS)
    weights = save_model(tmp_path / "m.onnx")
    nodes = one.run("match", {"detect_objects": {"yolo_weights": str(weights)}})
    assert airings(one.report(nodes)) == {"Vantelo": [pytest.approx((0, 2), abs=0.3)]}
    assert set(nodes["detect_objects"].models) == {"PP-OCRv6_det_small", "yolo"}
    other = save_model(tmp_path / "n.onnx", names={0: "Brixomar", 1: "logo"})
    changed = one.run("match", {"detect_objects": {"yolo_weights": str(other)}})
    assert set(airings(one.report(changed))) == {"Brixomar"}
    assert changed["detect_objects"].models["yolo"] != nodes["detect_objects"].models["yolo"]
