"""The models of this process: ONNX files, each opened once and shared by whatever thresholds are tried on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, TypeVar

from mpr_core.errors import ModelMissing
from mpr_core.inference.detectors import FindsText, FindsThings
from mpr_core.inference.engine import Engine, OnnxFile, OpenVino
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER, user_weights
from mpr_core.inference.text_detector import TextDetector
from mpr_core.inference.text_recogniser import TextRecogniser
from mpr_core.inference.track_reader import ReadsText
from mpr_core.inference.yolo import Yolo
from mpr_core.stages.configs import DetectObjectsConfig, Precision
from mpr_core.wire.health import YOLO

T = TypeVar("T")


class Models(Protocol):
    """Opened models by what is wanted of them, whatever their engine. Asked from several threads."""

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        """See `Inference.digest`."""
        ...

    def text_detector(self, config: DetectObjectsConfig) -> FindsText: ...

    def yolo(self, config: DetectObjectsConfig) -> FindsThings | None:
        """None where the config names no weights."""
        ...

    def recogniser(self, precision: Precision) -> ReadsText: ...

    def close(self) -> None: ...


class LocalModels:
    """ONNX files.

    Args:
        find_weights: the path of weights that a config names.
        engine: what runs them.
    """

    def __init__(self, find_weights: Callable[[str], Path] = user_weights, engine: Engine | None = None) -> None:
        self._find_weights = find_weights
        self._engine = engine or OpenVino()
        self._open: dict[tuple[str, Path, Precision], Any] = {}
        self._lock = RLock()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._find_weights, self._engine)  # another process opens its own

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        return self._engine.digest(self._path(model, weights), precision)

    def text_detector(self, config: DetectObjectsConfig) -> FindsText:
        model = self._onnx(TEXT_DETECTOR.path(), config.precision)
        return TextDetector(model, config.pixel_score, config.box_score, config.unclip_ratio)

    def yolo(self, config: DetectObjectsConfig) -> FindsThings | None:
        if not config.yolo_weights:
            return None
        model = self._onnx(self._find_weights(config.yolo_weights), config.precision)
        return Yolo(model, config.yolo_min_score, config.yolo_max_iou)

    def recogniser(self, precision: Precision) -> ReadsText:
        return self._opened(
            "recogniser", TEXT_RECOGNISER.path(), precision, lambda: TextRecogniser(precision, self._engine)
        )

    def close(self) -> None:
        with self._lock:
            self._open.clear()

    def _path(self, model: str, weights: str) -> Path:
        if model == YOLO:
            return self._find_weights(weights)
        known = {file.name: file for file in (TEXT_DETECTOR, TEXT_RECOGNISER)}
        if model not in known:
            raise ModelMissing(
                "no such model",
                where=model,
                why=f"there are {', '.join(known)} and {YOLO}",
                remedy="ask for one of these",
            )
        return known[model].path()

    def _onnx(self, path: Path, precision: Precision) -> OnnxFile:
        return self._opened("onnx", path, precision, lambda: self._engine.open(path, precision))

    def _opened(self, kind: str, path: Path, precision: Precision, make: Callable[[], T]) -> T:
        with self._lock:
            if (kind, path, precision) not in self._open:
                self._open[kind, path, precision] = make()
            found: T = self._open[kind, path, precision]
            return found
