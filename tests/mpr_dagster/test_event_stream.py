"""`mpr events`: every line once, from any cursor on, to the end of the run, whoever started it and however it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from mpr_core.runner.events import Event, EventLog, read_events
from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.control.process import process_tags
from mpr_dagster.event_stream import EventStream
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.stage_job import StageJob
from tests.mpr_dagster.test_terminal import command

WAIT_S = 60
DEAD = 2**22 + 1  # more than any process id there is


@pytest.fixture(scope="module")
def run_id(ran: CommandLine) -> str:
    """The run of the home `ran`."""
    return next((ran.home / "runs").iterdir()).name


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def begun(mpr: CommandLine, status: dg.DagsterRunStatus, process: int | None = None) -> tuple[str, EventLog]:
    """A run of this home that Dagster knows in a given state, in a given process, and whose events have begun."""
    with mpr.inside(), open_instance(Home()) as instance:
        run = create_run_for_test(instance, status=status, tags={"dagster/partition": TIMELINE})
        if process is not None:
            instance.add_run_tags(run.run_id, process_tags(run.run_id, process))
        log = EventLog(Home().events_path(run.run_id))
    log(Event(kind="run_started", run_id=run.run_id, timeline=TIMELINE))
    return run.run_id, log


def test_every_line_is_printed_with_the_cursor_behind_it(ran: CommandLine, run_id: str) -> None:
    file = ran.home / "runs" / run_id / "events.jsonl"
    printed = lines(ran.done("events", run_id[:6]).out)
    assert [{k: v for k, v in line.items() if k != "cursor"} for line in printed] == lines(file.read_text())
    assert printed[-1]["cursor"] == file.stat().st_size
    assert (printed[0]["kind"], printed[-1]["kind"]) == ("run_started", "run_finished")
    for i in (0, 7, len(printed) - 1):
        assert lines(ran.done("events", run_id, "--cursor", str(printed[i]["cursor"])).out) == printed[i + 1 :]
    assert lines(ran.done("events", run_id, "--json", "--follow").out) == printed, "a run that is over has an end"


def test_kinds_are_chosen_and_a_cursor_still_leads_on(ran: CommandLine, run_id: str) -> None:
    every = lines(ran.done("events", run_id).out)
    chosen = lines(ran.done("events", run_id, "--kind", "cost", "--kind", "stage_finished").out)
    assert chosen == [line for line in every if line["kind"] in ("cost", "stage_finished")]
    assert [line["stage"] for line in chosen if line["kind"] == "stage_finished"] == list(STAGE_NAMES)
    rest = ran.done("events", run_id, "--kind", "cost", "--cursor", str(chosen[3]["cursor"])).out
    assert lines(rest) == [line for line in chosen[4:] if line["kind"] == "cost"]


def test_a_run_that_a_webserver_started_begins_and_ends_like_any_other(copied: CommandLine) -> None:
    with copied.inside(), open_instance(Home()) as instance:
        result = StageJob(copied, instance).run({"match_brands": {"min_score": 90.0}}, stages=("match_brands",))
    printed = lines(copied.done("events", result.run_id, "--follow").out)
    assert [line["kind"] for line in printed if line["kind"].startswith("run_")] == ["run_started", "run_finished"]
    assert (printed[0]["message"], printed[0]["timeline"]) == ("match_brands", TIMELINE)
    assert (printed[-1]["status"], printed[-1]["timeline"]) == ("done", TIMELINE)
    assert lines(copied.done("events", result.run_id, "--cursor", str(printed[-2]["cursor"])).out) == printed[-1:]
    assert copied.done("events", result.run_id, "--cursor", str(printed[-1]["cursor"]), "--follow").out == ""


@pytest.mark.parametrize(
    ("status", "word", "said"),
    [
        (dg.DagsterRunStatus.SUCCESS, None, "done"),
        (dg.DagsterRunStatus.FAILURE, None, "failed"),
        (dg.DagsterRunStatus.CANCELED, None, "interrupted"),
        (dg.DagsterRunStatus.CANCELED, "run_stopped", "stopped"),
        (dg.DagsterRunStatus.CANCELED, "run_paused", "paused"),
    ],
)
def test_the_end_that_a_run_could_not_write_is_dagsters(
    copied: CommandLine, status: dg.DagsterRunStatus, word: Any, said: str
) -> None:
    run, log = begun(copied, status)
    if word:
        log(Event(kind=word))
    end = lines(copied.done("events", run, "--follow").out)[-1]
    assert (end["kind"], end["status"], end["run_id"]) == ("run_finished", said, run)


def test_a_run_ended_when_its_process_was_last_heard_of_not_when_someone_looked(copied: CommandLine) -> None:
    run, log = begun(copied, dg.DagsterRunStatus.STARTED, DEAD)
    log(Event(kind="log", at=4102444800.0, message="the last words"))  # far off: every other time is another one
    end = lines(copied.done("events", run, "--follow").out)[-1]
    assert (end["kind"], end["status"], end["at"]) == ("run_finished", "failed", 4102444800.0)
    with copied.inside(), open_instance(Home()) as instance:
        result = StageJob(copied, instance).run(stages=("match_brands",))
        said = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.RUN_SUCCESS).records
    end = lines(copied.done("events", result.run_id, "--follow").out)[-1]
    assert (end["kind"], end["at"]) == ("run_finished", said[0].timestamp)


def test_a_killed_run_is_closed_and_half_a_line_of_it_is_passed_over(copied: CommandLine) -> None:
    run, log = begun(copied, dg.DagsterRunStatus.STARTED, DEAD)
    with log.path.open("a") as out:
        out.write('{"kind": "progr')
    printed = lines(copied.done("events", run, "--follow").out)
    assert [(line["kind"], line.get("status")) for line in printed] == [
        ("run_started", None),
        ("run_finished", "failed"),
    ]
    assert lines(copied.done("events", run).out) == printed


def test_of_many_readers_one_writes_the_end(copied: CommandLine) -> None:
    run, log = begun(copied, dg.DagsterRunStatus.SUCCESS)

    def read(_number: int) -> list[str]:
        stream = EventStream(Home(), run)
        try:
            return [line.document["kind"] for found in stream.lines(follow=True) for line in found]
        finally:
            stream.close()

    with copied.inside(), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(4))) == [["run_started", "run_finished"]] * 4
    assert [event.kind for event in read_events(log.path)[0]] == ["run_started", "run_finished"]


@pytest.fixture
def running(copied: CommandLine) -> tuple[str, EventLog]:
    """A run that goes on: its process is this one."""
    return begun(copied, dg.DagsterRunStatus.STARTED, os.getpid())


@pytest.fixture
def follower(copied: CommandLine, running: tuple[str, EventLog]) -> Iterator[subprocess.Popen[bytes]]:
    """`mpr events --follow` as a process of its own, which has printed the first line."""
    process = subprocess.Popen(  # type: ignore[call-overload]
        **command(copied, "events", running[0][:8], "--follow"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    assert json.loads(process.stdout.readline())["kind"] == "run_started"
    yield process
    process.kill()
    for pipe in (process.stdout, process.stderr):
        pipe.close()
    process.wait()


def test_a_follower_gets_each_line_once_while_the_run_writes_and_then_ends(
    follower: subprocess.Popen[bytes], running: tuple[str, EventLog]
) -> None:
    _, log = running

    def write() -> None:
        for number in range(300):
            log(Event(kind="log", message=str(number)))
            with log.path.open("ab", buffering=0) as out:  # in two pieces, as a slow disk would
                out.write(b'{"kind": "log", "message": ')
                if number % 60 == 0:
                    time.sleep(0.25)
                out.write(b'"half", "at": 1, "format": "mpr.event/1"}\n')
        log(Event(kind="run_finished", status="done"))

    writer = threading.Thread(target=write)
    writer.start()
    assert follower.stdout is not None
    printed = [json.loads(line) for line in follower.stdout]
    writer.join()
    assert follower.wait(WAIT_S) == 0
    assert [line["message"] for line in printed[:-1] if line["message"] != "half"] == [str(n) for n in range(300)]
    assert len(printed) == 601
    assert [line["cursor"] for line in printed] == sorted({line["cursor"] for line in printed})


def test_ctrl_c_leaves_without_a_word(follower: subprocess.Popen[bytes]) -> None:
    os.kill(follower.pid, signal.SIGINT)
    assert follower.wait(WAIT_S) == 130
    assert follower.stderr is not None
    assert follower.stderr.read() == b""


def test_a_reader_that_goes_away_ends_the_follower_although_nothing_more_is_said(
    follower: subprocess.Popen[bytes],
) -> None:
    assert follower.stdout is not None
    assert follower.stderr is not None
    follower.stdout.close()
    assert follower.wait(WAIT_S) == 0
    assert follower.stderr.read() == b""


def test_a_run_whose_events_no_one_began_is_waited_for(copied: CommandLine) -> None:
    with copied.inside(), open_instance(Home()) as instance:
        run = create_run_for_test(instance, status=dg.DagsterRunStatus.NOT_STARTED)
    assert copied.done("events", run.run_id).out == ""
    assert not Path(copied.home / "runs" / run.run_id).exists(), "looking leaves no trace"


def test_a_launched_run_that_fails_before_any_stage_says_why_in_its_last_line(copied: CommandLine) -> None:
    with copied.inside(), open_instance(Home()) as instance:
        failed = StageJob(copied, instance).run(
            stages=["match_brands"], tags={"mpr/pin.run_ocr": "no-such-label"}, raise_on_error=False
        )
    assert not failed.success
    last = lines(copied.done("events", failed.run_id).out)[-1]
    assert (last["kind"], last["status"]) == ("run_finished", "failed")
    assert "no-such-label" in last["message"]
    assert "Error" not in last["message"].splitlines()[0], "in our words, not a class's name"
    assert copied.done("status", failed.run_id, "--json").json["why"] == last["message"].splitlines()[0]
