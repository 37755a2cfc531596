"""Runs whose process is gone without having ended them: they are ended by whoever looks next, and give their pool slots back."""

from __future__ import annotations

import dagster as dg

from mpr_dagster.control.process import process_of


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """End runs whose process on this machine is gone, and return their ids.

    Dagster's own monitoring asks the launcher that started a run; a run of `mpr run` has none and would stay 'started' for ever.
    """
    going = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
    dead = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(going))):
        process = process_of(run)
        if process is None or process.lives():
            continue
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "Its process is gone.")
        else:
            instance.report_run_failed(run, "Its process was killed. Run it again: finished segments are kept.")
        free_slots(instance, run.run_id)
        dead.append(run.run_id)
    return dead


def free_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give back the pool slots that a run holds whose process is gone."""
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits:
        storage.free_concurrency_slots_for_run(run_id)
