"""Pause, resume, step, pause-after, stop, status and clear, on `mpr run` in another process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mpr_core.runner.events import Event, read_events
from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.control.process import process_of
from mpr_dagster.control.tags import CONTROL_TAG
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.heads import heads
from tests.mpr_dagster.stage_job import StageJob
from tests.mpr_dagster.ui_processes import cpu_ticks

ROOT = Path(__file__).parents[3]
STAGE = "detect_objects"


class Child:
    """A run in a process of its own."""

    def __init__(self, mpr: CommandLine, *arguments: str, **environment: str) -> None:
        self.mpr = mpr
        dagster_home = str(mpr.home / "dagster")
        with mpr.inside(PYTHONPATH=os.pathsep.join(sys.path), DAGSTER_HOME=dagster_home, **environment):
            given = dict(os.environ)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=given,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, state: str, place: str = "") -> dict[str, Any]:
        """The run's status once it is in a state (and place)."""
        while True:
            for status in self.mpr.done("status", "--json").json:
                if status["state"] == state and place in status["place"]:
                    return dict(status)
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.2)

    def ended(self) -> tuple[int, str]:
        """Exit code and standard error."""
        _, err = self.process.communicate()
        return self.process.returncode, err

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@contextmanager
def child(mpr: CommandLine, place: str, word: str, **environment: str) -> Iterator[Child]:
    """`mpr run` that is asked for `word` at `place`."""
    arguments = ("tests.mpr_dagster.control.controlled_run", place, word, "run", TIMELINE)
    with closing(Child(mpr, *arguments, **environment)) as started:
        yield started


def events_of(mpr: CommandLine, run_id: str) -> list[Event]:
    return read_events(mpr.home / "runs" / run_id / "events.jsonl")[0]


def report_files(mpr: CommandLine) -> dict[str, bytes]:
    """Every file of every report of the home."""
    found = (mpr.home / "media-out" / "reports").rglob("*")
    return {str(path.relative_to(mpr.home)): path.read_bytes() for path in found if path.is_file()}


def dagster_status(mpr: CommandLine, run_id: str) -> dg.DagsterRunStatus:
    with mpr.inside(), open_instance(Home()) as instance:
        run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def unfinished_parts(mpr: CommandLine) -> list[Path]:
    """Folders of parts without the record that commits them."""
    folders = (mpr.home / "media-out" / "parts").glob("*/*/*")
    return [folder for folder in folders if not (folder / "part.json").is_file()]


def test_a_paused_run_stands_between_two_segments_uses_no_cpu_and_goes_on_to_the_same_report(
    ingested: CommandLine, ran: CommandLine
) -> None:
    with child(ingested, f"{STAGE}:1", "pause") as run:
        status = run.until("paused")
        assert status["place"] == f"in {STAGE}, after 1 of 2 segments"
        assert (status["dagster_status"], status["ended"], status["asked"]) == ("STARTED", False, None)
        short = status["run_id"][:8]
        assert status["commands"][0] == f"mpr resume {short}"
        before = cpu_ticks(run.process.pid)
        time.sleep(4)
        # Its looks at the tags, twenty in this time instead of two: a run that computed would use 400 ticks and more.
        assert cpu_ticks(run.process.pid) - before < 40
        assert STAGE not in heads(ingested)
        said = ingested.done("resume", short)
        assert said.out.startswith(f"run {short}: running")
        code, err = run.ended()
        assert (code, err) == (0, "")
    assert report_files(ingested) == report_files(ran)
    assert heads(ingested) == heads(ran)
    kinds = [event.kind for event in events_of(ingested, status["run_id"]) if event.stage == STAGE]
    assert kinds[kinds.index("run_paused") :][:2] == ["run_paused", "run_resumed"]
    assert ingested.done("status").out == "no run goes on, and none is paused\n"


def test_a_run_killed_while_it_was_paused_is_resumed_as_a_new_one_that_computes_only_the_rest(
    ingested: CommandLine, ran: CommandLine
) -> None:
    with child(ingested, f"{STAGE}:1", "pause") as run:
        old = run.until("paused")["run_id"]
        run.process.kill()
        run.ended()
    status = ingested.done("status", old[:8], "--json").json
    assert (status["state"], status["ended"], status["commands"][0]) == ("paused", True, f"mpr resume {old[:8]}")
    assert [one["run_id"] for one in ingested.done("status", "--json").json] == [old]
    outcome = ingested.done("resume", old[:8], "--json").json
    assert outcome["run_type"] == "retry"
    assert [stage["name"] for stage in outcome["stages"]] == list(STAGE_NAMES[STAGE_NAMES.index(STAGE) :])
    assert outcome["parts"]["reused"] == 1
    assert report_files(ingested) == report_files(ran)
    again = ingested("resume", old[:8])
    assert (again.code, f"its rest is run {outcome['run_id'][:8]}" in again.err) == (2, True)
    assert ingested.done("status", "--json").json == []


