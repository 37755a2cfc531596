"""`mpr run`: what it computes, what it leaves alone, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpr_core.runner.events import Event, read_events
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_dagster.command_line import CommandLine, Said
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.heads import heads

DECIDING = ("match_brands", "escalate_vlm", "escalate_cloud", "compile_report")


def events_of(mpr: CommandLine, said: Said) -> list[Event]:
    """The events of the run whose outcome was printed as JSON."""
    return read_events(mpr.home / "runs" / said.json["run_id"] / "events.jsonl")[0]


def computed(mpr: CommandLine, said: Said) -> dict[str, int]:
    """Stage -> parts it computed, zeros left out."""
    ends = [event for event in events_of(mpr, said) if event.kind == "stage_finished"]
    return {event.stage: event.parts_computed for event in ends if event.parts_computed}


def nodes(said: Said) -> dict[str, str]:
    return {stage["name"]: stage["node"] for stage in said.json["stages"]}


def test_a_second_run_with_nothing_changed_computes_nothing_and_stands_at_the_same_nodes(copied: CommandLine) -> None:
    before = heads(copied)
    again = copied.done("run", TIMELINE, "--json")
    assert again.json["parts"] == {"computed": 0, "reused": 21}
    assert nodes(again) == before
    assert tuple(before) == STAGE_NAMES
    ends = [event for event in events_of(copied, again) if event.kind == "stage_finished"]
    assert {event.status for event in ends} == {"cached", "skipped"}


def test_a_changed_knob_computes_its_stage_and_what_follows_it(copied: CommandLine) -> None:
    before = heads(copied)
    changed = copied.done("run", TIMELINE, "--set", "match_brands.min_score=90", "--json")
    assert computed(copied, changed) == {"match_brands": 2, "escalate_vlm": 2, "escalate_cloud": 2, "compile_report": 1}
    assert {stage for stage in STAGE_NAMES if nodes(changed)[stage] != before[stage]} == set(DECIDING)
    assert heads(copied) == nodes(changed)
    back = copied.done("run", TIMELINE)
    assert heads(copied) == before
    assert back.out.endswith(": nothing had to be computed\n")


def test_a_partial_run_takes_its_inputs_from_where_the_other_stages_stand(copied: CommandLine) -> None:
    words = ("run", TIMELINE, "--stages", ",".join(DECIDING), "--set", "match_brands.min_score=90", "--json")
    partial = copied.done(*words)
    assert tuple(nodes(partial)) == DECIDING
    heads = copied.done("timeline", TIMELINE, "--json").json["heads"]
    parents = heads["match_brands"]["parents"]
    assert parents == {stage: heads[stage]["id"] for stage in ("detect_objects", "run_ocr")}
    assert heads["match_brands"]["id"] == nodes(partial)["match_brands"]
    assert heads["match_brands"]["config_changes"] == {"min_score": 90.0}


def test_a_partial_run_that_leaves_out_a_stage_between_is_refused(copied: CommandLine) -> None:
    said = copied("run", TIMELINE, "--stages", "match_brands,compile_report", "--set", "match_brands.min_score=90")
    assert said.code == 2
    assert said.err.startswith("mpr: the stages do not belong together: --stages match_brands,compile_report\n")
    assert "compile_report needs escalate_vlm, escalate_cloud anew" in said.err
    assert copied.done("status", "--json").json == [], "nothing was begun"


def test_a_stage_whose_input_never_ran_says_what_to_do(ingested: CommandLine) -> None:
    said = ingested("run", TIMELINE, "--stages", "run_ocr")
    assert said.code == 2
    assert said.err.splitlines()[:2] == [
        f"mpr: a stage has no input: timeline {TIMELINE}",
        "  why: preprocess never ran on it",
    ]
    assert f"mpr run {TIMELINE}" in said.err


def test_appending_a_chunk_computes_that_chunk(copied: CommandLine, media: Path) -> None:
    copied.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--append")
    stale = copied("run", TIMELINE, "--stages", "compile_report")
    assert (stale.code, "other source video than the timeline now has" in stale.err) == (2, True)
    said = copied.done("run", TIMELINE, "--json")
    assert set(computed(copied, said).values()) == {1}
    assert set(computed(copied, said)) == set(STAGE_NAMES)
    report = copied.done("report", TIMELINE, "--json").json
    assert [airing["brand"] for airing in report["airings"]] == ["Vantelo", "Oltessa", "Tavikko"]


def test_a_dropped_chunk_leaves_the_others_as_they_were(copied: CommandLine, media: Path) -> None:
    before = copied.done("report", TIMELINE, "--json").json["airings"]
    copied.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--append")
    copied.done("run", TIMELINE)
    said = copied.done("timeline", TIMELINE, "--drop", "other.mp4").out
    assert f"{TIMELINE}: 1 chunk dropped, 1 chunk left; the file in media-in stays" in said
    run = copied.done("run", TIMELINE, "--json")
    assert copied.done("report", TIMELINE, "--json").json["airings"] == before
    assert set(computed(copied, run)) <= {"compile_report"}, "what was computed of the other chunk is still there"


def test_deleting_the_cache_and_running_again_gives_the_same_report(copied: CommandLine) -> None:
    before = copied.done("report", TIMELINE, "--json").out
    assert json.loads(before)["airings"]
    gone = copied.done("timeline", TIMELINE, "--delete-cache", "--json").json
    assert gone["deleted_objects"] > 50
    assert copied("report", TIMELINE).code == 2
    assert copied.done("timelines", "--json").json[0]["stages_run"] == 0
    copied.done("run", TIMELINE)
    assert copied.done("report", TIMELINE, "--json").out == before
    copied.done("timeline", TIMELINE, "--delete-cache")
    assert "nothing to delete" in copied.done("timeline", TIMELINE, "--delete-cache").out


@pytest.mark.parametrize("switched", ["environment", "setting", "nothing"])
def test_a_skipped_stage_says_why_everywhere(copied: CommandLine, switched: str) -> None:
    environment = {"SKIP_VLM": "1", "SKIP_CLOUD": "1"} if switched == "environment" else {}
    off = (
        [w for s in ("vlm", "cloud") for w in ("--set", f"escalate_{s}.enabled=false")] if switched == "setting" else []
    )
    reasons = {
        "environment": {"escalate_vlm": "SKIP_VLM is set", "escalate_cloud": "SKIP_CLOUD is set"},
        "setting": dict.fromkeys(("escalate_vlm", "escalate_cloud"), "switched off in the configuration"),
        "nothing": {
            "escalate_vlm": "no local VLM is configured: VLM_URL is not set",
            "escalate_cloud": "no cloud provider is configured: none has a key",
        },
    }[switched]
    said = copied.done("run", TIMELINE, *off, "--json", **environment)
    ends = {e.stage: e for e in events_of(copied, said) if e.kind == "stage_finished"}
    outcome = {stage["name"]: stage for stage in said.json["stages"]}
    report = {stage["name"]: stage for stage in copied.done("report", TIMELINE, "--json").json["stages"]}
    page = Path(said.json["report"]).read_text(encoding="utf-8")
    text = copied.done("report", TIMELINE).out
    for stage, reason in reasons.items():
        assert (ends[stage].status, ends[stage].message) == ("skipped", reason)
        assert (outcome[stage]["status"], outcome[stage]["reason"]) == ("skipped", reason)
        assert (report[stage]["status"], report[stage]["reason"]) == ("skipped", reason)
        assert reason in page
        assert f"{stage} skipped: {reason}" in text
    assert report["compile_report"]["status"] == "done"


def test_a_run_on_a_pipe_prints_a_line_for_each_stage_and_no_colours(copied: CommandLine) -> None:
    out = copied.done("run", TIMELINE, "--set", "match_brands.min_score=90").out
    lines = [line for line in out.splitlines() if line.split(":")[0] in STAGE_NAMES]
    assert [line.split(":")[0] for line in lines] == list(STAGE_NAMES)
    assert "extract_frames: unchanged, 2 parts reused: 8 frames, 100 decoded, " in out
    assert "field_segmentation: skipped: switched off in the configuration\n" in out
    assert "match_brands: done in " in out
    assert "\x1b" not in out
    assert "7 parts computed, 14 reused" in out


def test_a_run_that_fails_is_recorded_as_failed(copied: CommandLine) -> None:
    chunk = next(copied.home.glob("media-in/chunks/*/*.mp4"))
    chunk.unlink()
    said = copied("run", TIMELINE, "--set", "extract_frames.fps=4")
    assert said.err.startswith("mpr: a chunk is gone from media-in: chunks/film-")
    newest = max((copied.home / "runs").glob("*/events.jsonl"), key=lambda path: path.stat().st_mtime)
    events = read_events(newest)[0]
    assert [e.kind for e in events] == ["run_started", "stage_started", "stage_failed", "run_finished"]
    assert "chunk is gone" in events[2].message
    assert events[-1].status == "failed"


@pytest.mark.parametrize("place", ["run_step", "after_materialization"])
def test_an_error_that_nobody_foresaw_ends_the_run_and_is_said(
    copied: CommandLine, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """What Dagster raises for one that is raised after the result can be a ring of causes."""

    def broken(*_arguments: object) -> None:
        raise TypeError("nobody thought of it")

    monkeypatch.setattr(f"mpr_dagster.assets.{place}", broken)
    said = copied("run", TIMELINE, "--stages", "compile_report")
    assert said.code == 1
    assert "nobody thought of it" in said.err
