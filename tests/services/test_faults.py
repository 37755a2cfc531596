"""Faults of the machines around a queued run: the daemon goes with the queue full, the process of the run or of a step is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import yaml

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.control.process import process_of
from mpr_dagster.control.tags import PAUSE_AFTER_TAG, STATE_TAG, pause_after_tag
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.lineage import nodes_of_run
from mpr_dagster.watch_runs import step_errors
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE, ingested, ingested_once, media, ran  # noqa: F401 - fixtures
from tests.mpr_dagster.control.test_requests import Child, events_of, report_files
from tests.mpr_dagster.heads import heads
from tests.mpr_dagster.ui_processes import UserInterface

Start = Callable[[], UserInterface]
TEAM = Path(__file__).parents[2] / "deployments" / "instance" / "dagster.yaml"


@pytest.fixture
def team(ingested: CommandLine) -> CommandLine:  # noqa: F811
    """A home whose daemon retries and watches as a team's does, only more often."""
    shipped = yaml.safe_load(TEAM.read_text(encoding="utf-8"))
    config = {name: shipped[name] for name in ("run_coordinator", "run_monitoring", "run_retries", "telemetry")}
    config["run_coordinator"]["config"]["dequeue_interval_seconds"] = 1
    config["run_monitoring"]["poll_interval_seconds"] = 2
    (ingested.home / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return ingested


@pytest.fixture
def start(team: CommandLine, tmp_path: Path) -> Iterator[Start]:
    """Starts `mpr ui`; whatever of it is left is ended with the test."""
    started: list[UserInterface] = []

    def begin() -> UserInterface:
        started.append(UserInterface(team, tmp_path / "ui.log"))
        started[-1].until_up()
        started[-1].processes()
        return started[-1]

    yield begin
    for one in started:
        one.kill(one.seen | one.processes())


def until(mpr: CommandLine, interface: UserInterface, fits: Callable[[dg.DagsterRun], bool]) -> dg.DagsterRun:
    """The run that fits, as soon as there is one."""
    while True:
        interface.processes()
        with mpr.inside(), open_instance(Home()) as instance:
            for run in instance.get_runs():
                if fits(run):
                    return run
        time.sleep(0.5)


def test_a_queue_outlives_the_daemon_and_a_killed_run_is_taken_up_again_by_itself(
    team: CommandLine,
    start: Start,
    ran: CommandLine,  # noqa: F811
) -> None:
    first = start()
    first.kill(first.processes())
    (launched,) = team.done("launch", TIMELINE, "--json").json["runs"]
    with team.inside(), open_instance(Home()) as instance:
        queued = instance.get_run_by_id(launched["run_id"])
        assert queued is not None
        instance.add_run_tags(queued.run_id, {PAUSE_AFTER_TAG: pause_after_tag(queued, on=True)})

    second = start()
    held = until(team, second, lambda run: run.tags.get(STATE_TAG) == "paused")
    assert held.run_id == launched["run_id"]
    process = process_of(held)
    assert process is not None
    assert process.id in second.processes(), "it is one that this test has started"
    os.kill(process.id, signal.SIGKILL)

    done = until(team, second, lambda run: run.status is dg.DagsterRunStatus.SUCCESS)
    assert done.parent_run_id == held.run_id
    with team.inside(), open_instance(Home()) as instance:
        lost = instance.get_run_by_id(held.run_id)
        assert lost is not None
        assert lost.status is dg.DagsterRunStatus.FAILURE
        assert tuple(nodes_of_run(instance, done.run_id)) == STAGE_NAMES[1:]
    assert heads(team) == heads(ran)


def test_a_step_whose_own_process_is_killed_fails_its_run_and_a_retry_computes_one_segment_again(
    team: CommandLine,
    ran: CommandLine,  # noqa: F811
) -> None:
    place = {"MPR_TEST_KILLED_AT": "filter_scenes:1"}
    with closing(Child(team, "tests.mpr_dagster.control.multiprocess_run", "{}", **place)) as process:
        process.ended()
    with team.inside(), open_instance(Home()) as instance:
        (run,) = instance.get_runs()
        (error,) = step_errors(instance, run.run_id)
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert error.cls_name == "ChildProcessCrashException"
    assert run.tags["dagster/will_retry"] == "true", "it counts as a run that died, not as a stage that failed"
    status = team.done("status", run.run_id, "--json").json
    assert (status["state"], status["commands"][0]) == ("failed", f"mpr retry {run.run_id[:8]}")
    outcome = team.done("retry", run.run_id, "--json").json
    assert [stage["name"] for stage in outcome["stages"]] == list(STAGE_NAMES[1:5])
    ends = [event for event in events_of(team, outcome["run_id"]) if event.stage == "filter_scenes"]
    assert (ends[-1].parts_computed, ends[-1].parts_reused) == (1, 1)
    team.done("run", TIMELINE)
    assert report_files(team) == report_files(ran)
