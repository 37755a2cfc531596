"""The Dagster instance of a home: runs that were killed, and homes that never touch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg

from mpr_dagster.home import Home
from mpr_dagster.instance import PROCESS_TAG, close_dead_runs, process_tags
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    """A run that was started and did not end, by whoever the tags name."""
    run = dg.DagsterRun(job_name="detect__generic", status=dg.DagsterRunStatus.STARTED, tags=tags)
    return instance.add_run(run).run_id


def dead_process() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_whose_process_was_killed_is_marked_as_failed_and_no_other() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"})
        alive = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"})
        elsewhere = started(instance, {PROCESS_TAG: f"another-machine:{dead_process()}"})
        copied = started(instance, process_tags("the-run-it-was-copied-from", dead_process()))
        launched = started(instance, {})
        assert close_dead_runs(instance) == [killed]
        states = {run.run_id: run.status for run in instance.get_runs()}
    assert states.pop(killed) == dg.DagsterRunStatus.FAILURE
    assert set(states) == {alive, elsewhere, copied, launched}
    assert set(states.values()) == {dg.DagsterRunStatus.STARTED}


def test_a_killed_run_that_was_being_terminated_is_canceled_and_keeps_no_slot() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        run_id = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"})
        instance.event_log_storage.set_concurrency_slots("gpu", 1)
        instance.event_log_storage.claim_concurrency_slot("gpu", run_id, "detect_objects")
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_canceling(run)
        assert close_dead_runs(instance) == [run_id]
        ended = instance.get_run_by_id(run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.CANCELED
        assert instance.event_log_storage.get_concurrency_info("gpu").active_slot_count == 0


def files_of(home: Path) -> dict[str, tuple[int, int]]:
    """Every file of a home with its size and time of change."""
    return {
        str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_two_homes_never_touch(copied: CommandLine, media: Path, tmp_path: Path) -> None:
    other = CommandLine(tmp_path / "other")
    before = files_of(copied.home)
    with copied.inside():
        environment = dict(os.environ)
        assert other.done("timelines", "--json").json == []
        other.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--brands", media / "brands.json")
        other.done("run", TIMELINE)
        assert dict(os.environ) == environment
    assert [a["brand"] for a in other.done("report", TIMELINE, "--json").json["airings"]] == ["Tavikko"]
    assert files_of(copied.home) == before
    kept = sorted(path.name for path in other.home.iterdir())
    assert kept == ["dagster", "media-in", "media-out", "runs"]


def test_dagsters_own_processes_are_given_this_home(empty: CommandLine) -> None:
    with empty.inside():
        environment = Home().environment()
    assert environment["MPR_HOME"] == str(empty.home)
    assert environment["DAGSTER_HOME"] == str(empty.home / "dagster")
    assert (empty.home / "dagster" / "dagster.yaml").is_file()


def test_secrets_of_the_environment_reach_no_file(copied: CommandLine) -> None:
    secret = "sk-7f3c9e1d5a8b2046"
    names = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GEMINI_API_KEY", "GROQ_API_KEY")
    copied.done("run", TIMELINE, "--set", "match_brands.min_score=90", **dict.fromkeys(names, secret))
    found = [path for path in copied.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert found == []
