"""The demo by the installed program, on PostgreSQL and a store that checks signatures: what it says in a folder, and no secret is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mpr_core.store.object_store import ObjectStore
from tests.deployments.deployment_files import INSTANCE
from tests.mpr_core.store.s3_wire import Wire
from tests.mpr_core.store.same_run import SAME, contents
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.heads import heads
from tests.services.postgres.server import PostgresServer

PROGRAM = Path(sys.executable).parent / "mpr"
SHORT = ("--seconds", "12", "--size", "640x360")
TIMELINE = "demo-640x360-12s-1"
BUCKET = "demo"


def said(mpr: CommandLine, *words: str) -> str:
    """What the installed program prints, on both streams."""
    with mpr.inside():
        given = dict(os.environ)
    done = subprocess.run(
        [PROGRAM, *words], env=given, cwd=mpr.home.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "folder")


@pytest.fixture
def team(tmp_path: Path, swift: Wire, postgres: PostgresServer) -> CommandLine:
    """A home on the team's instance, both roots in a bucket."""
    swift.client().create_bucket(Bucket=BUCKET)
    instance = {**postgres.environment, "DAGSTER_HOME": str(INSTANCE), "MPR_COMPUTE_LOGS_BUCKET": "none"}
    return CommandLine(tmp_path / "team", {**swift.environment(BUCKET), **instance})


def test_the_demo_on_the_teams_instance_is_that_of_a_folder_and_leaves_no_secret(
    folder: CommandLine, team: CommandLine, swift: Wire, postgres: PostgresServer
) -> None:
    here, there = (json.loads(said(mpr, "demo", *SHORT, "--json")) for mpr in (folder, team))
    assert here == there
    assert here["airings"] > 0
    assert heads(team, TIMELINE) == heads(folder, TIMELINE)
    kept = swift.store(f"s3://{BUCKET}/out")
    for below in SAME:
        assert contents(kept, below) == contents(ObjectStore(str(folder.home / "media-out")), below)
    again = said(team, "demo", *SHORT)
    assert "nothing had to be computed" in again
    assert postgres.count("runs") == 2

    left = {str(path): path.read_bytes() for path in team.home.rglob("*") if path.is_file()}
    left |= {f"object {key}": data or b"" for key, data in contents(swift.store(f"s3://{BUCKET}"), "").items()}
    left |= {"the database": postgres.rows(), "the screen": again.encode()}
    assert TIMELINE.encode() in left["the database"]
    secrets = (swift.secret.encode(), postgres.password.encode())
    assert [name for name, data in left.items() if any(secret in data for secret in secrets)] == []
