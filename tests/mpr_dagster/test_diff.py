"""`mpr diff` on a home that was run twice: text at any width, one JSON document, one page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

SCHEMA = Path(__file__).parents[2] / "docs" / "diff.schema.json"


@pytest.fixture(scope="module")
def twice(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A copy of `ran` with a second run in which airings must last 2.5 s. For reading only."""
    mpr = CommandLine(tmp_path_factory.mktemp("twice") / "home")
    shutil.copytree(ran.home, mpr.home)
    mpr.done("run", TIMELINE, "--set", "compile_report.min_airing_s=2.5", "--set", "match_brands.min_score=81")
    return mpr


@pytest.fixture(scope="module")
def reports(ran: CommandLine, twice: CommandLine) -> tuple[str, str]:
    """The ids of the two reports."""
    first, second = (m.done("timeline", TIMELINE, "--json").json["heads"]["compile_report"]["id"] for m in (ran, twice))
    return first, second


def test_the_text_tells_what_was_set_what_changed_and_why(twice: CommandLine, reports: tuple[str, str]) -> None:
    lines = twice.done("diff", TIMELINE, reports[0][:6], "head").out.splitlines()
    assert lines[0] == f"{TIMELINE}: compile_report {reports[0]} (A), {reports[1]} (B)"
    assert lines[1:3] == ["match_brands.min_score 80 -> 81", "compile_report.min_airing_s 0.4 -> 2.5"]
    (lost,) = [line for line in lines if line.startswith("-  Vantelo ")]
    assert re.split(r"\s{2,}", lost) == [
        *("-", "Vantelo", "00:00.0", "00:02.0", "lost"),
        "it is on screen for less than compile_report.min_airing_s 2.5",
    ]
    assert any(re.match(r"Vantelo +1 -> 0 +2\.0 -> 0\.0 +-2\.0 +50\.0% -> 0\.0%$", line) for line in lines)
    assert lines[-1] == "2 lost, 0 the same"


def test_the_same_node_and_swapped_sides(twice: CommandLine, reports: tuple[str, str]) -> None:
    assert twice.done("diff", TIMELINE, "head", reports[1]).out.splitlines()[-1] == "the same node"
    back = twice.done("diff", TIMELINE, *reports[::-1]).out
    assert "match_brands.min_score 81 -> 80" in back
    assert "in A: it is on screen for less than compile_report.min_airing_s 2.5" in back
    assert back.endswith("\n2 gained, 0 the same\n")


def test_an_earlier_stage_is_compared_row_by_row(ran: CommandLine, twice: CommandLine) -> None:
    nodes = [m.done("timeline", TIMELINE, "--json").json["heads"]["match_brands"]["id"] for m in (ran, twice)]
    lines = twice.done("diff", TIMELINE, *nodes).out.splitlines()
    assert lines[1] == "match_brands.min_score 80 -> 81"
    assert re.fullmatch(r"no difference: decisions: \d+ the same", lines[-1])


def test_the_json_fits_its_schema(twice: CommandLine, reports: tuple[str, str]) -> None:
    document = twice.done("diff", TIMELINE, *reports, "--json").json
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [(a["kind"], a["brand"]) for a in document["airings"]] == [("lost", "Vantelo"), ("lost", "Oltessa")]


def test_the_page_is_written_where_it_is_said(twice: CommandLine, reports: tuple[str, str], tmp_path: Path) -> None:
    said = twice.done("diff", TIMELINE, *reports, "--html").out.strip()
    assert Path(said) == twice.home / "reports" / f"diff-{reports[0]}-{reports[1]}.html"
    text = Path(said).read_text(encoding="utf-8")
    assert text.count('src="data:image/jpeg;base64,') == 2, "a crop of each lost airing"
    other = tmp_path / "new folder" / "page.html"
    assert twice.done("diff", TIMELINE, *reports, "-o", other).out.strip() == str(other)
    assert other.read_text(encoding="utf-8") == text


def test_a_page_that_cannot_be_written_is_said(twice: CommandLine, reports: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = twice("diff", TIMELINE, *reports, "-o", tmp_path / "file" / "page.html")
    assert said.code == 2
    assert said.err.startswith(f"mpr: the page cannot be written: {tmp_path}/file/page.html\n  why: ")


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_text_fits_the_terminal(twice: CommandLine, reports: tuple[str, str], columns: int) -> None:
    lines = twice.done("diff", TIMELINE, *reports, COLUMNS=str(columns)).out.splitlines()
    assert [line for line in lines if len(line) > columns or line != line.rstrip()] == []
    assert "compile_report.min_airing_s" in " ".join(lines[4:])


def test_on_a_small_screen_each_airing_and_brand_is_a_paragraph_of_whole_words(
    twice: CommandLine, reports: tuple[str, str]
) -> None:
    paragraphs = twice.done("diff", TIMELINE, *reports, COLUMNS="40").out.split("\n\n")
    lost = "- Vantelo\n  00:00.0 to 00:02.0\n  lost\n  it is on screen for less than\n  compile_report.min_airing_s 2.5"
    assert lost in paragraphs
    assert "Vantelo\n  airings 1 -> 0\n  seconds 2.0 -> 0.0\n  change -2.0\n  share 50.0% -> 0.0%" in paragraphs
