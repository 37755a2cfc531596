"""Replays as processes of their own: one killed in the middle, two at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.test_replay import heads, nodes, part_files

GIVE_UP_S = 120
OCR = ("replay", TIMELINE, "--stage", "run_ocr", "--set", "run_ocr.min_score=0.61", "--json")
LOOSE = ("replay", TIMELINE, "--stage", "run_ocr", "--set", "run_ocr.agree_score=0.5", "--json")


def start(mpr: CommandLine, *words: str) -> subprocess.Popen[str]:
    with mpr.inside():
        command = [sys.executable, "-m", "mpr_dagster.cli.program", *words]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )


def ended(process: subprocess.Popen[str]) -> dict[str, str]:
    out, err = process.communicate(timeout=GIVE_UP_S)
    assert process.returncode == 0, err
    return nodes(json.loads(out))


def wait_for(folder: Path, before: int) -> None:
    """Until there is one part more in a folder."""
    until = time.monotonic() + GIVE_UP_S
    while len(list(folder.glob("*/*/part.json"))) <= before:
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture
def undisturbed(ran: CommandLine, tmp_path: Path) -> CommandLine:
    """Another copy of the home, to compare with."""
    shutil.copytree(ran.home, tmp_path / "undisturbed")
    return CommandLine(tmp_path / "undisturbed")


@pytest.mark.parametrize("stage", ["run_ocr", "match_brands", "escalate_cloud"])
def test_a_replay_that_was_killed_is_finished_by_the_same_command(
    copied: CommandLine, undisturbed: CommandLine, stage: str
) -> None:
    before = heads(copied)
    folder = copied.home / "media-out" / "parts" / stage
    process = start(copied, *OCR)
    wait_for(folder, len(list(folder.glob("*/*/part.json"))))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert heads(copied) == before
    left = {name: data for name, data in part_files(copied).items() if name.endswith("part.json")}
    expected = nodes(undisturbed.done(*OCR).json)
    assert nodes(copied.done(*OCR).json) == expected
    assert heads(copied) == before
    found = part_files(copied)
    assert {name: found[name] for name in left} == left
    assert found == part_files(undisturbed)
    with copied.inside(), open_instance(Home()) as instance:
        statuses = [run.status for run in instance.get_runs(limit=2)]
    assert statuses == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def test_two_replays_at_once_harm_neither_each_other_nor_the_heads(
    copied: CommandLine, undisturbed: CommandLine
) -> None:
    before = heads(copied)
    together = [start(copied, *OCR), start(copied, *LOOSE)]
    found = [ended(process) for process in together]
    assert found == [nodes(undisturbed.done(*words).json) for words in (OCR, LOOSE)]
    assert found[0]["compile_report"] != found[1]["compile_report"]
    assert part_files(copied) == part_files(undisturbed)
    assert heads(copied) == before
