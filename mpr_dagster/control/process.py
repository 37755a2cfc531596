"""Which process carries a run, told by a tag, and whether it still lives."""

from __future__ import annotations

import multiprocessing
import os
import re
import socket
from dataclasses import dataclass

import dagster as dg
import psutil

from mpr_dagster.run_tags import RUN_TYPE_TAG, RunType

PROCESS_TAG = "mpr/process"
_TAG = re.compile(r"(?P<host>[^:]*):(?P<id>\d+)(?:@(?P<started>[\d.]+))?(?::(?P<run>.*))?")
# Linux tells the time of boot in whole seconds, and corrects it while the clock is being set.
_SAME_START_S = 2.0


@dataclass(frozen=True)
class Process:
    """A process of this machine.

    Attributes:
        started_s: seconds from the machine's start to that of the process: ids are used again, and a clock that is set moves
            neither of the two against the other; None: not known.
    """

    id: int
    started_s: float | None = None

    def lives(self) -> bool:
        """Whether it is there, and not another one that was given its id."""
        try:
            now_s = _started_s(self.id)
        except psutil.NoSuchProcess:
            return False
        return self.started_s is None or now_s is None or abs(now_s - self.started_s) < _SAME_START_S


def process_tags(run_id: str, process: int | None = None) -> dict[str, str]:
    """Run tags that name a run's process (this one), so that `close_dead_runs` can tell whether it still lives.

    They name the run too: Dagster copies tags to a re-execution, which has another process.
    """
    identity = process or os.getpid()
    try:
        started_s = _started_s(identity)
    except psutil.NoSuchProcess:
        started_s = None
    started = "" if started_s is None else f"@{started_s:.2f}"
    return {PROCESS_TAG: f"{socket.gethostname()}:{identity}{started}:{run_id}"}


def process_of(run: dg.DagsterRun) -> Process | None:
    """A run's process if that is on this machine and known."""
    match = _TAG.fullmatch(run.tags.get(PROCESS_TAG, ""))
    if match is None or match["host"] != socket.gethostname() or match["run"] not in (None, run.run_id):
        return None
    return Process(int(match["id"]), float(match["started"]) if match["started"] else None)


def process_lives(run: dg.DagsterRun) -> bool:
    """Whether a run's process is known to be alive; false for one that is not of this machine."""
    process = process_of(run)
    return process is not None and process.lives()


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


def _started_s(process: int) -> float | None:
    """When a process was started, in seconds from the machine's start; None where the machine does not let us know.

    Raises:
        psutil.NoSuchProcess: there is none of that id.
    """
    try:
        return psutil.Process(process).create_time() - psutil.boot_time()
    except psutil.AccessDenied:  # another user's: it lives
        return None
