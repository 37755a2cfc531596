"""From logos to a model: draw, train, export, look; and nothing at its place before all of it is there."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from gpu_service.train.dataset import Dataset, write_dataset
from gpu_service.train.export import export, opened
from gpu_service.train.fitting import Fitted, Plan, fit
from gpu_service.train.logos import BrandLogos
from gpu_service.train.report import ClassReport, TrainingReport
from gpu_service.train.sheets import TILES, found_in, trained_on
from gpu_service.train.terminal import Terminal
from mpr_core.errors import InputError
from mpr_core.media.digest import file_digest

LEAST_PICTURES_PER_BRAND = 6


def train(
    brands: tuple[BrandLogos, ...], pictures: int, plan: Plan, out: Path, terminal: Terminal
) -> tuple[TrainingReport, tuple[Path, ...]]:
    """Train a detector of these brands.

    Args:
        pictures: to train on; a fifth as many more to validate with.
        out: the model's file; the others stand beside it under the same name.
    Returns:
        The report, and the files that were written.
    Raises:
        InputError: too few pictures, or `out` cannot be written.
        MprError: the training failed.
    """
    least = LEAST_PICTURES_PER_BRAND * len(brands)
    if pictures < least:
        raise InputError(
            "too few pictures to learn from",
            where=f"--pictures {pictures}",
            why=f"{len(brands)} brands need {least}, and hundreds to be found well",
            remedy="give more",
        )
    names = tuple(brand.name for brand in brands)
    with _staged(out) as folder:
        dataset = write_dataset(
            folder / "dataset",
            brands,
            {"train": pictures, "val": max(-(-pictures // 5), 2 * len(brands))},
            plan.size_px,
            plan.seed,
            kept=TILES,
            progress=terminal.drawn,
        )
        began = time.monotonic()
        fitted = fit(dataset.description, folder, plan, terminal.epoch)
        seconds = time.monotonic() - began
        model = export(fitted.weights, plan.size_px, names)
        report = _report(brands, plan, dataset, fitted, model, out.name, seconds)
        return report, _published(folder, model, report, dataset, names, out)


def _published(
    folder: Path, model: Path, report: TrainingReport, dataset: Dataset, names: tuple[str, ...], out: Path
) -> tuple[Path, ...]:
    """Write what stands beside the model, then rename all of it into place, the model last."""
    files = {
        out.with_suffix(".json"): (report.model_dump_json(indent=1) + "\n").encode(),
        out.with_name(f"{out.stem}-trained-on.jpg"): trained_on(dataset.examples["train"], names),
        out.with_name(f"{out.stem}-found.jpg"): found_in(dataset.examples["val"], names, opened(model)),
    }
    for place, data in files.items():
        (folder / place.name).write_bytes(data)
    for place in files:
        (folder / place.name).replace(place)
    model.replace(out)
    return (out, *files)


def _report(
    brands: tuple[BrandLogos, ...],
    plan: Plan,
    dataset: Dataset,
    fitted: Fitted,
    model: Path,
    name: str,
    seconds: float,
) -> TrainingReport:
    classes = [
        ClassReport(
            index=index,
            name=brand.name,
            logo_pictures=len(brand.pictures),
            map50=None if index not in fitted.by_class else round(fitted.by_class[index].map50, 4),
            map50_95=None if index not in fitted.by_class else round(fitted.by_class[index].map50_95, 4),
        )
        for index, brand in enumerate(brands)
    ]
    return TrainingReport(
        model=name,
        sha256=file_digest(model),
        architecture="" if plan.weights else plan.architecture,
        started_from=file_digest(plan.weights) if plan.weights else "",
        map50=round(fitted.scores.map50, 4),
        map50_95=round(fitted.scores.map50_95, 4),
        classes=tuple(classes),
        training_pictures=len(dataset.pictures["train"]),
        validation_pictures=len(dataset.pictures["val"]),
        epochs=plan.epochs,
        size_px=plan.size_px,
        batch=plan.batch,
        seed=plan.seed,
        device=plan.device or "auto",
        seconds=round(seconds, 1),
        versions={library: version(library) for library in ("ultralytics", "torch", "mpr")},
    )


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A folder beside the model to be, gone at the end whatever happens."""
    folder = out.parent / f".{out.name}.{os.getpid()}.part"
    if out.is_dir():
        raise InputError("the model cannot be written", where=str(out), why="it is a folder", remedy="name a file")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            "the model cannot be written",
            where=str(out),
            why=error.strerror or str(error),
            remedy="give --out a folder that can be written to",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
