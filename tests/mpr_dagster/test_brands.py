"""`mpr brands`: names that a run read and no list had, and what deciding about them does to the timelines they were found in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.mpr_core.cascade.model_wire import MODEL, answer, serve_models
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

MATCHING = ["match_brands", "escalate_vlm", "escalate_cloud", "compile_report"]


@pytest.fixture(scope="module")
def proposing_once(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The home that was run once, with Vantelo alone on its list, run again: Oltessa is read and on no list."""
    folder = tmp_path_factory.mktemp("proposing")
    mpr = CommandLine(folder / "home")
    shutil.copytree(ran.home, mpr.home)
    (folder / "short.yaml").write_text("- Vantelo\n")
    mpr.done("timeline", TIMELINE, "--brands", folder / "short.yaml")
    mpr.done("run", TIMELINE)
    return mpr


@pytest.fixture
def proposing(proposing_once: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of it, to change."""
    shutil.copytree(proposing_once.home, tmp_path / "home")
    return CommandLine(tmp_path / "home")


def listed(mpr: CommandLine) -> dict[str, dict[str, Any]]:
    document = mpr.done("brands", "list", "--json").json
    assert document["format"] == "mpr.brand-registry/1"
    return {entry["name"]: entry for entry in document["names"]}


def states(mpr: CommandLine) -> dict[str, str]:
    return {name: entry["state"] for name, entry in listed(mpr).items()}


def heads(mpr: CommandLine) -> dict[str, str]:
    found = mpr.done("timeline", TIMELINE, "--json").json["heads"]
    return {stage: node["id"] for stage, node in found.items()}


def registry_files(mpr: CommandLine) -> dict[str, bytes]:
    folder = mpr.home / "media-out" / "brands"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_proposes_what_it_read_and_no_list_has_with_its_evidence(proposing_once: CommandLine) -> None:
    names = listed(proposing_once)
    assert list(names) == ["Oltessa"]
    entry = names["Oltessa"]
    assert (entry["state"], entry["sources"], entry["seconds"], entry["airings"]) == ("proposed", ["ocr"], 2.0, 1)
    (seen,) = entry["seen"]
    assert seen["timeline"] == TIMELINE
    crop = proposing_once.home / "media-out" / seen["crop_key"]
    assert crop.read_bytes().startswith(b"\xff\xd8")
    assert str(crop) in proposing_once.done("brands", "list", "--evidence").out
    assert str(crop) in proposing_once.done("brands", "show", "OLTESSA").out
    pages = [page.read_text() for page in proposing_once.home.glob("media-out/reports/*/*/report.html")]
    assert ["mpr brands accept NAME" in page for page in pages].count(True) == 1, "the report with text on no list"


def test_a_run_ends_with_how_many_names_wait_for_a_decision(proposing: CommandLine) -> None:
    said = "1 name on no list, to accept or reject: mpr brands list --state proposed"
    assert said in proposing.done("run", TIMELINE).out
    assert [entry["name"] for entry in proposing.done("brands", "list", "--state", "proposed", "--json").json["names"]]
    proposing.done("brands", "reject", "Oltessa")
    assert "to accept or reject" not in proposing.done("run", TIMELINE).out


@pytest.mark.parametrize("columns", [60, 80])
def test_lists_fit_a_narrow_terminal(proposing_once: CommandLine, columns: int) -> None:
    for words in (("list",), ("list", "--state", "proposed", "--sort", "name"), ("show", "oltessa")):
        out = proposing_once.done("brands", *words, COLUMNS=str(columns)).out
        lines = [line for line in out.splitlines() if str(proposing_once.home) not in line and "mpr brands" not in line]
        assert "Oltessa" in out
        assert [line for line in lines if len(line) > columns] == []


def test_the_same_run_twice_changes_nothing_and_a_replay_counts_once_it_is_promoted(proposing: CommandLine) -> None:
    before = registry_files(proposing)
    proposing.done("run", TIMELINE, "--stages", "compile_report")
    assert registry_files(proposing) == before
    nothing = proposing.home / "nothing.yaml"
    nothing.write_text("[]\n")
    branch = proposing.done("replay", TIMELINE, "--stage", "match_brands", "--brands", nothing, "--json").json
    assert registry_files(proposing) == before
    proposing.done("promote", next(s["node"] for s in branch["stages"] if s["name"] == "compile_report"))
    assert set(states(proposing)) == {"Oltessa", "VANTELO"}


def test_accepting_runs_matching_alone_and_says_what_was_gained(proposing: CommandLine) -> None:
    before = heads(proposing)
    done = proposing.done("brands", "accept", "OLTESSA", "--json").json
    assert done["format"] == "mpr.brands-decided/1"
    assert [(d["name"], d["state"], d["sources"]) for d in done["decisions"]] == [("Oltessa", "accepted", ["ocr"])]
    (outcome,) = done["timelines"]
    assert outcome["gains"] == [
        {"brand": "Oltessa", "airings_before": 0, "airings": 1, "seconds_before": 0.0, "seconds": 2.0}
    ]
    events = (proposing.home / "runs" / outcome["run_id"] / "events.jsonl").read_text().splitlines()
    ran = [json.loads(line) for line in events]
    assert [event["stage"] for event in ran if event["kind"] == "stage_finished"] == MATCHING
    after = heads(proposing)
    assert {stage for stage in after if after[stage] != before[stage]} == set(MATCHING)
    entry = listed(proposing)["Oltessa"]
    assert (entry["state"], entry["seconds"], entry["airings"], entry["acts_in"]) == ("accepted", 2.0, 1, [TIMELINE])
    assert [change["state"] for change in entry["history"]] == ["proposed", "accepted"]
    again = proposing.done("brands", "accept", "oltessa", "--json").json["timelines"]
    assert [(o["run_id"], o["why"]) for o in again] == [("", "its list says the same as before")]
    proposing.done("run", TIMELINE, "--stages", ",".join(MATCHING))
    assert heads(proposing) == after, "a plain run has the accepted name too"
    assert proposing.done("timeline", TIMELINE, "--json").json["stale"] == {}


def test_a_rejected_name_is_taken_back_and_never_proposed_again(proposing: CommandLine) -> None:
    before = heads(proposing)
    proposing.done("brands", "accept", "Oltessa", "--no-run")
    assert heads(proposing) == before
    assert "match_brands" in proposing.done("timeline", TIMELINE, "--json").json["stale"]
    outcome = proposing.done("brands", "reject", "Oltessa", "--json").json["timelines"]
    assert [o["why"] for o in outcome] == ["its list says the same as before"]
    proposing.done("run", TIMELINE, "--stages", "compile_report")
    assert states(proposing) == {"Oltessa": "rejected"}
    assert proposing.done("brands", "list", "--state", "proposed").out == "no name is proposed\n"


def test_a_name_merged_into_a_brand_of_the_list_is_found_as_that_brand(proposing: CommandLine) -> None:
    out = proposing.done("brands", "merge", "Oltessa", "--into", "vantelo", COLUMNS="80").out
    assert "Oltessa: merged into Vantelo" in out
    assert "2.0 -> 4.0" in out
    assert max(map(len, out.splitlines()[-3:])) <= 80
    assert states(proposing) == {"Vantelo": "accepted", "Oltessa": "merged"}
    report = proposing.done("report", TIMELINE, "--json").json
    assert {airing["brand"] for airing in report["airings"]} == {"Vantelo"}


def test_a_name_that_a_model_answered_is_proposed_and_accepting_it_needs_no_model_again(proposing: CommandLine) -> None:
    nothing = proposing.home / "nothing.yaml"
    nothing.write_text("[]\n")
    proposing.done("timeline", TIMELINE, "--brands", nothing)
    says = json.dumps({"answer": "other", "name": "Oltessa", "confidence": 0.9, "evidence": "letters"})
    with serve_models() as models:
        models.says = [answer("vlm", says)]
        vlm = {"VLM_URL": f"{models.url}/v1", "VLM_MODEL": MODEL}
        proposing.done("run", TIMELINE, "--stages", ",".join(MATCHING), **vlm)
        assert len(models.sent) == 2
        assert listed(proposing)["Oltessa"]["sources"] == ["local_vlm", "ocr"]
        before = proposing.done("timeline", TIMELINE, "--json").json["heads"]["escalate_vlm"]
        (outcome,) = proposing.done("brands", "accept", "Oltessa", "--json").json["timelines"]
        assert [gain["airings"] for gain in outcome["gains"]] == [1]
        assert len(models.sent) == 2
    after = proposing.done("timeline", TIMELINE, "--json").json["heads"]["escalate_vlm"]
    assert (after["status"], after["models"]) == ("done", before["models"]), "no VLM_URL was set, and none is needed"
    assert after["counts"]["asked"] == before["counts"]["asked"] - 1, "Oltessa is matched now; the other answer stays"
    assert [c["source"] for c in listed(proposing)["Oltessa"]["history"]] == ["local_vlm", "ocr", "manual"]


def test_accepting_asks_nothing_new_where_a_match_makes_room_in_the_budget(proposing: CommandLine) -> None:
    nothing = proposing.home / "nothing.yaml"
    nothing.write_text("[]\n")
    proposing.done("timeline", TIMELINE, "--brands", nothing)
    words = ("run", TIMELINE, "--stages", ",".join(MATCHING), "--set", "escalate_vlm.max_questions=1")
    says = json.dumps({"answer": "none", "name": "", "confidence": 0.9, "evidence": "letters"})
    with serve_models() as models:
        models.says = [answer("vlm", says)]
        vlm = {"VLM_URL": f"{models.url}/v1", "VLM_MODEL": MODEL}
        proposing.done(*words, **vlm)
        (first,) = models.sent
        asked_about = "Vantelo" if b"VANTELO" in first.body else "Oltessa"
        (outcome,) = proposing.done("brands", "accept", asked_about, "--json", **vlm).json["timelines"]
        assert outcome["gains"]
        assert len(models.sent) == 1
        proposing.done(*words, **vlm)
        assert len(models.sent) == 2, "the next run asks what there is room for now"


def test_brands_of_a_file_are_accepted_and_come_back_as_a_file(ingested: CommandLine, tmp_path: Path) -> None:
    file, out, again = tmp_path / "in.json", tmp_path / "out.yaml", tmp_path / "again.yaml"
    file.write_text(json.dumps([{"canonical_name": "Fjellqua", "aliases": ["FQ"]}, "Trebix"]))
    assert "acts in no timeline yet" in ingested.done("brands", "import", file).out
    said = ingested.done("brands", "import", file, "--timeline", TIMELINE).out
    assert f"{TIMELINE}: it was never run: mpr run {TIMELINE}" in said
    assert {name: entry["sources"] for name, entry in listed(ingested).items()} == {
        "Fjellqua": ["manual"],
        "Trebix": ["manual"],
    }
    assert ingested.done("timeline", TIMELINE).out.splitlines()[0].endswith("4 brands and 2 added brands")
    ingested.done("brands", "export", out)
    other = CommandLine(tmp_path / "other")
    other.done("brands", "import", out, "--no-run")
    other.done("brands", "export", again)
    assert again.read_text() == out.read_text()


def test_a_timeline_with_new_chunks_gets_the_name_and_is_left_to_its_next_run(
    proposing: CommandLine, media: Path
) -> None:
    proposing.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--append")
    before = heads(proposing)
    said = proposing.done("brands", "accept", "Oltessa").out
    assert f"{TIMELINE}: its source video changed since it ran, all of it has to: mpr run {TIMELINE}" in said
    assert heads(proposing) == before
    assert listed(proposing)["Oltessa"]["acts_in"] == [TIMELINE]


def test_an_empty_registry_says_where_names_come_from(empty: CommandLine) -> None:
    assert empty.done("brands", "list").out == "no names yet: a run proposes what it reads and no list has\n"
    assert empty.done("brands", "list", "--json").json["names"] == []
