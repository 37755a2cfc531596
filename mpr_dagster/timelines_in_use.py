"""Which timelines have a run that is not finished, or one that is paused and may go on: garbage collection leaves them alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import dagster as dg

from mpr_core.lineage.garbage import ANY_TIMELINE
from mpr_dagster.control.ends import is_resumable
from mpr_dagster.control.tags import STATE_TAG
from mpr_dagster.run_tags import PARTITION_TAG

_RANGE_TAG = "dagster/asset_partition_range_start"
_PAUSED = "paused"
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.MANAGED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def timelines_in_use(instance: dg.DagsterInstance, since: datetime | None = None) -> dict[str, str]:
    """Timeline -> why it is in use.

    Args:
        since: runs created after this instant count however they ended: what they reused may be what a plan made before wants to delete.
    """
    found: dict[str, str] = {}
    for run, why in _runs(instance, since):
        found.setdefault(run.tags.get(PARTITION_TAG, ANY_TIMELINE), f"run {run.run_id[:8]} {why}")
    return found


def _runs(instance: dg.DagsterInstance, since: datetime | None) -> Iterator[tuple[dg.DagsterRun, str]]:
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED)):
        if _touches_stages(run):
            yield run, f"is {run.status.value.lower().replace('_', ' ')}"
    for run in instance.get_runs(filters=dg.RunsFilter(tags={STATE_TAG: _PAUSED})):
        if not run.is_finished or is_resumable(instance, run):
            yield run, "is paused"
    if since is not None:
        for run in instance.get_runs(filters=dg.RunsFilter(created_after=since)):
            if _touches_stages(run):
                yield run, "has begun meanwhile"


def _touches_stages(run: dg.DagsterRun) -> bool:
    """Whether a run works on a timeline, even on one that its tags do not name."""
    return PARTITION_TAG in run.tags or _RANGE_TAG in run.tags or bool(run.asset_selection)
