"""The Dagster instance of a home, opened once per command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from mpr_dagster.home import Home


@contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The persistent instance below DAGSTER_HOME."""
    home.export()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with dg.DagsterInstance.from_config(str(home.dagster_home())) as instance:
        yield instance
