"""Runs out of the queue: `mpr ui` with its daemon takes what `mpr launch` and `dagster job launch` put there."""

from __future__ import annotations

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
from tests.mpr_dagster.ui_processes import UserInterface


@pytest.fixture
def interface(ingested: CommandLine, tmp_path: Path) -> Iterator[UserInterface]:
    started = UserInterface(ingested, tmp_path / "ui.log")
    try:
        started.until_up()
        yield started
    finally:
        started.kill(started.seen | started.processes())


def alive(interface: UserInterface) -> None:
    assert interface.process.poll() is None, "mpr ui has ended"
    interface.processes()


def test_a_backfill_from_the_command_line_and_launches_with_dagsters_own_tools(
    ingested: CommandLine, interface: UserInterface, media: Path, tmp_path: Path
) -> None:
    ingested.done("ingest", media / "other.mp4", "--timeline", "second", "--profile", PROFILE)
    launched = ingested.done("launch", TIMELINE, "second", "--stages", "extract_frames", "--json").json
    assert launched["daemon_lives"]
    ended = all_ended(ingested, lambda: alive(interface))
    assert {name: run.status.value for name, run in ended.items()} == {TIMELINE: "SUCCESS", "second": "SUCCESS"}
    config = tmp_path / "cfg.yaml"
    config.write_text(ingested.done("profiles", "show", "generic", "--run-config").out)
    interface.launch("detect__generic", {"dagster/partition": "never-ingested"}, config)
    interface.launch("detect__generic", {"dagster/partition": TIMELINE}, config)
    ended = all_ended(ingested, lambda: alive(interface))
    assert (ended[TIMELINE].status.value, ended[TIMELINE].job_name) == ("SUCCESS", "detect__generic")
    assert ended["never-ingested"].status.value == "FAILURE"
    with ingested.inside(), open_instance(Home()) as instance:
        (error,) = step_errors(instance, ended["never-ingested"].run_id)
        assert instance.get_dynamic_partitions("timelines") == [TIMELINE, "second"]
    assert "no such timeline: never-ingested" in error.message
    assert "mpr ingest VIDEO --timeline never-ingested" in error.message
    (backfill,) = launched["backfills"]
    assert ended_backfill(ingested, backfill) is BulkActionStatus.COMPLETED_SUCCESS
    assert not (ingested.home / "media-out" / "timelines" / "never-ingested").exists()
