"""What Dagster knows of the runs that the sensor asked for, and of any other run of a timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from mpr_core import errors
from mpr_core.intake.attempts import Attempts
from mpr_core.intake.timeline_look import Work
from mpr_dagster.run_tags import PARTITION_TAG
from mpr_dagster.timeline_jobs import TimelineJobs
from mpr_dagster.timelines_in_use import UNFINISHED

REQUEST_TAG = "mpr/watch.request"
TIMELINE_TAG = "mpr/watch.timeline"
_MOST_IDS = 500  # in one query; SQLite takes 999 variables at the least


class WatchRuns:
    """One tick's view: unfinished runs are asked for once."""

    def __init__(self, instance: dg.DagsterInstance, jobs: TimelineJobs) -> None:
        self._instance, self._jobs = instance, jobs

    def is_busy(self, timeline: str) -> bool:
        """Whether any run of the timeline is unfinished: its chunks must not change under it."""
        return timeline in self._busy

    def attempts(self, works: Sequence[Work]) -> dict[str, Attempts]:
        """What became of the runs for each work, by its id."""
        found: dict[str, list[dg.RunRecord]] = defaultdict(list)
        for start in range(0, len(works), _MOST_IDS):
            ids = [work.id for work in works[start : start + _MOST_IDS]]
            for record in self._instance.get_run_records(filters=dg.RunsFilter(tags={REQUEST_TAG: ids})):
                if record.dagster_run.is_finished:
                    found[record.dagster_run.tags[REQUEST_TAG]].append(record)
        return {identity: self._attempts(records) for identity, records in found.items()}

    def blocked(self, work: Work) -> str:
        """Why no run can be started for it: its profile may have no job."""
        return self._jobs.of(work.timeline).problem if work.kind == "detect" else ""

    def _attempts(self, ended: Sequence[dg.RunRecord]) -> Attempts:
        latest = max(ended, key=lambda record: record.end_time or 0.0)
        done = any(record.dagster_run.status is dg.DagsterRunStatus.SUCCESS for record in ended)
        return Attempts(
            done=done,
            ended=len(ended),
            stopped="" if done else self._why_no_other(latest.dagster_run),
            last_end_s=latest.end_time or 0.0,
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