def test_a_long_pause_ends_the_run_and_resume_does_the_rest(ingested: CommandLine, ran: CommandLine) -> None:
    with child(ingested, f"{STAGE}:1", "pause", MPR_PAUSE_LIMIT_S="1") as run:
        code, err = run.ended()
    assert code == 3
    assert err.startswith("mpr: the paused run has ended: run ")
    assert f"in {STAGE}, after 1 of 2 segments" in err
    status = ingested.done("status", "--json").json[0]
    assert (status["state"], status["dagster_status"]) == ("paused", "CANCELED")
    assert events_of(ingested, status["run_id"])[-1].status == "paused"
    refused = ingested("pause", status["run_id"])
    assert (refused.code, "mpr resume" in refused.err) == (2, True)
    ingested.done("resume", status["run_id"])
    assert report_files(ingested) == report_files(ran)


def test_a_stopped_run_is_canceled_holds_no_slot_and_leaves_nothing_half_written(
    ingested: CommandLine, ran: CommandLine
) -> None:
    with ingested.inside(), open_instance(Home()) as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 1)
    with child(ingested, f"{STAGE}:1", "pause") as run:
        run_id = run.until("paused")["run_id"]
        with ingested.inside(), open_instance(Home()) as instance:
            assert instance.event_log_storage.get_concurrency_info("gpu").active_slot_count == 1
        said = ingested.done("stop", run_id, "--json").json
        assert (said["state"], said["outcome"]) == ("stopped", "ended")
        code, err = run.ended()
    assert code == 3
    assert err.splitlines() == [
        f"mpr: the run was stopped: run {run_id[:8]}, in {STAGE}, after 1 of 2 segments",
        "  why: mpr stop",
        f"  do:  mpr retry {run_id[:8]} goes on from here: what was finished is kept",
    ]
    with ingested.inside(), open_instance(Home()) as instance:
        info = instance.event_log_storage.get_concurrency_info("gpu")
    assert (info.active_slot_count, info.pending_step_count) == (0, 0)
    assert dagster_status(ingested, run_id) is dg.DagsterRunStatus.CANCELED
    assert tuple(heads(ingested)) == STAGE_NAMES[: STAGE_NAMES.index(STAGE)]
    assert unfinished_parts(ingested) == []
    last = events_of(ingested, run_id)
    assert (last[-2].kind, last[-1].kind, last[-1].status) == ("run_stopped", "run_finished", "stopped")
    assert "stage_failed" not in {event.kind for event in last}
    assert ingested("resume", run_id).code == 2
    ingested.done("retry", run_id)
    assert report_files(ingested) == report_files(ran)


def test_a_step_is_one_stage_and_pause_after_holds_before_each(ingested: CommandLine) -> None:
    with child(ingested, "filter_scenes:1", "pause") as run:
        short = run.until("paused")["run_id"][:8]
        ingested.done("step", short)
        run.until("paused", "before field_segmentation")
        ingested.done("step", short)
        run.until("paused", "before detect_edges")
        assert ingested.done("pause-after", short, "--json").json["pause_after"] is True
        ingested.done("resume", short)
        run.until("paused", f"before {STAGE}")
        ingested.done("resume", short)
        run.until("paused", "before preprocess")
        assert ingested.done("pause-after", short, "--json").json["pause_after"] is False
        assert ingested.done("pause-after", short, "--off", "--json").json["pause_after"] is False
        assert ingested.done("status", short, "--json").json["state"] == "paused", "the toggle is for the next stages"
        ingested.done("resume", short)
        assert run.ended() == (0, "")


def test_a_run_whose_parts_are_all_there_is_held_before_its_stages_too(copied: CommandLine) -> None:
    with child(copied, "compile_report:start", "pause") as run:
        status = run.until("paused")
        assert status["place"] == "before compile_report"
        copied.done("resume", status["run_id"])
        assert run.ended() == (0, "")


def test_ctrl_c_ends_a_paused_run_which_can_still_be_resumed(ingested: CommandLine, ran: CommandLine) -> None:
    with child(ingested, f"{STAGE}:1", "pause") as run:
        run_id = run.until("paused")["run_id"]
        run.process.send_signal(signal.SIGINT)
        code, err = run.ended()
    assert (code, err.splitlines()[0]) == (130, "mpr: interrupted")
    assert dagster_status(ingested, run_id) is dg.DagsterRunStatus.CANCELED
    ingested.done("resume", run_id)
    assert report_files(ingested) == report_files(ran)


def test_dagsters_own_terminate_ends_the_run_of_another_process(ingested: CommandLine) -> None:
    with child(ingested, f"{STAGE}:1", "pause") as run:
        run_id = run.until("paused")["run_id"]
        with ingested.inside(), open_instance(Home()) as instance:
            instance.run_launcher.terminate(run_id)  # what the button of the UI calls
        code, err = run.ended()
    assert (code, "why: terminated in Dagster" in err) == (3, True)
    assert dagster_status(ingested, run_id) is dg.DagsterRunStatus.CANCELED
    assert ingested.done("status", run_id, "--json").json["state"] == "stopped"


