"""The run's side of control: a gate that reads what is asked from the run's tags, holds the run or ends it, and answers.

The tags are read at most once a second while segments are computed, and every four seconds while the run is held: that costs nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Literal

import dagster as dg

from mpr_core.errors import RunLeft, RunPaused, RunStopped
from mpr_core.runner.control import Border
from mpr_core.runner.events import Event, EventSink
from mpr_dagster.control.tags import Answer, Control, State, answer_tags, control_of, refuse_unfit
from mpr_dagster.instance_errors import database_away

READ_EVERY_S = 1.0
READ_EVERY_WHILE_HELD_S = 4.0
_ENDED_FROM_OUTSIDE = {
    dg.DagsterRunStatus.CANCELING: "terminated in Dagster",
    dg.DagsterRunStatus.CANCELED: "marked as canceled in Dagster",
    dg.DagsterRunStatus.FAILURE: "marked as failed in Dagster",
}


class RunGate:
    """The gate of one stage of one run."""

    def __init__(
        self, instance: dg.DagsterInstance, run: dg.DagsterRun, timeline: str, sink: EventSink, pause_limit_s: float
    ) -> None:
        self._instance, self._run, self._timeline, self._sink = instance, run, timeline, sink
        self._pause_limit_s = pause_limit_s
        self._read_at = 0.0
        self._said: Answer | None = None
        self._at = Border("")
        self._held = False

    def __call__(self, border: Border) -> None:
        """Return when the run may go on.

        Raises:
            RunStopped: someone asked for it, or the run was ended in Dagster.
            RunPaused: it was held for longer than the limit.
        """
        if not border.opens_stage and time.monotonic() - self._read_at < READ_EVERY_S:
            return
        asked = self._asked(border)
        if self._is_to_hold(asked, border):
            self._hold(asked, border)
        elif not asked.answered:
            self._answer("running", border, asked)

    def end_run(self, left: RunLeft) -> None:
        """Have Dagster end the run as canceled, not as failed, once the step raises its interrupt."""
        run = self._instance.get_run_by_id(self._run.run_id)
        if run is not None and run.status not in _ENDED_FROM_OUTSIDE:
            self._instance.report_run_canceling(run, f"{left.what}: {left.where}")

    def interrupted(self) -> None:
        """Say how a run ends whose step Dagster interrupts: Terminate, or a signal to its process."""
        run = self._instance.get_run_by_id(self._run.run_id)
        if run is None:
            return
        if run.status is dg.DagsterRunStatus.CANCELING:
            self._end("stopped", self._at, control_of(run), _ENDED_FROM_OUTSIDE[run.status])
        elif self._held and not self._instance.run_will_resume(run.run_id):
            self._instance.report_run_canceling(run, f"Its process was ended while it was paused {self._at}.")

    def _is_to_hold(self, asked: Control, border: Border) -> bool:
        if asked.word == "pause":
            return True
        if not border.opens_stage:
            return False
        if asked.word == "step" and asked.answered:  # the one stage that it let through is done
            return True
        # A step that was asked for within the last segment of a stage is for that stage, which is done by now.
        return (asked.pause_after or asked.word == "step") and self._any_stage_done()

    def _hold(self, asked: Control, border: Border) -> None:
        self._held = True
        self._answer("paused", border, asked)
        self._tell("run_paused", "paused", border, f"mpr resume {self._run.run_id[:8]}")
        began = time.monotonic()
        now = asked
        while not _lets_go(now, asked):
            if now.request != asked.request and now.word == "pause":
                asked = now
                self._answer("paused", border, asked)
            if time.monotonic() - began >= self._pause_limit_s:
                raise self._paused_for_long(border)
            time.sleep(READ_EVERY_WHILE_HELD_S)
            now = self._asked(border)
        self._held = False
        self._answer("running", border, now)
        self._tell("run_resumed", "running", border)

    def _paused_for_long(self, border: Border) -> RunPaused:
        run = self._run.run_id[:8]
        limit = f"a pause holds its process and its pool slots for {self._pause_limit_s:g} s at most"
        self._tell("run_stopped", "paused", border, limit)
        return RunPaused(
            "the paused run has ended",
            where=f"run {run}, {border}",
            why=f"{limit} (MPR_PAUSE_LIMIT_S)",
            remedy=f"mpr resume {run} goes on from here",
        )

    def _asked(self, border: Border) -> Control:
        """What the tags say now.

        Raises:
            RunStopped: they, or the run's status, say that it is over.
        """
        self._at, self._read_at = border, time.monotonic()
        try:
            run = self._instance.get_run_by_id(self._run.run_id)
        except database_away():  # a database that is away for a moment must not end hours of work
            return control_of(self._run)
        ended = "deleted in Dagster" if run is None else _ENDED_FROM_OUTSIDE.get(run.status, "")
        self._run = run or self._run
        refuse_unfit(self._run)
        asked = control_of(self._run)
        if asked.word == "stop" or ended:
            self._end("stopped", border, asked, ended or "mpr stop")
            raise RunStopped(
                "the run was stopped",
                where=f"run {self._run.run_id[:8]}, {border}",
                why=ended or "mpr stop",
                remedy=f"mpr retry {self._run.run_id[:8]} goes on from here: what was finished is kept",
            )
        if self._said is not None and self._said.request == asked.request and not asked.answered:
            self._write(self._said)  # it was lost, see tags.py
        return asked

    def _end(self, state: State, border: Border, asked: Control, why: str) -> None:
        self._answer(state, border, asked)
        self._tell("run_stopped", state, border, why)

    def _answer(self, state: State, border: Border, asked: Control) -> None:
        self._said = Answer(
            run=self._run.run_id,
            state=state,
            stage=border.stage,
            place=str(border),
            since=round(time.time(), 3),
            request=asked.request,
        )
        self._write(self._said)

    def _write(self, answer: Answer) -> None:
        # Of a deleted run nobody reads the answer; a database that is away gets it with the next look.
        with suppress(*database_away(), dg.DagsterRunNotFoundError):
            self._instance.add_run_tags(answer.run, answer_tags(answer))

    def _tell(
        self,
        kind: Literal["run_paused", "run_resumed", "run_stopped"],
        state: State,
        border: Border,
        message: str = "",
    ) -> None:
        self._sink(
            Event(
                kind=kind,
                run_id=self._run.run_id,
                timeline=self._timeline,
                stage=border.stage,
                status=state,
                message=message,
                segments_done=border.segments_done,
                segments_total=border.segments_total,
            )
        )

    def _any_stage_done(self) -> bool:
        ended = self._instance.get_records_for_run(
            self._run.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS, limit=1
        ).records
        return bool(ended)


def _lets_go(now: Control, held_by: Control) -> bool:
    """Whether there is a new request to go on; a step is for one stage only, whichever takes it first."""
    if now.request == held_by.request:
        return False
    return now.word == "run" or (now.word == "step" and not now.answered)
