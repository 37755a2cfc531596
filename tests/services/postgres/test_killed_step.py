"""SIGKILL of one step's own process in a queued run that has a process per step."""

from __future__ import annotations

import dagster as dg

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.lineage import nodes_of_run
from mpr_dagster.watch_runs import step_errors
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.control.test_requests import events_of, report_files
from tests.services.postgres.compose_parts import Parts
from tests.services.postgres.daemon_instance import successor

STAGE = "filter_scenes"


def test_the_daemon_takes_the_run_up_again_and_one_segment_is_computed_anew(
    queue: CommandLine, parts: Parts, ran: CommandLine
) -> None:
    parts.module = "tests.services.postgres.process_per_step"
    with parts.started("code", MPR_TEST_KILLED_AT=f"{STAGE}:1"), parts.started("daemon"):
        words = ("launch", TIMELINE, "--stages", f"extract_frames,{STAGE}", "-w", str(parts.workspace), "--json")
        (launched,) = queue.done(*words).json["runs"]
        taken_up = successor(queue, launched["run_id"])
    with queue.inside(), open_instance(Home()) as instance:
        lost = instance.get_run_by_id(launched["run_id"])
        assert lost is not None
        assert lost.status is dg.DagsterRunStatus.FAILURE
        (error,) = step_errors(instance, lost.run_id)
        assert list(nodes_of_run(instance, taken_up.run_id)) == [STAGE]
    assert error.cls_name == "ChildProcessCrashException"
    ends = [event for event in events_of(queue, taken_up.run_id) if event.kind == "stage_finished"]
    assert [(event.parts_computed, event.parts_reused) for event in ends if event.stage == STAGE] == [(1, 1)]
    queue.done("run", TIMELINE)
    assert report_files(queue) == report_files(ran)
