"""What Dagster knows of the runs that the sensor asked for, and of any other run of a timeline."""

from __future__ import annotations

from functools import cached_property

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from mpr_core import errors
from mpr_core.intake.attempts import Attempts
from mpr_core.intake.watch import Request
from mpr_dagster.timeline_jobs import TimelineJobs
from mpr_dagster.timelines_in_use import PARTITION_TAG, UNFINISHED

REQUEST_TAG = "mpr/watch.request"
TIMELINE_TAG = "mpr/watch.timeline"


class WatchRuns:
    """One tick's view: unfinished runs are asked for once."""

    def __init__(self, instance: dg.DagsterInstance, jobs: TimelineJobs) -> None:
        self._instance, self._jobs = instance, jobs

    def is_busy(self, timeline: str) -> bool:
        """Whether any run of the timeline is unfinished: its chunks must not change under it."""
        return timeline in self._busy

    def attempts(self, work: Request) -> Attempts:
        """What became of the runs for a request."""
        records = self._instance.get_run_records(filters=dg.RunsFilter(tags={REQUEST_TAG: work.id}))
        ended = [record for record in records if record.dagster_run.is_finished]
        latest = max(ended, key=lambda record: record.end_time or 0.0, default=None)
        done = any(record.dagster_run.status is dg.DagsterRunStatus.SUCCESS for record in ended)
        return Attempts(
            done=done,
            blocked=self._jobs.of(work.timeline).problem if work.kind == "detect" and not done else "",
            ended=len(ended),
            stopped="" if latest is None else self._why_no_other(latest.dagster_run),
            last_end_s=0.0 if latest is None else latest.end_time or 0.0,
        )

    @cached_property
    def _busy(self) -> set[str]:
        runs = self._instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED))
        return {run.tags[tag] for run in runs for tag in (PARTITION_TAG, TIMELINE_TAG) if tag in run.tags}

    def _why_no_other(self, run: dg.DagsterRun) -> str:
        if run.status is dg.DagsterRunStatus.CANCELED:
            return f"run {run.run_id[:8]} was stopped"
        for error in step_errors(self._instance, run.run_id):
            if (kind := our_kind(error)) is not None and not kind.transient:
                return f"run {run.run_id[:8]} failed for good: {kind.__name__}"
        return ""


def step_errors(instance: dg.DagsterInstance, run_id: str) -> list[SerializableErrorInfo]:
    """What the failed steps of a run raised; Dagster's wrapping is left off."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in records]
    found = [event.step_failure_data.error for event in events if event is not None]
    return [error.cause or error for error in found if error is not None]


def our_kind(error: SerializableErrorInfo) -> type[errors.MprError] | None:
    """The class of an error of ours; None for any other."""
    kind = getattr(errors, error.cls_name or "", None)
    return kind if isinstance(kind, type) and issubclass(kind, errors.MprError) else None
