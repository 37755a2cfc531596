"""Waiting until runs and backfills that others carry out are over."""

from __future__ import annotations

import time
from collections.abc import Callable

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine


def all_ended(mpr: CommandLine, each_time: Callable[[], None] = lambda: None) -> dict[str, dg.DagsterRun]:
    """Timeline -> its latest run, once there is a run and every one has ended.

    Args:
        each_time: called at every look; may raise where nobody is left to carry them out.
    """
    while True:
        each_time()
        with mpr.inside(), open_instance(Home()) as instance:
            runs = instance.get_runs()
        if runs and all(run.is_finished for run in runs):
            return {run.tags["dagster/partition"]: run for run in reversed(runs)}
        time.sleep(0.5)


def ended_backfill(mpr: CommandLine, identity: str) -> BulkActionStatus:
    """How a backfill ended that the daemon watches."""
    while True:
        with mpr.inside(), open_instance(Home()) as instance:
            backfill = instance.get_backfill(identity)
        assert backfill is not None
        if backfill.status is not BulkActionStatus.REQUESTED:
            return backfill.status
        time.sleep(0.5)
