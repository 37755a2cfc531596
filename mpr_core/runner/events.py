"""What a run says while it runs: one record type, written as JSON lines, read by terminals, logs and machines alike.

Later versions of `mpr.event/1` only add keys and kinds: a reader ignores those that it does not know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from mpr_core.errors import FormatMismatch
from mpr_core.record import Record
from mpr_core.runner.found import Cost, Found

EVENT_FORMAT = "mpr.event/1"
EventKind = Literal[
    "run_started",
    "stage_started",
    "progress",
    "detections",
    "cost",
    "stage_finished",
    "stage_failed",
    "log",
    "run_paused",
    "run_resumed",
    "run_stopped",
    "run_finished",
]
EVENT_KINDS: tuple[str, ...] = get_args(EventKind)


class Event(Record):
    """One thing that happened in a run. Keys that do not apply to a kind are left out of its line."""

    format: Literal["mpr.event/1"] = "mpr.event/1"
    kind: EventKind
    at: float = Field(default_factory=time.time, description="Unix time, seconds")
    run_id: str = ""
    timeline: str = ""
    stage: str = ""
    status: str = Field(
        default="",
        description="of a stage: running, done, skipped, failed, cached; of a run: done, failed, interrupted, stopped, paused",
    )
    level: Literal["", "info", "warning"] = Field(default="", description="of a log line")
    message: str = Field(default="", description="log text, error, why a stage was skipped, the stages of a run")
    segments_done: int = 0
    segments_total: int = 0
    media_s: float = Field(default=0.0, description="seconds of source video done")
    frames_done: int = Field(default=0, description="sampled frames computed in this run")
    elapsed_s: float = 0.0
    eta_s: float | None = None
    speed_ratio: float | None = Field(default=None, description="seconds of video per second of wall time")
    frames_per_s: float | None = Field(default=None, description="sampled frames per second of wall time")
    counts: dict[str, float] = Field(
        default_factory=dict, description="of the whole stage when it has finished; of one segment with detections"
    )
    parts_computed: int = 0
    parts_reused: int = 0
    node: str = ""
    found: Found | None = Field(default=None, description="of a detections event: one computed segment")
    cost: Cost | None = Field(default=None, description="of a cost event: one line per stage and model that it asks")


EventSink = Callable[[Event], None]


def no_events(_event: Event) -> None:
    """A sink that drops everything."""


class EventLog:
    """Events appended to a file, one JSON object a line, each in one write, so that processes may share the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def __call__(self, event: Event) -> None:
        self._write("ab", event)

    def begin(self, event: Event) -> bool:
        """Write a run's first line unless the file has begun; says whether it did."""
        try:
            self._write("xb", event)
        except FileExistsError:
            return False
        return True

    def _write(self, mode: Literal["ab", "xb"], event: Event) -> None:
        with self.path.open(mode, buffering=0) as out:
            out.write(json.dumps(_document(event)).encode() + b"\n")


def _document(event: Event) -> dict[str, Any]:
    """The keys that apply; of costs and found boxes also the zeros, which say something."""
    document = event.model_dump(mode="json", exclude_defaults=True) | {"format": EVENT_FORMAT, "at": event.at}
    if event.cost is not None:
        document["cost"] = event.cost.model_dump(mode="json")
    if event.found is not None:
        document["found"] |= event.found.model_dump(mode="json", include={"index", "start_s", "end_s", "left_out"})
    return document


@dataclass(frozen=True)
class EventLine:
    """One line of an event file.

    Attributes:
        cursor: the byte offset behind it: where to go on.
        document: what it says, with keys and kinds that this version does not know.
    """

    cursor: int
    document: dict[str, Any]


def read_lines(path: Path, cursor: int = 0) -> tuple[list[EventLine], int]:
    """Whole lines from a byte offset on, and the offset to go on from; a line still being written is left for next time.

    What is no JSON object (a writer was killed within its line) is passed over.
    """
    if not path.exists():
        return [], cursor
    with path.open("rb") as file:
        file.seek(cursor)
        data = file.read()
    found = []
    for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
        cursor += len(line)
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            found.append(EventLine(cursor, document))
    return found, cursor


def read_events(path: Path, cursor: int = 0) -> tuple[list[Event], int]:
    """Events from a byte offset on, and the offset to go on from; kinds and keys of a later version are ignored.

    Raises:
        FormatMismatch: the file is of another format version.
    """
    lines, end = read_lines(path, cursor)
    return list(_known(lines, path)), end


def _known(lines: list[EventLine], path: Path) -> Iterator[Event]:
    for line in lines:
        found = line.document.get("format", EVENT_FORMAT)
        if found != EVENT_FORMAT:
            raise FormatMismatch(
                "events in another format",
                where=str(path),
                why=f"found {found!r}, this version reads {EVENT_FORMAT!r}",
                remedy="read them with the version of MPR that wrote them",
            )
        if line.document.get("kind") in EVENT_KINDS:
            try:
                yield Event.model_validate(line.document, extra="ignore")
            except ValidationError:  # a known kind with values of a later version
                continue


def fan_out(*sinks: EventSink) -> EventSink:
    """One sink that feeds several."""

    def send(event: Event) -> None:
        for sink in sinks:
            sink(event)

    return send
