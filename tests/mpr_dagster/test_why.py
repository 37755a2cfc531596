"""`mpr why`: read on a terminal, in a pipe, and by a program; its command is one that `mpr` takes."""

from __future__ import annotations

import shlex

from mpr_core.explain.explanation import Explanation
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

STAGES = [
    "extract_frames",
    "filter_scenes",
    "detect_objects",
    "preprocess",
    "run_ocr",
    "match_brands",
    "compile_report",
]


def test_a_listing_by_stage_then_the_verdict(ran: CommandLine) -> None:
    said = ran.done("why", TIMELINE, "--brand", "Vantelo", "--at", "0:01.0").out
    lines = said.splitlines()
    assert lines[0] == "Vantelo in match at 00:01.000"
    named = [stage for line in lines for stage in STAGES if line[2:].startswith(f" {stage} ")]
    assert named == STAGES
    assert lines[-1].startswith("Vantelo was detected: airing vantelo-1, ")


def test_lines_are_whole_in_a_pipe_and_folded_on_a_terminal(ran: CommandLine) -> None:
    words = ("why", TIMELINE, "--brand", "Oltessa", "--at", "1", "--box", "20,40,220,110")
    assert ran.done(*words).out.splitlines()[-2].startswith("match_brands cut it: the box there reads 'VANTELO' (")
    for width in (80, 140):
        assert max(map(len, ran.done(*words, COLUMNS=str(width)).out.splitlines())) <= width


def test_json_is_the_explanation(ran: CommandLine) -> None:
    document = ran.done("why", TIMELINE, "--brand", "oltessa", "--at", "3", "--json").json
    found = Explanation.model_validate(document)
    assert (found.format, found.brand, found.detected, found.at_s) == ("mpr.why/1", "Oltessa", True, 3.0)


def test_the_command_of_an_answer_is_one_that_finds_the_brand(copied: CommandLine) -> None:
    copied.done("run", TIMELINE, "--set", "compile_report.min_airing_s=9")
    lost = copied.done("why", TIMELINE, "--brand", "Vantelo", "--at", "1", "--json").json
    assert lost["stopped_at"] == "compile_report"
    said = copied.done("why", TIMELINE, "--brand", "Vantelo", "--at", "1").out
    assert said.splitlines()[-1].strip() == lost["command"]
    copied.done(*shlex.split(lost["command"])[1:], "--label", "cured")
    after = copied.done("why", TIMELINE, "--brand", "Vantelo", "--at", "1", "--node", "cured", "--json").json
    assert after["detected"]


def test_the_end_of_the_timeline_asks_for_its_last_instant(ran: CommandLine) -> None:
    said = ran.done("why", TIMELINE, "--brand", "Oltessa", "--at", "4").out.splitlines()
    assert said[0] == "Oltessa in match at 00:04.000"
    assert said[-1].startswith("Oltessa was detected: airing oltessa-1, ")
