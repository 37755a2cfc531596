"""The Dagster instance of a home, opened once per command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from mpr_dagster.home import Home
from mpr_dagster.instance_errors import instance_problems
from mpr_dagster.sqlite_storage import OneEngineStorage

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
        reference = _reference(folder)
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield instance


def _reference(folder: Path) -> InstanceRef:
    reference = InstanceRef.from_dir(str(folder), overrides=_NO_CAPTURE)  # type: ignore[arg-type]
    storage = reference.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return reference  # a team's database, or whatever else dagster.yaml names
    faster = storage._replace(module_name=OneEngineStorage.__module__, class_name=OneEngineStorage.__name__)
    return reference._replace(storage_data=faster)
