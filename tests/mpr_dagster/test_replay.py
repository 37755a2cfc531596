"""`mpr replay`: one stage again with another knob, as a branch beside the heads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.store.object_store import ObjectStore
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import BRANDS, TIMELINE

LATER = ["match_brands", "escalate_vlm", "escalate_cloud", "compile_report"]
STRICT = ("--stage", "match_brands", "--set", "match_brands.min_score=97")


def catalog(mpr: CommandLine) -> Catalog:
    return Catalog(ObjectStore(str(mpr.home / "media-out")))


def heads(mpr: CommandLine) -> dict[str, str]:
    document = mpr.done("timeline", TIMELINE, "--json").json["heads"]
    return {stage: node["id"] for stage, node in document.items()}


def nodes(outcome: dict[str, Any]) -> dict[str, str]:
    return {stage["name"]: stage["node"] for stage in outcome["stages"]}


def node(mpr: CommandLine, stage: str, identity: str) -> Node:
    found = catalog(mpr).node(TIMELINE, stage, identity)
    assert found is not None
    return found


def part_files(mpr: CommandLine) -> dict[str, bytes]:
    folder = mpr.home / "media-out" / "parts"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_replay_computes_its_stage_and_what_comes_after_and_leaves_the_heads(copied: CommandLine) -> None:
    before, parts = heads(copied), part_files(copied)
    outcome = copied.done("replay", TIMELINE, *STRICT, "--json").json
    assert outcome["run_type"] == "replay"
    assert [stage["name"] for stage in outcome["stages"]] == LATER
    assert outcome["pins"] == {"run_ocr": before["run_ocr"]}  # what it rests on comes with it
    made = node(copied, "compile_report", nodes(outcome)["compile_report"])
    assert made.ancestors == {stage: before[stage] for stage in before if stage not in LATER} | {
        stage: identity for stage, identity in nodes(outcome).items() if stage != "compile_report"
    }
    assert heads(copied) == before
    added = {name.split("/")[0] for name in part_files(copied).keys() - parts.keys()}
    assert added == set(LATER)
    assert {name: part_files(copied)[name] for name in parts} == parts
    made = node(copied, "match_brands", nodes(outcome)["match_brands"])
    assert made.config_changes == {"min_score": 97}
    assert made.provenance.run_type == "replay"


def test_a_replay_that_gives_the_head_does_not_offer_to_promote_it(copied: CommandLine) -> None:
    said = copied.done("replay", TIMELINE, "--stage", "compile_report").out
    assert f"node: compile_report {heads(copied)['compile_report']}, which is the head: nothing is new" in said
    assert "mpr promote" not in said


def test_the_same_replay_again_is_the_same_nodes_and_no_work(copied: CommandLine) -> None:
    first = copied.done("replay", TIMELINE, *STRICT, "--json").json
    again = copied.done("replay", TIMELINE, *STRICT, "--json").json
    assert nodes(again) == nodes(first)
    assert again["parts"]["computed"] == 0


def test_what_is_printed_says_where_the_new_report_is_and_how_to_go_on(copied: CommandLine) -> None:
    said = copied.done("replay", TIMELINE, *STRICT, "--label", "strict").out
    label = catalog(copied).labels(TIMELINE)[0]
    assert (label.name, label.stage) == ("strict", "compile_report")
    assert f"mpr report {TIMELINE} --node {label.node} --open" in said
    assert f"mpr promote {label.node}" in said
    assert f"mpr diff {TIMELINE} {heads(copied)['compile_report']} {label.node}" in said


def test_a_deleted_report_of_a_branch_comes_back_by_the_command_that_is_named(copied: CommandLine) -> None:
    made = nodes(copied.done("replay", TIMELINE, *STRICT, "--json").json)["compile_report"]
    strict = copied.done("report", TIMELINE, "--node", made, "--json").out
    shutil.rmtree(copied.home / "media-out" / "reports" / TIMELINE / made)
    refused = copied("report", TIMELINE, "--node", made)
    assert refused.code == 2
    assert f"mpr replay {TIMELINE} --stage compile_report --from {made}" in refused.err
    copied.done("replay", TIMELINE, "--stage", "compile_report", "--from", made)
    assert copied.done("report", TIMELINE, "--node", made, "--json").out == strict


def test_a_label_is_not_taken_away_by_a_replay_and_the_same_replay_keeps_it(copied: CommandLine) -> None:
    copied.done("replay", TIMELINE, *STRICT, "--label", "strict")
    before = catalog(copied).labels(TIMELINE)
    other = ("replay", TIMELINE, "--stage", "match_brands", "--set", "match_brands.min_score=98", "--label", "strict")
    refused = copied(*other)
    assert (refused.code, "the label is taken" in refused.err) == (2, True)
    copied.done("replay", TIMELINE, *STRICT, "--label", "strict")
    assert catalog(copied).labels(TIMELINE) == before


def test_only_stops_after_the_stage(copied: CommandLine) -> None:
    outcome = copied.done("replay", TIMELINE, *STRICT, "--only", "--json").json
    assert list(nodes(outcome)) == ["match_brands"]
    assert outcome["report"] is None


def test_promote_moves_the_heads(copied: CommandLine) -> None:
    outcome = copied.done("replay", TIMELINE, *STRICT, "--promote", "--json").json
    assert heads(copied) == heads(copied) | nodes(outcome)
    report = copied.done("report", TIMELINE, "--json").json
    assert {stage["name"]: stage["config_changes"] for stage in report["stages"]}["match_brands"] == {"min_score": 97}


def test_any_report_can_be_recalled_by_a_node_of_its_branch(copied: CommandLine) -> None:
    head = copied.done("report", TIMELINE, "--json").out
    made = nodes(copied.done("replay", TIMELINE, *STRICT, "--label", "strict", "--json").json)
    strict = copied.done("report", TIMELINE, "--node", made["compile_report"], "--json").out
    assert strict != head
    for reference in ("strict", made["compile_report"][:8], made["match_brands"]):
        assert copied.done("report", TIMELINE, "--node", reference, "--json").out == strict
    assert copied.done("report", TIMELINE, "--json").out == head
    assert copied.done("report", TIMELINE, "--node", "run_ocr", "--json").out == head


def test_a_replay_from_a_node_keeps_that_branchs_knobs_and_promoting_it_moves_all_it_rests_on(
    copied: CommandLine,
) -> None:
    ocr = copied.done("replay", TIMELINE, "--stage", "run_ocr", "--set", "run_ocr.min_score=0.6", "--json").json
    copied.done("replay", TIMELINE, *STRICT, "--from", nodes(ocr)["run_ocr"], "--label", "both", "--json")
    outcome = copied.done(
        *("replay", TIMELINE, "--stage", "compile_report", "--from", "both", "--set", "compile_report.gap_s=2"),
        *("--promote", "--json"),
    ).json
    assert list(nodes(outcome)) == ["compile_report"]
    stands = {stage: node(copied, stage, identity) for stage, identity in heads(copied).items()}
    assert stands["run_ocr"].config["min_score"] == 0.6
    assert stands["match_brands"].config["min_score"] == 97
    assert stands["compile_report"].config_changes == {"gap_s": 2.0}
    assert all(stands["compile_report"].ancestors[stage] == n.id for stage, n in stands.items() if stage in LATER[:-1])


def test_a_replay_changes_nothing_but_its_knob_and_a_profile_resets_the_others(copied: CommandLine) -> None:
    copied.done("run", TIMELINE, "--set", "compile_report.gap_s=3")
    kept = nodes(copied.done("replay", TIMELINE, *STRICT, "--json").json)["compile_report"]
    assert node(copied, "compile_report", kept).config["gap_s"] == 3
    reset = copied.done("replay", TIMELINE, *STRICT, "--profile", "two_parts", "--json").json
    assert node(copied, "compile_report", nodes(reset)["compile_report"]).config["gap_s"] == 1


def test_another_brand_list_reruns_matching_and_later_only(copied: CommandLine, tmp_path: Path) -> None:
    before = part_files(copied)
    more = tmp_path / "brands.yaml"
    more.write_text("\n".join(f"- {name}" for name in (*BRANDS, "Zurplo")), encoding="utf-8")
    outcome = copied.done("replay", TIMELINE, "--stage", "match_brands", "--brands", more, "--json").json
    assert {name.split("/")[0] for name in part_files(copied).keys() - before.keys()} <= set(LATER)
    made = node(copied, "match_brands", nodes(outcome)["match_brands"])
    assert [brand["canonical_name"] for brand in made.config["brands"]][-1] == "Zurplo"


def test_a_replay_straight_through_and_by_steps_gives_the_same_bytes(
    copied: CommandLine, ingested_once: CommandLine, tmp_path: Path
) -> None:
    """The second step starts from a node that is no head."""
    settings = ("run_ocr.min_score=0.6", "match_brands.min_score=97")
    copied.done("replay", TIMELINE, "--stage", "run_ocr", "--set", settings[0], "--label", "read")
    stepwise = copied.done("replay", TIMELINE, *STRICT, "--from", "read", "--json").json
    other = CommandLine(tmp_path / "straight")
    shutil.copytree(ingested_once.home, other.home)
    straight = other.done("run", TIMELINE, "--set", settings[0], "--set", settings[1], "--json").json
    assert nodes(stepwise) == {stage: nodes(straight)[stage] for stage in LATER}
    expected = part_files(other)
    found = part_files(copied)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stage", "match_brand"), "did you mean match_brands?"),
        (("--stage", "match_brands", "--set", "run_ocr.min_score=0.6"), "it does not come after match_brands"),
        (("--stage", "match_brands", "--only", "--set", "compile_report.gap_s=2"), "--only leaves it out"),
        (("--stage", "match_brands", "--set", "match_brands.min_score=101"), "match_brands.min_score"),
        (("--stage", "match_brands", "--from", "nothing"), "there are no labels yet"),
        (("--stage", "match_brands", "--label", "head"), "it names a stage's head"),
        (("--stage", "match_brands", "--profile", "nobody"), "nobody"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused_before_anything_runs(
    ran: CommandLine, words: tuple[str, ...], said: str
) -> None:
    runs = sorted(path.name for path in (ran.home / "runs").iterdir())
    refused = ran("replay", TIMELINE, *words)
    assert refused.code == 2
    assert said in refused.err
    assert sorted(path.name for path in (ran.home / "runs").iterdir()) == runs


def test_a_timeline_that_never_ran_has_nothing_to_replay_from(ingested_once: CommandLine) -> None:
    refused = ingested_once("replay", TIMELINE, "--stage", "match_brands")
    assert refused.code == 2
    assert "run_ocr never ran on match" in refused.err
    assert f"do:  mpr run {TIMELINE}" in refused.err


def test_a_brand_added_to_the_timelines_list_reruns_matching_and_later_only(
    copied: CommandLine, tmp_path: Path
) -> None:
    before, stood = part_files(copied), heads(copied)
    more = tmp_path / "brands.yaml"
    more.write_text("\n".join(f"- {name}" for name in (*BRANDS, "Zurplo")), encoding="utf-8")
    assert "+Zurplo" in copied.done("timeline", TIMELINE, "--brands", more).out.replace("+ ", "+")
    outcome = copied.done("run", TIMELINE, "--json").json
    computed = {stage["name"] for stage in outcome["stages"] if stage["compute_s"]}
    assert computed <= set(LATER)
    assert {name.split("/")[0] for name in part_files(copied).keys() - before.keys()} <= set(LATER)
    assert {stage for stage, identity in heads(copied).items() if stood[stage] != identity} == set(LATER)
    assert "Zurplo" in copied.done("report", TIMELINE, "--json").json["brand_list"]
