"""What a run says while it runs: one record type, written as JSON lines, read by terminals, logs and machines alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from mpr_core.record import Record

EVENT_FORMAT = "mpr.event/1"
EventKind = Literal[
    "run_started",
    "run_paused",
    "run_resumed",
    "run_stopped",
    "stage_started",
    "progress",
    "stage_finished",
    "stage_failed",
    "log",
    "run_finished",
]


class Event(Record):
    """One thing that happened in a run."""

    format: Literal["mpr.event/1"] = "mpr.event/1"
    kind: EventKind
    at: float = Field(default_factory=time.time, description="Unix time, seconds")
    run_id: str = ""
    timeline: str = ""
    stage: str = ""
    status: str = ""
    message: str = ""
    segments_done: int = 0
    segments_total: int = 0
    media_s: float = Field(default=0.0, description="seconds of source video done")
    elapsed_s: float = 0.0
    eta_s: float | None = None
    speed_ratio: float | None = Field(default=None, description="seconds of video per second of wall time")
    counts: dict[str, float] = Field(default_factory=dict)
    parts_computed: int = 0
    parts_reused: int = 0
    node: str = ""


EventSink = Callable[[Event], None]


def no_events(_event: Event) -> None:
    """A sink that drops everything."""


class EventLog:
    """Events appended to a file, one JSON object a line, flushed at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def __call__(self, event: Event) -> None:
        line = json.dumps(
            event.model_dump(mode="json", exclude_defaults=True) | {"format": EVENT_FORMAT, "at": event.at}
        )
        with self.path.open("a", encoding="utf-8") as out:
            out.write(line + "\n")


def read_events(path: Path, cursor: int = 0) -> tuple[list[Event], int]:
    """Events from a byte offset on, and the offset to go on from; a line still being written is left for next time."""
    if not path.exists():
        return [], cursor
    with path.open("rb") as file:
        file.seek(cursor)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [Event.model_validate_json(line) for line in whole.splitlines()], cursor + len(whole)


def fan_out(*sinks: EventSink) -> EventSink:
    """One sink that feeds several."""

    def send(event: Event) -> None:
        for sink in sinks:
            sink(event)

    return send
