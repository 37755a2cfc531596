"""The backend of a real host: MPR's routines over the host's models, and the language model that its settings name."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gpu_service.engines.transformers_vlm import TransformersVlm
from gpu_service.host_models import HostModels
from gpu_service.models_folder import ModelsFolder
from gpu_service.settings import HostSettings
from gpu_service.vlm import Vlm
from gpu_service.vlm_server import ForwardedVlm
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER
from mpr_core.inference.text_recogniser import HEIGHT_PX
from mpr_core.stages.configs import DetectObjectsConfig, Precision
from mpr_core.wire.health import YOLO, ModelInfo

_SOURCES = {model.name: model.source for model in (TEXT_DETECTOR, TEXT_RECOGNISER)}


class HostBackend:
    """Opens nothing before `load`."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings, self._folder = settings, ModelsFolder(settings.models)
        self._warm: set[str] = set()
        self.vlm = _language_model(settings)

    @cached_property
    def inference(self) -> InProcess:
        """MPR's routines. Which engine there is takes a look at the machine, so not before it is asked for."""
        return InProcess(HostModels(self._settings, self._folder))

    def load(self) -> dict[str, str]:
        """See `Backend.load`. A file's digest is checked where its path is looked up."""
        digests: dict[str, str] = {}
        config = DetectObjectsConfig()
        picture = np.zeros((config.max_side_px, config.max_side_px, 3), np.uint8)
        self.inference.detectors(config).find(picture, [])
        digests[TEXT_DETECTOR.name] = self._digest(TEXT_DETECTOR.name)
        self.inference.models.recogniser("auto").read(np.zeros((HEIGHT_PX, 4 * HEIGHT_PX, 3), np.uint8))
        digests[TEXT_RECOGNISER.name] = self._digest(TEXT_RECOGNISER.name)
        for name in self._folder.listed():
            yolo = self.inference.models.yolo(DetectObjectsConfig(yolo_weights=name))
            if yolo is not None:
                yolo.detect(picture)
            digests[f"{YOLO}/{name}"] = self._digest(YOLO, name)
        if self.vlm is not None:
            digests |= self.vlm.load()
        self._warm = set(digests.values())
        return digests

    def model(self, name: str, precision: Precision, weights: str) -> ModelInfo:
        """See `Backend.model`."""
        digest = self.inference.digest(name, precision, weights)
        _bytes, *engine, arithmetic = digest.split(" ")
        return ModelInfo(
            name=name,
            digest=digest,
            engine=" ".join(engine),
            precision=arithmetic,
            source=_SOURCES.get(name, "the host's models folder"),
            warm=digest in self._warm,
        )

    def close(self) -> None:
        self.inference.close()
        if self.vlm is not None:
            self.vlm.close()

    def _digest(self, name: str, weights: str = "") -> str:
        return self.inference.digest(name, "auto", weights)


def _language_model(settings: HostSettings) -> Vlm | None:
    """At VLM_URL, else here, else none."""
    if settings.vlm_url:
        return ForwardedVlm(settings)
    return TransformersVlm(settings) if settings.vlm_model else None
