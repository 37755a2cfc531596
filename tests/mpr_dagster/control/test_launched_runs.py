"""Control of runs that the daemon launched: paused while webserver, daemon and code server are ended and started again."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.control.process import process_of
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.control.test_requests import report_files
from tests.mpr_dagster.ui_processes import UserInterface, cpu_ticks

STAGE = "detect_objects"
SEGMENTS = 12
Start = Callable[[], UserInterface]


@pytest.fixture
def ingested(media: Path, tmp_path: Path) -> CommandLine:
    """A home with a film of 24 s in segments of 2 s, 16 frames each, so that a stage takes some seconds."""
    signs = (Sign("VANTELO", (40, 60)), Sign("Oltessa", (330, 210)))
    film = draw_film(tmp_path / "long.mp4", (Shot(Fraction(24), signs, place=1, pan_px=10),), size_px=(640, 360))
    mpr = CommandLine(tmp_path / "home")
    written = Path(mpr.done("profiles", "copy", "generic", PROFILE, "--json").json["path"])
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("    fps: 2\n", "    fps: 8\n    segment_s: 2\n"), encoding="utf-8")
    mpr.done("ingest", film, "--timeline", TIMELINE, "--profile", PROFILE, "--brands", media / "brands.json")
    return mpr


@pytest.fixture
def start(ingested: CommandLine, tmp_path: Path) -> Iterator[Start]:
    """Starts `mpr ui`; whatever of it is left is ended with the test."""
    started: list[UserInterface] = []

    def begin() -> UserInterface:
        started.append(UserInterface(ingested, tmp_path / "ui.log"))
        started[-1].until_up()
        return started[-1]

    yield begin
    for one in started:
        one.kill(one.seen | one.processes())


def until(mpr: CommandLine, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The status of the run that goes on (there is one), once it fits."""
    while True:
        for status in mpr.done("status", "--json").json:
            if fits(status):
                return dict(status)
        time.sleep(0.2)


def process_of_run(mpr: CommandLine, run_id: str) -> int:
    with mpr.inside(), open_instance(Home()) as instance:
        run = instance.get_run_by_id(run_id)
        process = process_of(run) if run is not None else None
    assert process is not None
    return process.id


def test_a_run_paused_inside_a_stage_survives_the_end_of_everything(
    ingested: CommandLine, start: Start, tmp_path: Path
) -> None:
    undisturbed = CommandLine(tmp_path / "undisturbed")
    shutil.copytree(ingested.home, undisturbed.home)
    undisturbed.done("run", TIMELINE)

    first = start()
    first.launch(f"detect__{PROFILE}", {"dagster/partition": TIMELINE})
    run_id = until(ingested, lambda status: status["stage"] == STAGE)["run_id"]
    ingested.done("pause", run_id)
    held = until(ingested, lambda status: status["state"] == "paused")
    assert held["stage"] == STAGE
    assert 0 < held["segments_done"] < SEGMENTS

    process = process_of_run(ingested, run_id)
    before = cpu_ticks(process)
    time.sleep(10)
    assert cpu_ticks(process) - before < 10, "hundredths of a second in ten seconds: less than 1%"

    # The webserver and the daemon go; the run's process, a child of the code server, stays, and answers.
    everything = first.processes()
    serving = {p: words for p, words in everything.items() if "webserver" in words or "_daemon" in words}
    assert len(serving) == 2
    first.kill(serving | {first.process.pid: ""})
    second = start()
    answered = ingested.done("pause", run_id, "--json").json
    assert (answered["state"], answered["outcome"]) == ("paused", "answered")

    # Everything goes, the run's process too.
    first.kill(everything)
    second.kill(second.processes())
    start()
    gone = ingested.done("status", run_id, "--json").json
    assert (gone["state"], gone["ended"], gone["place"]) == ("paused", True, held["place"])
    outcome = ingested.done("resume", run_id, "--json").json
    assert [stage["name"] for stage in outcome["stages"]] == list(STAGE_NAMES[STAGE_NAMES.index(STAGE) :])
    assert outcome["parts"]["reused"] == held["segments_done"]
    assert report_files(ingested) == report_files(undisturbed)


def test_a_launched_run_ends_as_canceled_by_stop_by_terminate_and_by_ctrl_c_in_mpr_ui(
    ingested: CommandLine, start: Start
) -> None:
    """Each is launched with a tag that holds it before its first stage."""
    ui = start()

    def launch() -> str:
        ui.launch(f"detect__{PROFILE}", {"dagster/partition": TIMELINE, "mpr/control": "pause"})
        held = until(ingested, lambda status: status["state"] == "paused" and not status["ended"])
        assert held["place"] == "before extract_frames"
        return str(held["run_id"])

    def ended(run_id: str) -> dict[str, Any]:
        while not (status := ingested.done("status", run_id, "--json").json)["ended"]:
            time.sleep(0.2)
        assert status["dagster_status"] == dg.DagsterRunStatus.CANCELED.value
        return dict(status)

    stopped = launch()
    ingested.done("stop", stopped)
    assert ended(stopped)["state"] == "stopped"

    terminated = launch()
    with ingested.inside(), open_instance(Home()) as instance:
        assert instance.run_launcher.terminate(terminated)  # what the button of the UI calls
    assert ended(terminated)["state"] == "stopped"

    interrupted = launch()
    ui.processes()
    os.killpg(ui.process.pid, signal.SIGINT)
    assert ended(interrupted)["state"] == "paused", "it can be resumed"
    ui.process.wait()
