"""docs/bad-input.md, row by row: each input through the command line, its answer, its exit code, and nothing left behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mpr_core.store.s3_wire import moto_wire
from tests.mpr_dagster.bad_files import bad_files
from tests.mpr_dagster.bad_input import CASES, FILES, IDS, LISTS, Case, answer
from tests.mpr_dagster.changed_homes import nothing
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"
ROOT = not hasattr(os, "geteuid") or os.geteuid() == 0


def rows() -> list[str]:
    return [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "`mpr" in line]


@pytest.fixture(scope="module")
def files(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bad_files(tmp_path_factory.mktemp("bad") / "files", media)


@pytest.fixture(scope="module")
def shared(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """One home for all commands that are refused as it is."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(ran.home, home)
    return CommandLine(home)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server without the bucket that is asked for."""
    with moto_wire() as wire:
        yield wire.endpoint_url


@pytest.fixture
def mpr(request: pytest.FixtureRequest, case: Case) -> CommandLine:
    """The shared home, or a copy for a command that changes something."""
    return request.getfixturevalue("shared" if case.change is nothing and case.code else "copied")


def kept(home: Path) -> dict[str, bytes]:
    """Source video and timelines of a home."""
    found = [*home.glob("media-in/**/*"), *home.glob("media-out/timelines/*/timeline.json")]
    return {str(path.relative_to(home)): path.read_bytes() for path in found if path.is_file()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section}: {case.what}")
def test_the_answer_is_the_one_in_the_table(case: Case, mpr: CommandLine, files: Path, server: str) -> None:
    if case.not_for_root and ROOT:
        pytest.skip("root may read everything")
    before = kept(mpr.home) if case.change is nothing else {}
    said = case.run(mpr, files, *([] if "--json" in case.words or not case.code else ["--json"]), server=server)
    assert said.code == case.code
    assert case.row(*answer(said, mpr, files)) in rows()
    assert "Traceback" not in said.err
    if case.code:
        head, *rest = said.err.splitlines()
        error = said.json["error"]
        assert head == f"mpr: {error['what']}" + (f": {error['where']}" if error["where"] else "")
        assert rest == [f"  {label}{text}" for label, text in (("why: ", error["why"]), ("do:  ", error["do"])) if text]
        assert error["do"]
        assert error["exit_code"] == case.code
    if before and case.keeps_timelines:
        assert kept(mpr.home) == before


def test_the_table_has_no_row_that_is_not_tested() -> None:
    assert len(rows()) == len(CASES) == len(set(rows()))
    headings = [
        line.removeprefix("## ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")
    ]
    assert headings == list(dict.fromkeys(case.section for case in CASES))


def test_a_refused_ingest_leaves_no_trace_in_a_new_home(empty: CommandLine, files: Path) -> None:
    ingests = [case for case in CASES if case.section in (FILES, IDS, LISTS) and case.words.startswith("ingest ")]
    refused = [
        case for case in ingests if case.code and TIMELINE not in case.words and not (case.not_for_root and ROOT)
    ]
    assert len(refused) > 20
    for case in refused:
        assert case.run(empty, files).code == 2
    assert empty.done("timelines", "--json").json == []
    assert kept(empty.home) == {}


def test_a_damaged_chunk_is_said_in_every_later_place(empty: CommandLine, files: Path) -> None:
    said = empty.done("ingest", files / "truncated.mkv", "--timeline", "cut", "--brands", files / "brands.json")
    assert "damaged: truncated.mkv from 00:01.3 on, not used: the file is cut short" in said.out
    assert (
        "damaged: truncated.mkv, not used from 00:01.3 on: the file is cut short" in empty.done("timeline", "cut").out
    )
    strict = empty("run", "cut", "--strict")
    assert (strict.code, strict.err.splitlines()[0].startswith("mpr: the timeline has a damaged chunk: ")) == (2, True)
    run = empty.done("run", "cut")
    assert "damaged: truncated.mkv from 00:01.3 on, not used" in run.out
    report = empty.done("report", "cut", "--json").json
    assert [(entry["chunk_key"].endswith("/truncated.mkv"), entry["start_s"]) for entry in report["damaged"]] == [
        (True, 1.32)
    ]
    assert "cut short" in next(empty.home.glob("media-out/reports/*/*/report.html")).read_text(encoding="utf-8")
    heads = empty.done("timeline", "cut", "--json").json["heads"]
    assert {bool(node["damaged"]) for node in heads.values()} == {True}


@pytest.mark.parametrize("words", [("report", "nosuch"), ("timeline", "match"), ("run", "match", "--nope")])
def test_debug_shows_the_traceback_and_then_the_same_message(copied: CommandLine, words: tuple[str, ...]) -> None:
    (copied.home / "media-out" / "timelines" / TIMELINE / "timeline.json").write_text("{")
    plain = copied(*words)
    assert plain.code in (1, 2)
    for place in (["--debug", *words], [*words, "--debug"]):
        told = copied(*place)
        assert told.code == plain.code
        assert told.err.startswith("Traceback (most recent call last)")
        assert told.err.endswith(plain.err)
