"""The Dagster instance of a home, opened once per command."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from mpr_dagster.home import Home
from mpr_dagster.instance_errors import instance_problems

PROCESS_TAG = "mpr/process"

# Dagster's own capture swaps the process's standard output for a file and has `tail` copy it back once a second: a live table would
# stand still, and lines would be lost at the end. What a command prints goes to its own terminal instead.
_NO_CAPTURE = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}


@contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The persistent instance below DAGSTER_HOME, for work in this process.

    Raises:
        ConfigError: it is not configured, or its database refuses.
        InstanceUnavailable: its database does not answer, now or later within the block.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Ctrl-C while a connection is closed would be told there with a traceback, beside the one line that is due.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
    folder = home.dagster_home()
    with instance_problems(folder):
        reference = InstanceRef.from_dir(str(folder), overrides=_NO_CAPTURE)  # type: ignore[arg-type]
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield instance


def process_tags(run_id: str, process: int | None = None) -> dict[str, str]:
    """Run tags that name a run's process (this one), so that `close_dead_runs` can tell whether it still lives.

    They name the run too: Dagster copies tags to a re-execution, which has another process.
    """
    return {PROCESS_TAG: f"{socket.gethostname()}:{process or os.getpid()}:{run_id}"}


def process_of(run: dg.DagsterRun) -> int | None:
    """The id of a run's process if that is on this machine and known."""
    host, _, rest = run.tags.get(PROCESS_TAG, "").partition(":")
    process, _, run_id = rest.partition(":")
    here = host == socket.gethostname() and process.isdigit() and run_id in ("", run.run_id)
    return int(process) if here else None


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """End runs whose process on this machine is gone, and return their ids.

    Dagster's own monitoring asks the launcher that started a run; a run of `mpr run` has none and would stay 'started' for ever.
    """
    going = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
    dead = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(going))):
        process = process_of(run)
        if process is None or _alive(process):
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


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's: it lives
        return True
    return True


def process_lives(run: dg.DagsterRun) -> bool:
    """Whether a run's process is known to be alive; false for one that is not of this machine."""
    process = process_of(run)
    return process is not None and _alive(process)
