"""A run's events: appended to its own file, and said in the Dagster log at most every two seconds a stage."""

from __future__ import annotations

import time
from collections.abc import Callable

import dagster as dg

from mpr_core.runner.events import Event, EventLog, EventSink, fan_out
from mpr_dagster.home import Home
from mpr_dagster.run_tags import stages_of
from mpr_dagster.wording import event_in_words

LOG_EVERY_S = 2.0
Clock = Callable[[], float]


def run_sink(
    home: Home, run: dg.DagsterRun, timeline: str, log: dg.DagsterLogManager, clock: Clock = time.monotonic
) -> EventSink:
    """Where a stage of this run reports to. A run that nobody began, started by a webserver or a daemon, begins here."""
    file = EventLog(home.events_path(run.run_id))
    file.begin(Event(kind="run_started", run_id=run.run_id, timeline=timeline, message=",".join(stages_of(run))))
    return fan_out(file, _DagsterLog(log, clock))


class _DagsterLog:
    """Says events in Dagster's log, which keeps every line for ever: progress and plain lines now and then, a warning once."""

    def __init__(self, log: dg.DagsterLogManager, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._said: dict[tuple[str, str], float] = {}
        self._warned: set[tuple[str, str]] = set()

    def __call__(self, event: Event) -> None:
        line = event_in_words(event)
        if not line:
            return
        if event.kind == "log" and event.level == "warning":
            if (event.stage, event.message) not in self._warned:
                self._warned.add((event.stage, event.message))
                self._log.warning(line)
        elif event.kind not in ("progress", "log") or self._due(event):
            self._log.info(line)

    def _due(self, event: Event) -> bool:
        now, key = self._clock(), (event.kind, event.stage)
        if now - self._said.get(key, -LOG_EVERY_S) < LOG_EVERY_S:
            return False
        self._said[key] = now
        return True
