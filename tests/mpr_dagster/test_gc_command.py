"""`mpr gc` says first, deletes when told, and leaves alone what a run may need."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.timelines_in_use import timelines_in_use
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE


@pytest.fixture(scope="session")
def littered_once(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with a branch that nothing needs. For reading only."""
    mpr = CommandLine(tmp_path_factory.mktemp("littered") / "home")
    shutil.copytree(ran.home, mpr.home)
    mpr.done("replay", TIMELINE, "--stage", "match_brands", "--set", "match_brands.min_score=97")
    return mpr


@pytest.fixture
def littered(littered_once: CommandLine, tmp_path: Path) -> CommandLine:
    shutil.copytree(littered_once.home, tmp_path / "home")
    return CommandLine(tmp_path / "home")


def objects(mpr: CommandLine) -> set[str]:
    folder = mpr.home / "media-out"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def add_run(mpr: CommandLine, status: dg.DagsterRunStatus, tags: dict[str, str]) -> None:
    with mpr.inside(), open_instance(Home()) as instance:
        instance.add_run(dg.DagsterRun(job_name="detect__generic", status=status, tags=tags))


def test_without_being_told_nothing_is_deleted(littered: CommandLine, ran: CommandLine) -> None:
    before = objects(littered)
    said = littered.done("gc").out
    assert f"- {TIMELINE}: compile_report " in said
    assert said.splitlines()[-1].endswith("may go; nothing was deleted: mpr gc --delete")
    assert objects(littered) == before
    told = littered.done("gc", "--json").json
    assert (len(told["timelines"][0]["nodes"]), told["deleted_objects"]) == (4, 0)
    assert told["timelines"][0]["kept"] == {"nodes": 11, "heads": 11, "labels": []}
    done = littered.done("gc", TIMELINE, "--delete", "--json").json
    assert done["deleted_objects"] == told["objects"] == len(before - objects(littered))
    assert objects(littered) == objects(ran)
    assert littered.done("gc").out.splitlines()[-1] == "nothing to collect"


def test_what_is_young_or_labelled_stays(littered: CommandLine) -> None:
    assert littered.done("gc", "--older-than", "1", "--json").json["objects"] == 0
    nodes = littered.done("checkpoints", TIMELINE, "--stage", "compile_report", "--json").json["nodes"]
    littered.done("label", nodes[1]["node"], "strict")
    kept = littered.done("gc", "--json").json["timelines"][0]["kept"]
    assert kept == {"nodes": 15, "heads": 11, "labels": ["strict"]}


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_a_timeline_with_an_unfinished_run_is_left_alone(littered: CommandLine, status: str) -> None:
    add_run(littered, dg.DagsterRunStatus[status], {"dagster/partition": TIMELINE})
    before = objects(littered)
    told = littered.done("gc", "--delete", "--json").json
    assert told["timelines"][0]["left_alone"].endswith(f"is {status.lower().replace('_', ' ')}")
    assert objects(littered) == before


def test_the_cache_of_a_timeline_in_use_is_not_deleted(littered: CommandLine) -> None:
    add_run(littered, dg.DagsterRunStatus.STARTED, {"dagster/partition": TIMELINE})
    before = objects(littered)
    refused = littered("timeline", TIMELINE, "--delete-cache")
    assert (refused.code, "the cache is in use" in refused.err) == (2, True)
    assert objects(littered) == before


def test_a_paused_run_that_ended_counts_and_a_finished_one_does_not(littered: CommandLine) -> None:
    add_run(littered, dg.DagsterRunStatus.FAILURE, {"dagster/partition": TIMELINE})
    assert littered.done("gc", "--json").json["objects"] > 0
    given_up = {"dagster/partition": TIMELINE, "mpr/control.state": "paused"}
    add_run(littered, dg.DagsterRunStatus.CANCELED, given_up)
    assert littered.done("gc", "--json").json["objects"] > 0
    paused = given_up | {"mpr/control": "pause"}
    add_run(littered, dg.DagsterRunStatus.CANCELED, paused)
    told = littered.done("gc", "--json").json
    assert (told["objects"], told["timelines"][0]["left_alone"][-9:]) == (0, "is paused")


def test_a_run_that_was_killed_does_not_stand_in_the_way(littered: CommandLine) -> None:
    import socket

    dead = {"dagster/partition": TIMELINE, "mpr/process": f"{socket.gethostname()}:4194305"}
    add_run(littered, dg.DagsterRunStatus.STARTED, dead)
    assert littered.done("gc", "--json").json["objects"] > 0


def test_a_run_that_begins_while_objects_are_deleted_is_seen(littered: CommandLine) -> None:
    from datetime import UTC, datetime

    began = datetime.now(UTC)
    with littered.inside(), open_instance(Home()) as instance:
        assert timelines_in_use(instance, since=began) == {}
    add_run(littered, dg.DagsterRunStatus.SUCCESS, {"dagster/partition": TIMELINE})
    with littered.inside(), open_instance(Home()) as instance:
        assert timelines_in_use(instance) == {}
        assert list(timelines_in_use(instance, since=began)) == [TIMELINE]
