"""What a training did and how good its model is: the document beside the model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.record import Record

REPORT_FORMAT = "mpr.training/1"


class ClassReport(Record):
    """One brand. Its precision is None where no validation picture shows it."""

    index: int
    name: str
    logo_pictures: int
    map50: float | None
    map50_95: float | None


class TrainingReport(Record):
    """Precision is the mean average precision, in [0, 1], on pictures of other films than those trained on.

    Attributes:
        started_from: sha256 of the weights that it went on from; empty: from nothing.
        seconds: of the training alone.
    """

    format: Literal["mpr.training/1"] = REPORT_FORMAT
    model: str
    sha256: str
    architecture: str
    started_from: str = ""
    map50: float
    map50_95: float
    classes: tuple[ClassReport, ...]
    training_pictures: int
    validation_pictures: int
    epochs: int
    size_px: int
    batch: int
    seed: int
    device: str
    seconds: float
    versions: dict[str, str] = Field(description="of the libraries that trained")
    licence: str = "AGPL-3.0, as ultralytics has it for weights that it trained"


def as_table(report: TrainingReport) -> str:
    """The precision of each brand, for a terminal."""
    width = max(len("all brands"), *(len(one.name) for one in report.classes))
    rows = [("all brands", report.map50, report.map50_95)]
    rows += [(one.name, one.map50, one.map50_95) for one in report.classes]
    lines = [f"{'':{width}}   mAP50  mAP50-95"]
    lines += [f"{name:{width}}  {_shown(map50):>6}  {_shown(map50_95):>8}" for name, map50, map50_95 in rows]
    return "\n".join(lines)


def _shown(precision: float | None) -> str:
    return "none" if precision is None else f"{precision:.3f}"
