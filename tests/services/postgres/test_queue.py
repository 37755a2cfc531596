"""`mpr launch` and `dagster job launch` on the team's instance: a daemon and a code location of their own, found by the workspace file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._core.execution.backfill import BulkActionStatus

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.watch_runs import step_errors
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.ended_runs import all_ended, ended_backfill
from tests.mpr_dagster.heads import heads
from tests.services.postgres.compose_parts import Parts


@pytest.fixture
def team(queue: CommandLine, media: Path) -> CommandLine:
    """A home with three timelines on the team's instance."""
    for name in ("second", "third"):
        queue.done("ingest", media / "other.mp4", "--timeline", name, "--profile", PROFILE)
    return queue


@pytest.fixture
def serving(parts: Parts) -> Iterator[Parts]:
    """Code location and daemon, up."""
    with parts.started("code"), parts.started("daemon"):
        yield parts


def test_a_backfill_is_finished_and_a_timeline_that_is_not_there_is_refused_before_and_in_the_queue(
    team: CommandLine, serving: Parts, ran: CommandLine, tmp_path: Path
) -> None:
    where = ("-w", str(serving.workspace))
    refused = team("launch", TIMELINE, "nosuch", *where)
    assert (refused.code, refused.err.splitlines()[0]) == (2, "mpr: no such timeline: nosuch")
    launched = team.done("launch", "--all", *where, "--json").json
    assert launched["daemon_lives"]
    assert [run["timeline"] for run in launched["runs"]] == [TIMELINE, "second", "third"]
    assert {name: run.status.value for name, run in all_ended(team).items()} == dict.fromkeys(
        (TIMELINE, "second", "third"), "SUCCESS"
    )
    (backfill,) = launched["backfills"]
    assert ended_backfill(team, backfill) is BulkActionStatus.COMPLETED_SUCCESS
    assert heads(team) == heads(ran)

    config = tmp_path / "cfg.yaml"
    config.write_text(team.done("profiles", "show", "generic", "--run-config").out)
    for timeline in (TIMELINE, "nosuch"):
        tags = json.dumps({"dagster/partition": timeline})
        serving.run("dagster", "job", "launch", *where, "-j", "detect__generic", "-c", str(config), "--tags", tags)
    ended = all_ended(team)
    assert (ended[TIMELINE].status.value, ended[TIMELINE].job_name) == ("SUCCESS", "detect__generic")
    assert ended["nosuch"].status.value == "FAILURE"
    with team.inside(), open_instance(Home()) as instance:
        (error,) = step_errors(instance, ended["nosuch"].run_id)
        assert set(instance.get_dynamic_partitions("timelines")) == {TIMELINE, "second", "third"}
    assert "no such timeline: nosuch" in error.message
    assert "mpr ingest VIDEO --timeline nosuch" in error.message
