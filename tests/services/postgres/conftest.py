"""Servers that the tests of this folder start and end, and the short film of the Dagster side."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.deployments.deployment_files import INSTANCE
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import ingested, ingested_once, media, ran
from tests.services.postgres.compose_parts import SERVICES, Parts
from tests.services.postgres.daemon_instance import daemon_instance
from tests.services.postgres.server import PostgresServer

__all__ = ["ingested", "ingested_once", "media", "ran"]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, empty."""
    with closing(PostgresServer()) as server:
        yield server


@pytest.fixture
def queue(ingested: CommandLine, postgres: PostgresServer) -> CommandLine:
    """A home with a timeline that was not run, on the team's instance; its daemon looks often."""
    return daemon_instance(ingested, postgres)


@pytest.fixture
def parts(queue: CommandLine, tmp_path: Path) -> Parts:
    """Code location, webserver and daemon of that instance, prepared as the runbook says; the test starts what it needs."""
    shutil.copy(INSTANCE / "prepare.sh", queue.home / "dagster")
    parts = Parts(queue, tmp_path)
    parts.run(*SERVICES["prepare"]["command"])
    return parts
