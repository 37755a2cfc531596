"""Servers that the tests of this folder start and end, and the short film of the Dagster side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.mpr_dagster.conftest import ingested, ingested_once, media, ran
from tests.services.postgres.server import PostgresServer

__all__ = ["ingested", "ingested_once", "media", "ran"]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, empty."""
    with closing(PostgresServer()) as server:
        yield server
