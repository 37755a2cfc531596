"""The tags that a launched run gets from its first step: what kind of run it is, and which process carries it."""

from __future__ import annotations

import multiprocessing
import os

import dagster as dg

from mpr_dagster.instance import process_of, process_tags
from mpr_dagster.run_tags import RUN_TYPE_TAG, RunType


def tagged_run(context: dg.AssetExecutionContext, kind: RunType) -> dg.DagsterRun:
    """The run as it is now. One launched from the UI or by `dagster job launch` gets the tags that `mpr run` would have given it."""
    instance, run_id = context.instance, context.run.run_id
    run = instance.get_run_by_id(run_id) or context.run
    missing = {} if RUN_TYPE_TAG in run.tags else {RUN_TYPE_TAG: kind}
    process = _process_of_run(context)
    if process is not None and process_of(run) is None:
        missing |= process_tags(run_id, process)
    if missing:
        instance.add_run_tags(run_id, missing)
    return run


def _process_of_run(context: dg.AssetExecutionContext) -> int | None:
    """The process that carries the whole run: this one, or the one that started this step's; None where that is not known."""
    executor = context.job_def.executor_def.name
    if executor == dg.in_process_executor.name:
        return os.getpid()
    parent = multiprocessing.parent_process()
    return parent.pid if parent is not None and executor == dg.multiprocess_executor.name else None
