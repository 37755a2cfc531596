"""The host's models: those of MPR, by the engine the host has, and weights that only its heavier libraries can run."""

from __future__ import annotations

from gpu_service.engines.onnx_runtime import Device, OnnxRuntime, cuda_is_usable
from gpu_service.engines.paddle_reader import PaddleReader, paddle_digest
from gpu_service.engines.ultralytics_yolo import OpenedWeights, UltralyticsYolo, ultralytics_digest
from gpu_service.models_folder import ModelsFolder
from gpu_service.settings import HostSettings
from mpr_core.errors import ModelMissing
from mpr_core.inference.detectors import FindsThings
from mpr_core.inference.engine import Engine, OpenVino
from mpr_core.inference.local_models import LocalModels
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER
from mpr_core.inference.track_reader import ReadsText
from mpr_core.stages.configs import DetectObjectsConfig, Precision
from mpr_core.wire.health import YOLO


class HostModels(LocalModels):
    """MPR's models with the host's engines; weights are looked for in the host's models folder alone."""

    def __init__(self, settings: HostSettings, folder: ModelsFolder) -> None:
        super().__init__(folder.path, _engine(settings))
        self._settings, self._folder = settings, folder

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        if model == YOLO and not weights:
            raise ModelMissing(
                "no weights are named", where="weights", remedy="name a file of the host's models folder"
            )
        if model == YOLO and self._by_ultralytics(weights):
            return ultralytics_digest(self._folder.path(weights))
        if model == TEXT_RECOGNISER.name and self._settings.reader == "paddleocr":
            return paddle_digest(self._paddle_device)
        return super().digest(model, precision, weights)

    def yolo(self, config: DetectObjectsConfig) -> FindsThings | None:
        if not config.yolo_weights or not self._by_ultralytics(config.yolo_weights):
            return super().yolo(config)
        path = self._folder.path(config.yolo_weights)
        weights = self._opened("ultralytics", path, config.precision, lambda: OpenedWeights(path))
        return UltralyticsYolo(weights, config.yolo_min_score, config.yolo_max_iou)

    def recogniser(self, precision: Precision) -> ReadsText:
        if self._settings.reader == "onnx":
            return super().recogniser(precision)
        return self._opened("paddleocr", TEXT_RECOGNISER.path(), "auto", lambda: PaddleReader(self._paddle_device))

    @property
    def _paddle_device(self) -> Device:
        """A GPU where the other ONNX files run on one."""
        return self._engine.device if isinstance(self._engine, OnnxRuntime) else "cpu"

    def _by_ultralytics(self, weights: str) -> bool:
        return self._settings.onnx_yolo == "ultralytics" or not weights.lower().endswith(".onnx")


def _engine(settings: HostSettings) -> Engine:
    """What runs ONNX files here."""
    match settings.engine:
        case "cuda":
            return OnnxRuntime("cuda")
        case "onnxruntime":
            return OnnxRuntime("cpu")
        case "auto" if cuda_is_usable(TEXT_DETECTOR.path()):
            return OnnxRuntime("cuda")
        case _:
            return OpenVino()
