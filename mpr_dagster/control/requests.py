"""The user's side of control: asking a run to pause, go on, step or stop, and what to do when it does not answer.

Nothing here trusts a clock: a request has a name of its own, the run answers that name, and one that names no one is a run that is gone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from mpr_core.errors import InputError
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.control.ends import end_silent, is_resumable, refuse_ended
from mpr_dagster.control.tags import (
    CONTROL_TAG,
    PAUSE_AFTER_TAG,
    Control,
    Word,
    answer_tags,
    cleared_tags,
    control_of,
    is_paused,
    pause_after_tag,
    request_tag,
)
from mpr_dagster.home import Home
from mpr_dagster.run_lookup import find_run

ANSWER_WITHIN_S = 6.0
"""How long a command waits to tell what came of it. A run that computes answers at the end of its segment."""
SILENT_AFTER_S = 15.0
"""A paused run reads its tags every two seconds: one that says nothing for so long is gone."""
_LOOK_EVERY_S = 0.3

Outcome = Literal["answered", "asked", "ended"]


@dataclass(frozen=True)
class Asked:
    """What came of a request.

    Attributes:
        outcome: the run has answered; or it will, at the end of its segment; or the run is over.
    """

    run: dg.DagsterRun
    outcome: Outcome
    control: Control


def stop(instance: dg.DagsterInstance, text: str) -> Asked:
    """End a run at the next segment's border; one that waits in the queue or has long been paused ends at once.

    Raises:
        InputError: no such run, or it has ended.
    """
    close_dead_runs(instance)
    run = find_run(instance, text)
    control = control_of(run)
    if is_resumable(instance, run):  # it has ended, and is given up
        instance.add_run_tags(run.run_id, {CONTROL_TAG: request_tag(run, "stop")} | _given_up(control))
        return _asked(instance, run, "ended")
    refuse_ended(instance, run)
    if run.status in (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED):
        instance.add_run_tags(run.run_id, {CONTROL_TAG: request_tag(run, "stop")})  # should it start all the same
        instance.report_run_canceling(run, "mpr stop")
        instance.report_run_canceled(run, "It was stopped before it began.")
        return _asked(instance, run, "ended")
    return _ask_paused(instance, run, control, "stop")


def pause(instance: dg.DagsterInstance, text: str) -> Asked:
    """Hold a run at the next segment's border.

    Raises:
        InputError: no such run, or it has ended.
    """
    return _ask(instance, _going(instance, text), "pause")


def step(instance: dg.DagsterInstance, text: str) -> Asked:
    """Let a run go on to the end of one stage, and hold it there.

    Raises:
        InputError: no such run, or it has ended.
    """
    return _ask(instance, _going(instance, text), "step")


def pause_after(instance: dg.DagsterInstance, text: str, on: bool | None) -> Asked:
    """Switch whether a run is held before every next stage; None: the other way round.

    Raises:
        InputError: no such run, or it has ended.
    """
    run = _going(instance, text)
    wanted = not control_of(run).pause_after if on is None else on
    while control_of(run).pause_after != wanted:  # the run may write at the same moment, see tags.py
        instance.add_run_tags(run.run_id, {PAUSE_AFTER_TAG: pause_after_tag(run, wanted)})
        run = _again(instance, run)
    return _asked(instance, run, "answered")


def resume(instance: dg.DagsterInstance, text: str) -> Asked:
    """Let a paused run go on. When the outcome is 'ended', its process is gone, and a new run has to do the rest.

    Raises:
        InputError: no such run, it is not paused, or it goes on as another run already.
    """
    close_dead_runs(instance)
    run = find_run(instance, text)
    control = control_of(run)
    if is_resumable(instance, run):
        return _asked(instance, run, "ended")
    refuse_ended(instance, run)
    if not is_paused(control):
        raise InputError(
            "the run is not paused",
            where=f"run {run.run_id[:8]}",
            why=f"Dagster says {run.status.value.lower()}, and nobody asked for a pause",
            remedy=f"mpr status {run.run_id[:8]}",
        )
    return _ask_paused(instance, run, control, "run")


def clear(home: Home, instance: dg.DagsterInstance, text: str) -> tuple[dg.DagsterRun, int]:
    """Drop what a run that is over keeps of itself: control tags and its events file; returns the bytes that this file had.

    Raises:
        InputError: no such run, it goes on, or it is paused.
    """
    close_dead_runs(instance)
    run = find_run(instance, text)
    short = run.run_id[:8]
    if not run.is_finished:
        raise InputError(
            "the run still goes on",
            where=f"run {short}",
            why=f"Dagster says {run.status.value.lower()}",
            remedy=f"mpr stop {short}, then clear it",
        )
    if is_resumable(instance, run):
        raise InputError(
            "the run is paused",
            where=f"run {short}",
            why="what is kept of it is needed to resume it",
            remedy=f"mpr resume {short}, or mpr stop {short} gives it up",
        )
    instance.add_run_tags(run.run_id, cleared_tags(run))
    return run, home.drop_events(run.run_id)


def _ask_paused(instance: dg.DagsterInstance, run: dg.DagsterRun, control: Control, word: Word) -> Asked:
    """Ask; when the run is paused and says nothing, its process is gone, and the run is ended here."""
    paused = control.state == "paused"
    asked = _ask(instance, run, word, within_s=SILENT_AFTER_S if paused else ANSWER_WITHIN_S)
    if paused and not asked.control.answered and not asked.run.is_finished:
        end_silent(instance, asked.run)
        return _asked(instance, run, "ended")
    return asked


def _ask(instance: dg.DagsterInstance, run: dg.DagsterRun, word: Word, *, within_s: float = ANSWER_WITHIN_S) -> Asked:
    """Write a request and wait a little for what comes of it: the answer, or with a stop the end."""
    before, request = run.tags.get(CONTROL_TAG), request_tag(run, word)
    instance.add_run_tags(run.run_id, {CONTROL_TAG: request})
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        time.sleep(_LOOK_EVERY_S)
        run = _again(instance, run)
        if run.is_finished:
            return Asked(run, "ended", control_of(run))
        if run.tags.get(CONTROL_TAG) == before:  # lost to the run's own writing, see tags.py
            instance.add_run_tags(run.run_id, {CONTROL_TAG: request})
            continue
        control = control_of(run)
        if control.answered and word != "stop":
            return Asked(run, "answered", control)
    return _asked(instance, run, "asked")


def _given_up(control: Control) -> dict[str, str]:
    """The last answer of a run that will not answer any more, as the end of it."""
    return {} if control.answer is None else answer_tags(control.answer.model_copy(update={"state": "stopped"}))


def _asked(instance: dg.DagsterInstance, run: dg.DagsterRun, outcome: Outcome) -> Asked:
    run = _again(instance, run)
    return Asked(run, outcome, control_of(run))


def _again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    found = instance.get_run_by_id(run.run_id)
    if found is None:
        raise InputError(
            "the run is gone", where=f"run {run.run_id[:8]}", why="it was deleted in Dagster", remedy="mpr status"
        )
    return found


def _going(instance: dg.DagsterInstance, text: str) -> dg.DagsterRun:
    close_dead_runs(instance)
    run = find_run(instance, text)
    refuse_ended(instance, run)
    return run
