"""YOLO by ultralytics: `.pt` loaded safely, `.onnx`, and `.engine` where the GPU and TensorRT fit it."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import ConfigError
from mpr_core.inference.yolo import ClassBox
from mpr_core.media.digest import file_digest


@lru_cache(maxsize=1)
def ultralytics_library() -> Any:
    """The library, told to load weights only, to fetch nothing and to report nothing, which it learns on being imported.

    Raises:
        ConfigError: it is not installed, or cannot load weights safely.
    """
    # Without the first a .pt file is a program that runs on being loaded.
    os.environ |= {"ULTRALYTICS_SAFE_LOAD": "1", "YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_VERBOSE": "0"}
    try:
        from gpu_service.engines.torchvision_ops import provide_nms

        provide_nms()
        import ultralytics
        from ultralytics.nn.tasks import _SafeLoad
        from ultralytics.utils import SAFE_LOAD
    except ImportError as error:
        raise ConfigError(
            "these weights need ultralytics",
            why=str(error),
            remedy="install the host with its extra `yolo`, or export the weights to ONNX",
        ) from error
    if not (SAFE_LOAD and _SafeLoad.SUPPORTED):
        raise ConfigError(
            "weights cannot be loaded safely",
            where="ultralytics",
            why="it was imported before it was told to, or this torch is too old for it",
            remedy="set ULTRALYTICS_SAFE_LOAD=1 where the host is started",
        )
    return ultralytics


def ultralytics_digest(path: Path) -> str:
    """What decides the answers of weights: their bytes, ultralytics and torch with their versions, and the device."""
    import torch

    versions = f"ultralytics:{ultralytics_library().__version__} torch:{torch.__version__}"
    return f"sha256:{file_digest(path)[:16]} {versions} {_device()} f32"


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class OpenedWeights:
    """A loaded file. One thread infers at a time: ultralytics keeps a predictor's state in the model.

    Raises:
        ConfigError: the file cannot be loaded, or only by running what is in it, or it is no detection model.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        if path.suffix.lower() == ".engine" and find_spec("tensorrt") is None:
            raise ConfigError(
                "the host cannot run weights of this kind",
                where=path.name,
                why="TensorRT is not installed",
                remedy="install it where the host runs (pip install tensorrt-cu13), or give .onnx weights",
            )
        try:
            self._model = ultralytics_library().YOLO(str(path), task="detect")
            names = self._model.names
        except ConfigError:
            raise
        except Exception as error:  # TypeError, KeyError, AttributeError: whatever a strange file leads to
            raise ConfigError(
                "cannot use these weights",
                where=path.name,
                why=f"ultralytics does not load them safely ({type(error).__name__})",
                remedy="give detection weights that ultralytics saved itself, with nothing added",
            ) from error
        if self._model.task != "detect":
            raise ConfigError(
                "cannot use these weights",
                where=path.name,
                why=f"they are for the task {self._model.task}",
                remedy="give weights of a detection model",
            )
        self.names: dict[int, str] = dict(names)

    def boxes(self, bgr: NDArray[np.uint8], min_score: float, max_iou: float) -> list[ClassBox]:
        """Boxes in a picture, best first."""
        with self._lock:
            found = self._model.predict(bgr, conf=min_score, iou=max_iou, device=_device(), verbose=False)[0].boxes
        rows = found.data.cpu().numpy().astype(np.float32)
        rows = rows[np.argsort(-rows[:, 4], kind="stable")]
        return [
            ClassBox(row[:4], self.names.get(int(row[5]), str(int(row[5]))), min(1.0, float(row[4]))) for row in rows
        ]


class UltralyticsYolo:
    """Opened weights under some thresholds."""

    def __init__(self, weights: OpenedWeights, min_score: float, max_iou: float) -> None:
        self._weights, self._min_score, self._max_iou = weights, min_score, max_iou

    def detect(self, bgr: NDArray[np.uint8], min_score: float | None = None) -> list[ClassBox]:
        """As `mpr_core.inference.yolo.Yolo.detect`."""
        return self._weights.boxes(bgr, self._min_score if min_score is None else min_score, self._max_iou)
