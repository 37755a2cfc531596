"""SIGKILL of the code location while its runs go on, and of what it left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.control.process import Process, process_of
from mpr_dagster.control.tags import PAUSE_AFTER_TAG, pause_after_tag
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.lineage import nodes_of_run
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.control.test_requests import report_files
from tests.mpr_dagster.heads import heads
from tests.services.postgres.compose_parts import Parts
from tests.services.postgres.daemon_instance import successor, until_paused


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def launched(mpr: CommandLine, parts: Parts, timeline: str) -> str:
    """A queued run that will stop after its first stage; no daemon lives yet that could start it before it is asked to."""
    (said,) = mpr.done("launch", timeline, "-w", str(parts.workspace), "--json").json["runs"]
    run = found(mpr, said["run_id"])
    with mpr.inside(), open_instance(Home()) as instance:
        instance.add_run_tags(run.run_id, {PAUSE_AFTER_TAG: pause_after_tag(run, on=True)})
    return run.run_id


def found(mpr: CommandLine, run_id: str) -> dg.DagsterRun:
    with mpr.inside(), open_instance(Home()) as instance:
        run = instance.get_run_by_id(run_id)
    assert run is not None
    return run


def held_process(mpr: CommandLine, run_id: str) -> Process:
    """The process of a run, once the run is held."""
    until_paused(mpr, run_id)
    process = process_of(found(mpr, run_id))
    assert process is not None
    return process


def kill(process: Process) -> None:
    if process.lives():
        os.kill(process.id, signal.SIGKILL)


def test_a_run_goes_on_without_its_code_server_and_one_that_dies_then_is_taken_up_again(
    queue: CommandLine, parts: Parts, ran: CommandLine, media: Path, stack: ExitStack
) -> None:
    queue.done("ingest", media / "other.mp4", "--timeline", "second", "--profile", PROFILE)
    code = stack.enter_context(parts.started("code"))
    lives, dies = (launched(queue, parts, timeline) for timeline in ("second", TIMELINE))
    stack.enter_context(parts.started("daemon"))
    process_of_lives, process_of_dies = (held_process(queue, run_id) for run_id in (lives, dies))
    for process in (process_of_lives, process_of_dies):
        stack.callback(kill, process)

    code.kill()
    code.wait()
    refused = queue("launch", TIMELINE, "-w", str(parts.workspace))
    assert (refused.code, refused.err.splitlines()[0].startswith("mpr: the code location does not load")) == (2, True)
    assert until_paused(queue, lives) == lives, "it answers"
    assert process_of_lives.lives()
    kill(process_of_dies)
    stack.enter_context(parts.started("code"))

    taken_up = successor(queue, dies)
    assert found(queue, dies).status is dg.DagsterRunStatus.FAILURE
    with queue.inside(), open_instance(Home()) as instance:
        assert tuple(nodes_of_run(instance, taken_up.run_id)) == STAGE_NAMES[1:]
    assert heads(queue) == heads(ran)
    undisturbed = report_files(ran)
    assert {name: data for name, data in report_files(queue).items() if name in undisturbed} == undisturbed

    queue.done("pause-after", lives)
    queue.done("resume", lives)
    while not (run := found(queue, lives)).is_finished:
        time.sleep(0.5)
    assert run.status is dg.DagsterRunStatus.SUCCESS
