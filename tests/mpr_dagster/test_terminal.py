"""`mpr` as a process of its own: on a terminal while it runs, stopped by Ctrl-C, killed, and Dagster's own command beside it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from mpr_core.runner.events import Event, read_events
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

ROOT = Path(__file__).parents[2]
_STYLING = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")


def command(mpr: CommandLine, *words: str) -> dict[str, object]:
    """Arguments of a process that runs one command line in this home."""
    with mpr.inside(PYTHONPATH=os.pathsep.join(sys.path), TERM="xterm-256color"):
        environment = dict(os.environ)
    return {"args": [sys.executable, "-m", "mpr_dagster.cli.program", *words], "env": environment, "cwd": ROOT}


class Terminal:
    """A process on a terminal of 80 columns and what it has drawn so far, without colours and movements."""

    def __init__(self, mpr: CommandLine, *words: str) -> None:
        self._screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        self.process = subprocess.Popen(
            **command(mpr, *words),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,  # type: ignore[call-overload]
        )
        os.close(inner)
        self.drawn = b""

    def until(self, found: Callable[[str], bool]) -> str:
        """Read on until the text drawn fits, or the process ends."""
        while not found(self.text):
            try:
                block = os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            self.drawn += block
        return self.text

    @property
    def text(self) -> str:
        return _STYLING.sub(b"", self.drawn).decode(errors="replace")

    def close(self) -> int:
        """Wait for the process; its exit code."""
        self.until(lambda _text: False)
        os.close(self._screen)
        return self.process.wait()


def last_events(mpr: CommandLine) -> list[Event]:
    newest = max((mpr.home / "runs").glob("*/events.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    return read_events(newest)[0]


def test_a_terminal_sees_each_stage_as_it_ends_and_ctrl_c_keeps_what_is_done(ingested: CommandLine) -> None:
    terminal = Terminal(ingested, "run", TIMELINE)
    seen = terminal.until(lambda text: "✓  extract_frames" in text)
    assert "done in" not in seen, "the table is drawn while the run goes on"
    assert "compile_report" in seen
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.close() == 130
    assert terminal.text.endswith("mpr: interrupted\n  do:  run the same command again: finished segments are kept\n")
    assert "Traceback" not in terminal.text
    assert (last_events(ingested)[-1].kind, last_events(ingested)[-1].status) == ("run_finished", "interrupted")
    again = ingested.done("run", TIMELINE).out
    assert "extract_frames: unchanged, 2 parts reused: " in again


def test_a_terminal_shows_that_the_run_is_paused_and_how_to_go_on_and_ctrl_c_works_meanwhile(
    ingested: CommandLine,
) -> None:
    terminal = Terminal(ingested, "run", TIMELINE)
    terminal.until(lambda text: "✓  extract_frames" in text)
    run_id = last_events(ingested)[0].run_id
    ingested.done("pause", run_id)
    seen = terminal.until(lambda text: "‖" in text)
    assert f"paused; mpr resume {run_id[:8]}" in seen
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.close() == 130
    assert "Traceback" not in terminal.text
    assert last_events(ingested)[-1].status == "interrupted"


def test_a_killed_run_is_closed_by_the_next_one_which_goes_on_where_it_stopped(ingested: CommandLine) -> None:
    terminal = Terminal(ingested, "run", TIMELINE)
    terminal.until(lambda text: "✓  extract_frames" in text)
    terminal.process.kill()
    assert terminal.close() == -signal.SIGKILL
    killed = last_events(ingested)[0].run_id
    assert "extract_frames: unchanged, 2 parts reused: " in ingested.done("run", TIMELINE).out
    with ingested.inside(), open_instance(Home()) as instance:
        states = {run.run_id: run.status for run in instance.get_runs()}
    assert states.pop(killed) == dg.DagsterRunStatus.FAILURE
    assert list(states.values()) == [dg.DagsterRunStatus.SUCCESS]


def test_dagsters_own_command_materializes_on_the_same_home(copied: CommandLine) -> None:
    settings = command(copied)
    settings["env"] = {**settings["env"], "DAGSTER_HOME": str(copied.home / "dagster")}  # type: ignore[dict-item]
    dagster = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "mpr_dagster.definitions"]
    settings["args"] = [*dagster, "--select", "extract_frames,filter_scenes", "--partition", TIMELINE]
    done = subprocess.run(**settings, capture_output=True, text=True, check=False)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    assert "extract_frames: unchanged, 2 parts reused: 8 frames" in done.stderr
    with copied.inside(), open_instance(Home()) as instance:
        newest = instance.get_latest_materialization_event(dg.AssetKey("filter_scenes"))
    assert newest is not None
    assert newest.asset_materialization is not None
    assert newest.asset_materialization.metadata["parts_computed"].value == 0


def test_a_reader_that_has_seen_enough_gets_no_complaint(ran: CommandLine) -> None:
    process = subprocess.Popen(**command(ran, "stages", "--verbose"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # type: ignore[call-overload]
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()
