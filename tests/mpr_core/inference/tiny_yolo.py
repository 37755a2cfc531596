"""A YOLO model in a few hundred bytes: it finds the one bright rectangle of a picture, with either kind of detection head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Head = Literal["v8", "end2end"]


def save_model(
    path: Path,
    head: Head = "v8",
    *,
    names: dict[int, str] | None = None,
    size_px: tuple[int, int] = (96, 128),
    rows: Sequence[tuple[float, float, int]] = ((0.0, 0.9, 0),),
    stored_names: str | None = None,
) -> Path:
    """Write the model.

    Args:
        head: `v8` answers (1, 4 + classes, n) with centres and sizes; `end2end` answers (1, n, 6) with corners, score, class.
        size_px: height and width it was exported for.
        rows: per answered box how far it is moved to the right, in px of the input, its score and its class.
        stored_names: what the metadata says instead of `names`; '' for nothing at all.
    """
    names = names or {0: "Vantelo", 1: "logo"}
    graph = helper.make_graph(
        [*_corners(size_px), *_head(head, len(names), rows)],
        "bright_rectangle",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, *size_px])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", "a", "b"])],
        [_constant(f"row{n}", [offset, 0, offset, 0]) for n, (offset, _, _) in enumerate(rows)]
        + [_constant("threshold", 0.7), _constant("zero", [0.0]), *_grids(size_px), *_scores(head, len(names), rows)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    text = str(names) if stored_names is None else stored_names
    if text:
        helper.set_model_props(model, {"names": text, "imgsz": str(list(size_px)), "stride": "32"})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def _constant(name: str, value: object) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, np.float32), name)


def _grids(size_px: tuple[int, int]) -> list[onnx.TensorProto]:
    """Per axis the distance of every pixel's far side from the start, and of its near side from the end."""
    found = []
    for axis, length in (("y", size_px[0]), ("x", size_px[1])):
        shape = (1, length, 1) if axis == "y" else (1, 1, length)
        found.append(_constant(f"{axis}_far", np.arange(1, length + 1, dtype=np.float32).reshape(shape)))
        found.append(_constant(f"{axis}_near", np.arange(length, 0, -1, dtype=np.float32).reshape(shape)))
        found.append(_constant(f"{axis}_length", [float(length)]))
    return found


def _corners(size_px: tuple[int, int]) -> list[onnx.NodeProto]:
    """`corners (4,)`: x0, y0, x1, y1 of all pixels whose dimmest channel is bright."""
    nodes = [
        helper.make_node("ReduceMin", ["images"], ["dim"], axes=[1], keepdims=0),
        helper.make_node("Greater", ["dim", "threshold"], ["is_bright"]),
        helper.make_node("Cast", ["is_bright"], ["bright"], to=TensorProto.FLOAT),
    ]
    for axis in "xy":
        for side in ("far", "near"):
            nodes.append(helper.make_node("Mul", ["bright", f"{axis}_{side}"], [f"{axis}_{side}_of"]))
            nodes.append(
                helper.make_node("ReduceMax", [f"{axis}_{side}_of"], [f"{axis}_{side}_most"], axes=[1, 2], keepdims=0)
            )
        nodes.append(helper.make_node("Sub", [f"{axis}_length", f"{axis}_near_most"], [f"{axis}0"]))
    nodes.append(helper.make_node("Concat", ["x0", "y0", "x_far_most", "y_far_most"], ["corners"], axis=0))
    return nodes


def _scores(head: Head, classes: int, rows: Sequence[tuple[float, float, int]]) -> list[onnx.TensorProto]:
    """What follows the box in every row: one score per class, or score and class."""
    found = []
    for n, (_, score, class_index) in enumerate(rows):
        per_class = [score if k == class_index else 0.01 for k in range(classes)]
        found.append(_constant(f"score{n}", per_class if head == "v8" else [score, class_index]))
    shape = [1, len(rows), 4 + classes if head == "v8" else 6]
    half = [[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]]
    return [
        *found,
        _constant("to_centre_and_size", half),
        numpy_helper.from_array(np.array(shape, np.int64), "shape"),
    ]


def _head(head: Head, classes: int, rows: Sequence[tuple[float, float, int]]) -> list[onnx.NodeProto]:
    nodes = []
    for n in range(len(rows)):
        nodes.append(helper.make_node("Add", ["corners", f"row{n}"], [f"box{n}"]))
        box = f"box{n}"
        if head == "v8":
            nodes.append(helper.make_node("MatMul", [box, "to_centre_and_size"], [f"centred{n}"]))
            box = f"centred{n}"
        nodes.append(helper.make_node("Concat", [box, f"score{n}"], [f"answer{n}"], axis=0))
    nodes.append(helper.make_node("Concat", [f"answer{n}" for n in range(len(rows))], ["answers"], axis=0))
    nodes.append(helper.make_node("Reshape", ["answers", "shape"], ["by_row" if head == "v8" else "output0"]))
    if head == "v8":
        nodes.append(helper.make_node("Transpose", ["by_row"], ["output0"], perm=[0, 2, 1]))
    return nodes
