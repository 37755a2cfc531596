"""Runs with INFERENCE_URL: the host is asked, its token is written nowhere, and without it the profile decides what becomes of a stage."""

from __future__ import annotations

import json
from pathlib import Path

from mpr_core.inference.in_process import InProcess
from tests.free_port import free_port
from tests.mpr_core.inference.host.stand_in_host import standing_in
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE

SECRET = "t0ken-that-nobody-else-has"


def heads(mpr: CommandLine) -> dict[str, str]:
    """The head node of each stage."""
    folder = mpr.home / "media-out" / "timelines" / TIMELINE / "heads"
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["node"] for path in folder.glob("*.json")}


def holding(folder: Path, text: str) -> list[str]:
    """The files below a folder that hold a text."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_run_asks_the_host_and_writes_its_token_nowhere(ingested: CommandLine, ran: CommandLine) -> None:
    with standing_in(InProcess()) as host:
        ingested.done("run", TIMELINE, INFERENCE_URL=host.url, INFERENCE_TOKEN=SECRET)
        assert {type(asked).__name__ for asked in host.asked} >= {"DetectRequest", "PreprocessRequest", "OcrRequest"}
        assert host.shown == {f"Bearer {SECRET}"}
    assert heads(ingested) == heads(ran)
    assert holding(ingested.home, SECRET) == []


def test_without_the_host_the_profile_may_have_it_done_here(ingested: CommandLine) -> None:
    path = ingested.home / "profiles" / f"{PROFILE}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("pipeline:\n", "pipeline:\n  in_process_after_s: 0.5\n", 1), encoding="utf-8")
    assert "in_process_after_s" in path.read_text(encoding="utf-8")
    said = ingested.done("run", TIMELINE, INFERENCE_URL=f"http://127.0.0.1:{free_port()}")
    assert "done in-process" in said.out + said.err


def test_without_the_host_a_run_fails_with_what_to_do(ingested: CommandLine) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    said = ingested("run", TIMELINE, INFERENCE_URL=url, MPR_INFERENCE_PATIENCE_S="0.5")
    assert said.code == 1
    assert f"the inference host does not answer: {url}" in said.err
    assert "what was finished is kept" in said.err
