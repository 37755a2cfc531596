"""What commands print: JSON that is nothing but JSON, and text that reads well at any width."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_dagster.cli.main import app
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import BRANDS, PROFILE, TIMELINE

REPORT_SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
READING = (
    ("timelines",),
    ("timeline", TIMELINE),
    ("report", TIMELINE),
    ("stages",),
    ("stages", "--verbose"),
    ("profiles", "list"),
)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_at_a_pipe_lines_are_whole_and_end_with_a_letter(ran: CommandLine, words: tuple[str, ...]) -> None:
    lines = ran.done(*words).out.splitlines()
    assert lines
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_text_fits_the_terminal_and_breaks_no_name(ran: CommandLine, words: tuple[str, ...], columns: int) -> None:
    out = ran.done(*words, COLUMNS=str(columns)).out
    paths = [line for line in out.splitlines() if str(ran.home) in line]
    assert [line for line in out.splitlines() if len(line) > columns and line not in paths] == []
    names = {
        "timelines": [TIMELINE, PROFILE, "11/11"],
        "timeline": ["film.mp4", "h264 320x180", *STAGE_NAMES, *(n["id"] for n in heads(ran).values())],
        "report": ["Vantelo", "Oltessa", "match_brands", *paths],
        "stages": [*STAGE_NAMES],
        "profiles": ["soccer_broadcast", "shipped", PROFILE],
    }[words[0]]
    for name in names:
        assert name in out


def heads(mpr: CommandLine) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = mpr.done("timeline", TIMELINE, "--json").json["heads"]
    return found


def test_a_timeline_shows_its_chunks_and_where_each_stage_stands(ran: CommandLine) -> None:
    lines = ran.done("timeline", TIMELINE).out.splitlines()
    assert lines[0] == f"timeline {TIMELINE}: 00:04.0, profile {PROFILE}, its own list of 4 brands"
    first = next(line for line in lines if line.startswith("extract_frames"))
    assert re.search(r" 8 frames, 100 decoded, \d+\.\d kB$", first)
    skipped = next(line for line in lines if line.startswith("detect_edges"))
    assert skipped.split()[3] == "skipped"
    assert skipped.endswith("  switched off in the configuration"), "no zero counts"
    document = ran.done("timeline", TIMELINE, "--json").json
    assert document["id"] == TIMELINE
    assert tuple(document["heads"]) == STAGE_NAMES


def test_a_stage_that_never_ran_is_said_to_have_never_run(ingested_once: CommandLine) -> None:
    out = ingested_once.done("timeline", TIMELINE).out
    assert out.count("never ran") == 11
    assert ingested_once.done("timeline", TIMELINE, "--json").json["heads"]["run_ocr"] is None


def test_the_list_of_timelines(ran: CommandLine, empty: CommandLine) -> None:
    assert ran.done("timelines", "--json").json == [
        {
            "timeline": TIMELINE,
            "chunks": 1,
            "duration_s": 4.0,
            "profile": PROFILE,
            "brands": 4,
            "stages_run": 11,
            "stages": 11,
        }
    ]
    assert empty.done("timelines", "--json").json == []
    assert empty.done("timelines").out == "no timelines yet: mpr ingest VIDEO --timeline ID\n"


def test_a_timeline_that_cannot_be_read_hides_no_other(copied: CommandLine) -> None:
    broken = copied.home / "media-out" / "timelines" / "broken"
    broken.mkdir()
    (broken / "timeline.json").write_text("{")
    listed = {entry["timeline"]: entry for entry in copied.done("timelines", "--json").json}
    assert set(listed) == {"broken", TIMELINE}
    assert "not JSON" in listed["broken"]["error"]
    assert "stored document is damaged" in copied.done("timelines").out


def test_the_report_as_json_is_report_json_and_fits_its_schema(ran: CommandLine) -> None:
    said = ran.done("report", TIMELINE, "--json")
    jsonschema.validate(said.json, json.loads(REPORT_SCHEMA.read_text(encoding="utf-8")))
    assert said.out.encode() == next(ran.home.glob("media-out/reports/*/*/report.json")).read_bytes()
    assert {a["brand"] for a in said.json["airings"]} == {"Vantelo", "Oltessa"}
    assert [stage["name"] for stage in said.json["stages"]] == list(STAGE_NAMES)


def test_the_report_as_csv_has_a_row_for_each_airing(ran: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(ran.done("report", TIMELINE, "--csv").out)))
    assert [(row["brand"], float(row["start_s"]), float(row["end_s"])) for row in rows] == [
        ("Vantelo", 0.0, 2.0),
        ("Oltessa", 2.0, 4.0),
    ]


def test_the_report_opens_in_a_browser_or_says_where_it_is(ran: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    assert "no browser" not in ran.done("report", TIMELINE, "--open").out
    page = next(ran.home.glob("media-out/reports/*/*/report.html"))
    assert opened == [page.as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda _url: False)
    assert ran.done("report", TIMELINE, "--open").out.splitlines()[-1].endswith(page.as_uri())


def test_the_stages_as_json_hold_every_knob(empty: CommandLine) -> None:
    stages = {stage["name"]: stage for stage in empty.done("stages", "--json").json}
    assert tuple(stages) == STAGE_NAMES
    for name, stage in STAGES.items():
        assert set(stages[name]["config"]) == set(stage.config.model_fields)
        assert stages[name]["needs"] == list(stage.needs)


def test_every_knob_is_listed_with_its_description(empty: CommandLine) -> None:
    out = empty.done("stages", "--verbose").out
    for stage in STAGES.values():
        for name, field in stage.config.model_fields.items():
            line = next(line for line in out.splitlines() if line.startswith(f"  {name} "))
            assert line
            assert str(field.description) in out


def test_profiles_are_listed_shown_copied_and_checked(empty: CommandLine) -> None:
    assert [p["name"] for p in empty.done("profiles", "list", "--json").json] == ["fast", "generic", "soccer_broadcast"]
    written = Path(empty.done("profiles", "copy", "fast", "mine", "--json").json["path"])
    assert written == empty.home / "profiles" / "mine.yaml"
    assert empty.done("profiles", "validate", "mine", "--json").json["name"] == "mine"
    assert empty.done("profiles", "validate", written).out.startswith("mine: valid, no brand list of its own, without")
    assert empty.done("profiles", "show", "mine").out == written.read_text(encoding="utf-8")
    assert empty.done("profiles", "show", "mine", "--json").json["configs"]["extract_frames"]["fps"] == 1
    config = empty.done("profiles", "show", "mine", "--run-config", "--json").json
    assert tuple(config["ops"]) == STAGE_NAMES
    assert config["ops"]["extract_frames"]["config"]["fps"] == 1
    written.write_text("name: [")
    listed = {p["name"]: p for p in empty.done("profiles", "list", "--json").json}
    assert set(listed) == {"fast", "generic", "mine", "soccer_broadcast"}
    assert listed["mine"]["error"].startswith("not YAML: line 1")
    assert "mpr profiles validate mine" in empty.done("profiles", "list").out


def test_a_brand_list_is_checked(empty: CommandLine, media: Path) -> None:
    said = empty.done("brands", "check", media / "brands.json", "--json").json
    assert [brand["canonical_name"] for brand in said["brands"]] == list(BRANDS)
    assert empty.done("brands", "check", media / "brands.json").out.endswith("brands.json: 4 brands, no mistakes\n")


def test_ingesting_again_changes_what_was_asked_for_and_nothing_else(copied: CommandLine, media: Path) -> None:
    words = ("ingest", media / "film.mp4", "--timeline", TIMELINE)
    before = copied.done("timeline", TIMELINE, "--json").json
    said = copied.done(*words)
    assert said.out.startswith(f"timeline {TIMELINE} unchanged: 1 chunk, 00:04.0, profile {PROFILE}, 4 brands\n")
    assert copied.done("timeline", TIMELINE, "--json").json == before
    assert f"timeline {TIMELINE} changed: 1 chunk" in copied.done(*words, "--profile", "fast").out
    after = copied.done(*words, "--json").json
    assert (after["profile"], after["chunks"]) == ("fast", before["chunks"])
    added = copied.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--append").out
    assert "other.mp4" in added
    assert f"timeline {TIMELINE} changed: 2 chunks, 00:06.0" in added


def test_a_film_is_drawn_with_its_truth_and_its_brand_list(empty: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "drawn.mp4"
    said = empty.done("synth", out, "--seconds", "0.4", "--size", "320x180", "--seed", "3", "--json").json
    assert said == {
        "video": str(out),
        "truth": str(out.with_suffix(".truth.json")),
        "brands": str(out.with_suffix(".brands.yaml")),
        "seconds": 0.4,
    }
    assert empty.done("brands", "check", said["brands"], "--json").json["brands"]
    assert empty.done("ingest", out, "--timeline", "drawn", "--brands", said["brands"], "--json").json["id"] == "drawn"


def test_the_demo_scores_its_report_against_the_truth(empty: CommandLine) -> None:
    words = ("demo", "--seconds", "2", "--size", "320x180", "--seed", "5")
    said = empty.done(*words, "--json").json
    assert {"recalls", "precision", "reported_s", "false_s", "airings"} <= set(said)
    again = empty.done(*words)
    assert "nothing had to be computed" in again.out
    assert "the report against the film's truth, in brand-seconds\nletter height" in again.out
    assert empty.done("timelines", "--json").json[0]["timeline"] == "demo-320x180-2s-5"


@pytest.mark.parametrize("words", [(), ("profiles",), ("brands",)])
def test_a_command_without_its_second_word_gets_help(empty: CommandLine, words: tuple[str, ...]) -> None:
    said = empty(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(" ".join(["Usage: mpr", *words]))
    assert "\nCommands:\n" in said.err


def test_every_command_explains_itself_in_whole_sentences(empty: CommandLine) -> None:
    out = empty.done("--help", COLUMNS="80").out
    commands = [line for line in out.partition("Commands:\n")[2].splitlines() if line]
    assert len(commands) == len(app.registered_commands) + len(app.registered_groups)
    assert [line for line in commands if not line.endswith(".") or "..." in line] == []
