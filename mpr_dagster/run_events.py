"""A run's events: appended to its own file, and said in the Dagster log at most every two seconds a stage."""

from __future__ import annotations

import time
from collections.abc import Callable

import dagster as dg

from mpr_core.runner.events import Event, EventLog, EventSink, fan_out
from mpr_dagster.home import Home

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
        line = one_line(event)
        if line:
            say(line)

    return sink


def one_line(event: Event) -> str:
    """An event in words; empty for those that need none."""
    done = f"{event.segments_done}/{event.segments_total} segments"
    if event.kind == "stage_started":
        return f"{event.stage}: {done} there already"
    if event.kind == "progress":
        eta = f", {event.eta_s:.0f} s left" if event.eta_s is not None else ""
        speed = f", {event.speed_ratio:.1f}x real time" if event.speed_ratio else ""
        return f"{event.stage}: {done}{speed}{eta}"
    if event.kind == "stage_finished":
        counts = ", ".join(f"{value:g} {name.replace('_', ' ')}" for name, value in event.counts.items())
        reason = f" ({event.message})" if event.message else ""
        return f"{event.stage}: {event.status}{reason} in {event.elapsed_s:.1f} s: {counts}"
    return ""
