"""Where a run is: what Dagster says of it, what it answered last, and how far its events say it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import dagster as dg
from pydantic import Field

from mpr_core.record import Record
from mpr_core.runner.events import Event, read_events
from mpr_dagster.control.ends import continued_by, failure_in_words, is_resumable
from mpr_dagster.control.tags import STATE_TAG, Control, State, Word, control_of
from mpr_dagster.home import Home
from mpr_dagster.run_tags import PARTITION_TAG, run_type
from mpr_dagster.wording import first_line

RunState = Literal["queued", "starting", "running", "paused", "stopping", "stopped", "failed", "done"]
_STATES: dict[dg.DagsterRunStatus, RunState] = {
    dg.DagsterRunStatus.NOT_STARTED: "queued",
    dg.DagsterRunStatus.QUEUED: "queued",
    dg.DagsterRunStatus.STARTING: "starting",
    dg.DagsterRunStatus.STARTED: "running",
    dg.DagsterRunStatus.CANCELING: "stopping",
    dg.DagsterRunStatus.CANCELED: "stopped",
    dg.DagsterRunStatus.FAILURE: "failed",
    dg.DagsterRunStatus.SUCCESS: "done",
}
_GOING = [status for status, state in _STATES.items() if state not in ("stopped", "failed", "done")]
_ENDED_LATELY = 50
# Where the place that a run answered with is still true; one that goes on has left it. Dagster may still be ending what has stopped.
_STANDS: dict[RunState, State] = {"paused": "paused", "stopping": "stopped", "stopped": "stopped"}

_SAY_WHY = ("stage_failed", "run_stopped", "run_finished")


class RunStatus(Record):
    """One run as `mpr status --json` shows it.

    Attributes:
        state: 'paused' also for a run that ended while it was paused and can be resumed.
        place: where it is held or was left, in words; empty while it goes on.
        asked: what the run has not answered yet.
        commands: what can be done with it.
    """

    format: Literal["mpr.status/1"] = "mpr.status/1"
    run_id: str
    timeline: str
    run_type: str
    state: RunState
    dagster_status: str
    ended: bool
    stage: str = ""
    place: str = ""
    segments_done: int = 0
    segments_total: int = 0
    speed_ratio: float | None = Field(default=None, description="seconds of video per second of wall time")
    eta_s: float | None = Field(default=None, description="seconds that the stage still takes")
    paused_since: float | None = Field(default=None, description="Unix time, seconds")
    pause_after: bool = False
    asked: Word | None = None
    why: str = ""
    continued_by: str | None = None
    commands: tuple[str, ...] = ()


def status_of(home: Home, instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunStatus:
    """Where one run is."""
    events, _ = read_events(home.events_path(run.run_id))
    control, last = control_of(run), next((event for event in reversed(events) if event.stage), None)
    state = _state(instance, run, control)
    later = continued_by(instance, run) if run.is_finished else None
    at_work = last is not None and last.kind in ("stage_started", "progress", "run_resumed")
    return RunStatus(
        run_id=run.run_id,
        timeline=run.tags.get(PARTITION_TAG, ""),
        run_type=run_type(run),
        state=state,
        dagster_status=run.status.value,
        ended=run.is_finished,
        stage=last.stage if last else "",
        place=control.answer.place if control.answer and control.answer.state == _STANDS.get(state) else "",
        segments_done=last.segments_done if last else 0,
        segments_total=last.segments_total if last else 0,
        speed_ratio=last.speed_ratio if last and at_work else None,
        eta_s=last.eta_s if last and at_work and state == "running" else None,
        paused_since=control.answer.since if control.answer and state == "paused" else None,
        pause_after=control.pause_after,
        asked=None if control.answered or run.is_finished else control.word,
        why=_why(events) or first_line(failure_in_words(instance, run)),
        continued_by=later.run_id if later else None,
        commands=_commands(run, state, later),
    )


def going_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs that go on, wait or are paused, newest first."""
    going = list(instance.get_runs(filters=dg.RunsFilter(statuses=_GOING)))
    left = dg.RunsFilter(
        tags={STATE_TAG: "paused"}, statuses=[dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE]
    )
    return going + [run for run in instance.get_runs(filters=left, limit=_ENDED_LATELY) if is_resumable(instance, run)]


def _state(instance: dg.DagsterInstance, run: dg.DagsterRun, control: Control) -> RunState:
    held = control.state == "paused" and run.status is dg.DagsterRunStatus.STARTED
    return "paused" if held or is_resumable(instance, run) else _STATES[run.status]


def _why(events: Sequence[Event]) -> str:
    """What the run was left for: its last stage says it, or, where it failed before any began, its last line."""
    for event in reversed(events):
        if event.kind == "run_finished" and not event.message:
            continue
        if event.stage or event.kind == "run_finished":
            return first_line(event.message) if event.kind in _SAY_WHY else ""
    return ""


def _commands(run: dg.DagsterRun, state: RunState, later: dg.DagsterRun | None) -> tuple[str, ...]:
    if later is not None:
        return (f"mpr status {later.run_id[:8]}",)
    words: dict[RunState, tuple[str, ...]] = {
        "paused": ("resume", "stop") if run.is_finished else ("resume", "step", "stop"),
        "running": ("pause", "step", "stop"),
        "starting": ("pause", "stop"),
        "queued": ("stop",),
        "stopped": ("retry", "clear"),
        "failed": ("retry", "clear"),
        "done": ("clear",),
    }
    return tuple(f"mpr {word} {run.run_id[:8]}" for word in words.get(state, ()))