def test_a_run_marked_as_ended_elsewhere_leaves_at_its_next_look(ingested: CommandLine) -> None:
    with child(ingested, f"{STAGE}:1", "pause") as run:
        run_id = run.until("paused")["run_id"]
        with ingested.inside(), open_instance(Home()) as instance:
            found = instance.get_run_by_id(run_id)
            assert found is not None
            instance.report_run_canceled(found)
        code, err = run.ended()
    assert (code, "why: marked as canceled in Dagster" in err) == (3, True)
    assert dagster_status(ingested, run_id) is dg.DagsterRunStatus.CANCELED


def test_clear_drops_what_a_run_says_of_itself_and_nothing_else(ingested: CommandLine) -> None:
    def results() -> dict[str, int]:
        found = (ingested.home / "media-out").rglob("*")
        return {str(path): path.stat().st_mtime_ns for path in found if path.is_file()}

    with child(ingested, f"{STAGE}:1", "pause") as run:
        run_id = run.until("paused")["run_id"]
        going = ingested("clear", run_id)
        assert (going.code, f"mpr stop {run_id[:8]}" in going.err) == (2, True)
        run.process.kill()
        run.ended()
    paused = ingested("clear", run_id)
    assert (paused.code, "the run is paused" in paused.err) == (2, True)
    ingested.done("stop", run_id)
    assert ingested.done("status", run_id, "--json").json["state"] == "failed"
    before = results()
    assert ingested.done("clear", run_id, "--json").json["deleted_bytes"] > 0
    assert not (ingested.home / "runs" / run_id).exists()
    assert results() == before
    with ingested.inside(), open_instance(Home()) as instance:
        found = instance.get_run_by_id(run_id)
    assert found is not None
    left = {value for tag, value in found.tags.items() if tag.startswith("mpr/control")}
    assert left == {"cleared", f"cleared {run_id[:8]}"}
    for words in ((), ("--follow",), ("--cursor", "12")):
        asked = ingested("events", run_id, *words)
        assert (asked.code, asked.err.splitlines()[1]) == (2, "  why: mpr clear dropped them")
    assert not (ingested.home / "runs" / run_id).exists(), "looking leaves no trace"
    assert ingested.done("clear", run_id, "--json").json["deleted_bytes"] == 0
    ingested.done("retry", run_id)


def test_a_run_that_fails_by_itself_while_it_is_paused_is_not_shown_as_paused(
    copied: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied.inside(), open_instance(Home()) as instance:

        def misspell(_seconds: float) -> None:
            instance.add_run_tags(instance.get_run_ids(limit=1)[0], {CONTROL_TAG: "halt"})

        with monkeypatch.context() as held:
            held.setattr("time.sleep", misspell)
            job = StageJob(copied, instance)
            ended = job.run(stages=("match_brands",), tags={CONTROL_TAG: "pause"}, raise_on_error=False)
    assert [event.kind for event in events_of(copied, ended.run_id)][1:] == ["run_paused", "stage_failed"]
    status = copied.done("status", ended.run_id, "--json").json
    assert (status["state"], status["commands"][0]) == ("failed", f"mpr retry {ended.run_id[:8]}")
    assert copied.done("status", "--json").json == []
    refused = copied("resume", ended.run_id)
    assert (refused.code, refused.err.splitlines()[1]) == (2, "  why: it failed")
    copied.done("clear", ended.run_id)


@pytest.mark.parametrize("word", ["pause", "step", "pause-after", "stop", "resume"])
def test_a_run_that_is_over_takes_no_request(ran: CommandLine, word: str) -> None:
    with ran.inside(), open_instance(Home()) as instance:
        run_id = instance.get_run_ids(limit=1)[0]
    said = ran(word, run_id)
    assert (said.code, said.err.splitlines()[1]) == (2, "  why: it succeeded")


def test_a_process_per_step_is_paused_stepped_and_stopped_alike(ingested: CommandLine) -> None:
    with ingested.inside(), open_instance(Home()) as instance:
        instance.add_dynamic_partitions("timelines", [TIMELINE])
        instance.event_log_storage.set_concurrency_slots("gpu", 1)
    tags = '{"mpr/control.pause-after": "on"}'
    with closing(Child(ingested, "tests.mpr_dagster.control.multiprocess_run", tags)) as run:
        run_id = run.until("paused", "before filter_scenes")["run_id"]
        with ingested.inside(), open_instance(Home()) as instance:
            found = instance.get_run_by_id(run_id)
        assert found is not None
        process = process_of(found)
        assert process is not None
        assert process.id == run.process.pid, "the run's process, not that of one step"
        ingested.done("pause-after", run_id)
        ingested.done("resume", run_id)
        run.until("running")
        ingested.done("pause", run_id)
        run.until("paused")
        ingested.done("stop", run_id)
        _, err = run.ended()
    assert dagster_status(ingested, run_id) is dg.DagsterRunStatus.CANCELED, err
    with ingested.inside(), open_instance(Home()) as instance:
        assert instance.event_log_storage.get_concurrency_info("gpu").active_slot_count == 0
    assert unfinished_parts(ingested) == []
    ingested.done("retry", run_id)
