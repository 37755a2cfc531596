"""A run's events: appended to its own file, and said in the Dagster log at most every two seconds a stage."""

from __future__ import annotations

import time
from collections.abc import Callable

import dagster as dg

from mpr_core.runner.events import Event, EventLog, EventSink, fan_out
from mpr_dagster.home import Home
from mpr_dagster.wording import event_in_words

_LOG_EVERY_S = 2.0


def run_sink(home: Home, run_id: str, log: dg.DagsterLogManager) -> EventSink:
    """Where a stage of this run reports to."""
    return fan_out(EventLog(home.events_path(run_id)), _logged(log.info))


def _logged(say: Callable[[str], None]) -> EventSink:
    last = 0.0

    def sink(event: Event) -> None:
        nonlocal last
        now = time.monotonic()
        if event.kind == "progress" and now - last < _LOG_EVERY_S:
            return
        if event.kind == "progress":
            last = now
        line = event_in_words(event)
        if line:
            say(line)

    return sink
