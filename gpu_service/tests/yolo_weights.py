"""Tiny weights that ultralytics itself makes, with values from a fixed seed: they find nothing true, but always the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CLASSES = ("board", "shirt")
SIDE_PX = 160


def save_weights(path: Path) -> None:
    """A two-class yolo11n as `.pt`."""
    from gpu_service.engines.ultralytics_yolo import ultralytics_library

    model: Any = _model(ultralytics_library())
    model.save(path)


def export_onnx(weights: Path) -> Path:
    """The same as `.onnx`, beside it."""
    from gpu_service.engines.ultralytics_yolo import ultralytics_library

    model = ultralytics_library().YOLO(str(weights))
    return Path(model.export(format="onnx", imgsz=SIDE_PX, simplify=False, verbose=False))


def _model(library: Any) -> Any:
    import torch

    torch.manual_seed(3)
    model = library.YOLO("yolo11n.yaml")
    own = library.nn.tasks.DetectionModel("yolo11n.yaml", nc=len(CLASSES), verbose=False)
    own.names = dict(enumerate(CLASSES))
    own.args = {"imgsz": SIDE_PX}
    for layer in own.model[-1].cv3:
        torch.nn.init.constant_(layer[-1].bias, -1.0)  # so that some scores pass a threshold
    model.model = own
    return model
