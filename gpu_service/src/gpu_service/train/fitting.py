"""The training itself, by ultralytics, and its figures on the validation pictures."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_service.engines.ultralytics_yolo import OpenedWeights, ultralytics_library
from mpr_core.errors import InputError, MprError

# A logo is never mirrored, its colours are its own, and examples are as many as one likes without making them out of others.
_AUGMENTATION = {
    "fliplr": 0.0,
    "flipud": 0.0,
    "hsv_h": 0.01,
    "hsv_s": 0.4,
    "hsv_v": 0.3,
    "mosaic": 0.0,
    "erasing": 0.0,
}


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        architecture: a model description that ultralytics carries.
        weights: a `.pt` file to go on from; None: from nothing.
        device: as ultralytics names it: cpu, 0, 0,1; empty: a GPU where there is one.
    """

    architecture: str
    weights: Path | None
    epochs: int
    size_px: int
    batch: int
    device: str
    seed: int


@dataclass(frozen=True)
class Epoch:
    """How far it has come; `loss` is the sum of its parts."""

    number: int
    of: int
    loss: float
    map50: float
    left_s: float


@dataclass(frozen=True)
class Scores:
    """Mean average precision at an overlap of 0.5, and over 0.5 to 0.95."""

    map50: float
    map50_95: float


@dataclass(frozen=True)
class Fitted:
    """The best epoch's weights and their scores, of all classes together and of each that validation shows."""

    weights: Path
    scores: Scores
    by_class: dict[int, Scores]


def check(plan: Plan) -> None:
    """Nothing, if the plan can be carried out: better said before any picture is drawn.

    Raises:
        InputError: torch or ultralytics is not installed, or there is no such device or description.
        ConfigError: the weights to go on from cannot be loaded safely.
    """
    try:
        import torch  # noqa: F401

        ultralytics_library()
        from ultralytics.utils.torch_utils import select_device
    except (ImportError, InputError) as error:
        raise InputError(
            "training needs torch and ultralytics",
            why=getattr(error, "why", "") or str(error),
            remedy="install the host with its extra: uv sync --project gpu_service --extra yolo",
        ) from error
    try:
        select_device(plan.device, verbose=False)
    except ValueError as error:
        why = "torch sees no such device here"
        raise InputError("no such device", where=plan.device, why=why, remedy="give --device cpu") from error
    if plan.weights is not None:
        OpenedWeights(plan.weights)
    _start(plan)


def fit(data: Path, folder: Path, plan: Plan, progress: Callable[[Epoch], None]) -> Fitted:
    """Train on a dataset; ultralytics writes below `folder`.

    Args:
        plan: one that `check` let pass.
    Raises:
        MprError: the training failed.
    """
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    model = _start(plan)
    model.add_callback("on_fit_epoch_end", _Reporter(progress))
    _keep_to_this_machine()
    try:
        metrics = model.train(
            data=str(data),
            epochs=plan.epochs,
            imgsz=plan.size_px,
            batch=plan.batch,
            nbs=plan.batch,  # a step after each batch, not after 64 pictures
            device=plan.device or None,
            seed=plan.seed,
            deterministic=True,
            workers=0,  # more would share the chance differently
            amp=False,  # its check wants weights from the network
            patience=plan.epochs,
            project=str(folder),
            name="run",
            plots=False,
            pretrained=plan.weights is not None,
            verbose=False,
            **_AUGMENTATION,
        )
    except RuntimeError as error:  # torch: out of memory above all
        remedy = "give a smaller --batch or --size, or another --device"
        raise MprError("the training failed", why=_first_line(error), remedy=remedy) from error
    return _fitted(Path(model.trainer.best), metrics)


def _start(plan: Plan) -> Any:
    library = ultralytics_library()
    if plan.weights is not None:
        return library.YOLO(str(plan.weights), task="detect")
    try:
        return library.YOLO(plan.architecture, task="detect", verbose=False)
    except FileNotFoundError as error:
        remedy = "give one that ultralytics carries: yolo11n.yaml, yolo11s.yaml"
        raise InputError("no such model description", where=plan.architecture, remedy=remedy) from error


def _keep_to_this_machine() -> None:
    """ultralytics would fetch a font for plots that are not made, and tell of the training whatever tracker is installed."""
    from ultralytics.data import utils
    from ultralytics.utils import callbacks

    utils.check_font = lambda _font: None
    callbacks.add_integration_callbacks = lambda _trainer: None


def _fitted(weights: Path, metrics: Any) -> Fitted:
    box = metrics.box
    rows = zip(metrics.ap_class_index, box.ap50, box.ap, strict=True)
    by_class = {int(index): Scores(float(ap50), float(ap)) for index, ap50, ap in rows}
    return Fitted(weights, Scores(float(box.map50), float(box.map)), by_class)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


class _Reporter:
    """Turns ultralytics' end of an epoch into ours."""

    def __init__(self, progress: Callable[[Epoch], None]) -> None:
        self._progress, self._began, self._told = progress, time.monotonic(), 0

    def __call__(self, trainer: Any) -> None:
        number, total = int(trainer.epoch) + 1, int(trainer.epochs)
        if number in (self._told, total + 1):  # it also tells of the last look at the best epoch
            return
        self._told = number
        loss = sum(float(part) for part in trainer.tloss.values())
        left_s = (time.monotonic() - self._began) / number * (total - number)
        map50 = float(trainer.metrics.get("metrics/mAP50(B)", 0.0))
        self._progress(Epoch(number, total, loss, map50, left_s))
