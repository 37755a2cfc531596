"""Ended runs that are older than wanted: what Dagster keeps of them, and their files of events.

A deleted run takes its materializations with it, and Dagster would no longer know the heads. So a run that a head came from stays, and one
that is paused and may go on; results in the store are the business of garbage collection alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.documents import timeline_documents
from mpr_core.store import keys
from mpr_dagster.control.ends import is_resumable
from mpr_dagster.home import Home
from mpr_dagster.timelines_in_use import PARTITION_TAG

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True)
class OldRuns:
    """What may go, and how many runs stay although they are as old."""

    runs: tuple[str, ...]
    needed: int


def old_runs(instance: dg.DagsterInstance, catalog: Catalog, before: datetime) -> OldRuns:
    """Runs that ended, were made before an instant, and are needed no more."""
    found = list(instance.get_runs(filters=dg.RunsFilter(statuses=_ENDED, created_before=before)))
    heads, unreadable = _of_heads(catalog) if found else (set(), set())
    old = [
        run.run_id
        for run in found
        if run.run_id not in heads and run.tags.get(PARTITION_TAG) not in unreadable and not is_resumable(instance, run)
    ]
    return OldRuns(tuple(old), len(found) - len(old))


def forget(home: Home, instance: dg.DagsterInstance, runs: Sequence[str]) -> None:
    """Delete runs; their events first, so that a run whose events are left by a killed process is found again."""
    for run_id in runs:
        home.drop_events(run_id)
        instance.delete_run(run_id)


def _of_heads(catalog: Catalog) -> tuple[set[str], set[str]]:
    """Runs that moved a head to where it stands, and timelines of which that cannot be told."""
    runs: set[str] = set()
    unreadable = set()
    for timeline in catalog.store.folders(keys.TIMELINES):
        documents = timeline_documents(catalog, timeline)
        runs |= documents.head_runs
        if documents.broken:
            unreadable.add(timeline)
    return runs, unreadable
