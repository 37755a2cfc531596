"""The trained weights as an ONNX file, held against what MPR itself makes of it."""

from __future__ import annotations

from pathlib import Path

from gpu_service.engines.ultralytics_yolo import ultralytics_library
from mpr_core.errors import MprError
from mpr_core.inference.engine import OpenVino
from mpr_core.inference.yolo import Yolo
from mpr_core.stages.configs import DetectObjectsConfig


def export(weights: Path, size_px: int, names: tuple[str, ...]) -> Path:
    """The file, beside the weights; its metadata names the classes, which is where MPR takes them from.

    Raises:
        MprError: the names in it are not `names`.
    """
    model = ultralytics_library().YOLO(str(weights), task="detect")
    path = Path(model.export(format="onnx", imgsz=size_px, device="cpu", simplify=False, verbose=False))
    _strip(path)
    found = opened(path).names
    if found != dict(enumerate(names)):
        raise MprError(
            "the exported model names other classes", why=f"{found}, not {list(names)}", remedy="report this"
        )
    return path


def _strip(path: Path) -> None:
    """Take out the day and the folder of the training, so that the same training gives the same bytes."""
    import onnx

    model = onnx.load(path)
    kept = [entry for entry in model.metadata_props if entry.key not in ("date", "description")]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    onnx.save(model, path)


def opened(path: Path) -> Yolo:
    """The file as the stage detect_objects opens it when a profile names no thresholds."""
    config = DetectObjectsConfig()
    return Yolo(OpenVino().open(path, config.precision), config.yolo_min_score, config.yolo_max_iou)
