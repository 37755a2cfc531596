"""Garbage collection with what Dagster knows: a timeline with an unfinished or paused run is left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.garbage import Collected, GarbagePlan, collect
from mpr_core.lineage.garbage_plan import plan_gc
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.home import Home
from mpr_dagster.timelines_in_use import timelines_in_use


def collect_garbage(
    home: Home,
    instance: dg.DagsterInstance,
    *,
    only: Collection[str] = (),
    older_than_h: float = 0,
    delete: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[GarbagePlan, Collected | None]:
    """What may go, and, if told to delete it, what went.

    Args:
        only: timelines to look at; empty: all, and what is nobody's.
        older_than_h: what is younger stays.
        progress: told how many objects of how many are gone.
    Raises:
        UnknownTimeline: one of `only` does not exist.
    """
    began = datetime.now(UTC)
    catalog = Catalog(home.media_out())
    close_dead_runs(instance)
    plan = plan_gc(
        catalog,
        only=only,
        in_use=timelines_in_use(instance),
        made_before=began - timedelta(hours=older_than_h),
    )
    if not delete:
        return plan, None
    of = len(plan.keys)
    collected = collect(
        catalog.store, plan, lambda: timelines_in_use(instance, since=began), lambda done: progress(done, of)
    )
    return plan, collected
