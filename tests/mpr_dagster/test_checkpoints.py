"""The checkpoint tree on the command line: shown at any width, named, promoted, and the timeline's page says what is stale."""

from __future__ import annotations

import shutil

import dagster as dg
import pytest

from mpr_core.store import keys
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

LATER = ["match_brands", "escalate_vlm", "escalate_cloud", "compile_report"]


@pytest.fixture(scope="session")
def branched_once(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with two matchings, the second labelled `strict` at its report. For reading only."""
    mpr = CommandLine(tmp_path_factory.mktemp("branched") / "home")
    shutil.copytree(ran.home, mpr.home)
    mpr.done("replay", TIMELINE, "--stage", "match_brands", "--set", "match_brands.min_score=97", "--label", "strict")
    return mpr


@pytest.fixture
def branched(branched_once: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A copy of it, to change."""
    mpr = CommandLine(tmp_path_factory.mktemp("copy") / "home")
    shutil.copytree(branched_once.home, mpr.home)
    return mpr


def heads(mpr: CommandLine) -> dict[str, str]:
    found: dict[str, str] = mpr.done("checkpoints", TIMELINE, "--json").json["heads"]
    return found


def latest(mpr: CommandLine, stage: str) -> str | None:
    """The data version of what Dagster takes for a stage's present output."""
    with mpr.inside(), open_instance(Home()) as instance:
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(stage), asset_partitions=[TIMELINE])
        record = instance.fetch_materializations(wanted, limit=1).records[0]
    assert record.asset_materialization is not None
    return (record.asset_materialization.tags or {}).get("dagster/data_version")


def test_a_timeline_with_one_branch_is_eleven_lines(ran: CommandLine) -> None:
    lines = ran.done("checkpoints", TIMELINE).out.splitlines()
    assert lines[:2] == [f"timeline {TIMELINE}: 11 nodes, 1 report", ""]
    assert len(lines) == 13
    assert all("  head  " in line for line in lines[2:])
    assert not any("─" in line or "│" in line for line in lines)


def test_branches_are_indented_and_say_what_sets_them_apart(branched_once: CommandLine) -> None:
    out = branched_once.done("checkpoints", TIMELINE).out
    lines = out.splitlines()
    assert lines[0] == f"timeline {TIMELINE}: 15 nodes, 2 reports"
    assert [line[:17].rstrip() for line in lines[8:]] == [
        "run_ocr",
        "├─ match_brands",
        "│  escalate_vlm",
        "│  escalate_cloud",
        "│  compile_report",
        "└─ match_brands",
        "   escalate_vlm",
        "   escalate_cloud",
        "   compile_report",
    ]
    assert "min_score 80 -> 97" in lines[13]
    assert "replay " in lines[13]
    assert "[strict]" in lines[16]


@pytest.mark.parametrize("columns", [80, 140])
def test_the_tree_fits_the_terminal(branched_once: CommandLine, columns: int) -> None:
    for words in ((), ("--stage", "match_brands")):
        out = branched_once.done("checkpoints", TIMELINE, *words, COLUMNS=str(columns)).out
        assert [line for line in out.splitlines() if len(line) > columns or line != line.rstrip()] == []
        for name in ("match_brands", "min_score 80 -> 97", "head", "replay "):
            assert name in out


def test_one_stage_is_shown_with_the_choices_that_lead_to_it(branched_once: CommandLine) -> None:
    lines = branched_once.done("checkpoints", TIMELINE, "--stage", "compile_report").out.splitlines()
    assert lines[0] == f"timeline {TIMELINE}: 2 nodes of compile_report"
    assert [line.split(": ")[1] for line in lines if line.startswith("    under match_brands")] == [
        "as its profile says",
        "min_score 80 -> 97",
    ]


def test_the_tree_as_json_holds_references_only(branched_once: CommandLine) -> None:
    said = branched_once.done("checkpoints", TIMELINE, "--json")
    document = said.json
    assert len(document["nodes"]) == 15
    known = {entry["node"] for entry in document["nodes"]}
    for entry in document["nodes"]:
        assert entry["parent"] is None or entry["parent"] in known
        assert set(entry["children"]) <= known
        assert (branched_once.home / "media-out" / entry["key"]).is_file()
    assert len(said.out) < 2000 * len(known), "no brand lists, no tables"
    strict = next(entry for entry in document["nodes"] if entry["labels"] == ["strict"])
    assert (strict["stage"], strict["is_head"], strict["run_type"]) == ("compile_report", False, "replay")
    only = branched_once.done("checkpoints", TIMELINE, "--stage", "compile_report", "--json").json["nodes"]
    assert [step["stage"] for step in only[1]["leading_to_it"]][-3:] == LATER[:-1]


def test_a_manifest_that_cannot_be_read_hides_no_other(branched: CommandLine) -> None:
    strict = next(e for e in branched.done("checkpoints", TIMELINE, "--json").json["nodes"] if e["labels"])
    (branched.home / "media-out" / strict["key"]).write_text("{")
    said = branched.done("checkpoints", TIMELINE)
    assert "14 nodes, 1 report" in said.out
    assert f"not shown, it cannot be read: {strict['key']} (not JSON" in said.out


def test_a_profile_that_is_gone_is_said_and_stops_nothing(branched: CommandLine) -> None:
    for path in branched.home.glob("profiles/*.yaml"):
        path.unlink()
    for command in ("checkpoints", "timeline"):
        assert "whether heads are stale is not known: no such profile" in branched.done(command, TIMELINE).out


def test_an_ingested_timeline_has_no_nodes_yet(ingested_once: CommandLine) -> None:
    assert ingested_once.done("checkpoints", TIMELINE).out == (
        f"timeline {TIMELINE}: no nodes\nnothing was computed yet: mpr run {TIMELINE}\n"
    )
    assert ingested_once.done("checkpoints", TIMELINE, "--json").json["nodes"] == []
    assert ingested_once.done("scenarios", "--json").json == []
    assert ingested_once.done("scenarios").out == "no labels yet: mpr label NODE NAME\n"


def test_a_promoted_branch_is_where_heads_report_and_dagster_stand(branched: CommandLine) -> None:
    before = heads(branched)
    said = branched.done("promote", "strict", "--json").json
    assert [move["stage"] for move in said["moved"]] == LATER
    assert said["left"] == {}
    assert said["stale"]["match_brands"] == ["profile two_parts now says min_score 97 -> 80"]
    now = heads(branched)
    assert {stage for stage in now if now[stage] != before[stage]} == set(LATER)
    assert {stage: latest(branched, stage) for stage in LATER} == {stage: now[stage] for stage in LATER}
    page = branched.done("timeline", TIMELINE)
    assert "stale: match_brands: profile two_parts now says min_score 97 -> 80" in page.out
    assert "stale: compile_report: rests on match_brands, which is stale" in page.out
    assert "compile_report" in branched.done("timeline", TIMELINE, "--json").json["stale"]
    again = branched.done("promote", "strict")
    assert "was already promoted" in again.out


def test_a_promotion_killed_before_dagster_was_told_is_completed_by_the_next(branched: CommandLine) -> None:
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.promote import apply_promotion, promotion_of
    from mpr_core.lineage.references import find_node

    with branched.inside():
        catalog = Catalog(Home().media_out())
        node = find_node(catalog, "strict")
        apply_promotion(catalog, promotion_of(catalog, node))
    assert latest(branched, "compile_report") != node.id
    assert branched.done("promote", "strict", "--json").json["moved"] == []
    assert latest(branched, "compile_report") == node.id


def test_a_promotion_that_leaves_stages_behind_says_how_to_bring_them(branched: CommandLine) -> None:
    branched.done(
        "replay", TIMELINE, "--stage", "run_ocr", "--only", "--set", "run_ocr.min_score=0.6", "--label", "clear"
    )
    said = branched.done("promote", "clear").out
    assert "stale: match_brands: rests on run_ocr " in said
    assert f"bring the rest to it: mpr replay {TIMELINE} --stage match_brands --promote\n" in said
    branched.done("replay", TIMELINE, "--stage", "match_brands", "--promote")
    assert list(branched.done("timeline", TIMELINE, "--json").json["stale"]) == ["run_ocr", *LATER]
    branched.done("run", TIMELINE)
    assert branched.done("timeline", TIMELINE, "--json").json["stale"] == {}


def test_scenarios_are_the_labelled_nodes_with_what_is_special_and_how_to_replay(branched: CommandLine) -> None:
    assert branched.done("label", "run_ocr", "reading", "--timeline", TIMELINE).out.startswith(
        f"{TIMELINE}: reading is run_ocr "
    )
    strict, reading = sorted(branched.done("scenarios", "--json").json, key=lambda found: found["stage"])
    assert [d["words"] for d in strict["differs"]["match_brands"]] == ["min_score = 97"]
    assert strict["replay"] == f"mpr replay {TIMELINE} --stage compile_report --from strict"
    assert strict["totals"]["airings"] == strict["counts"]["airings"]
    assert (reading["differs"], reading["totals"]) == ({}, None)
    out = branched.done("scenarios", TIMELINE).out
    assert "match_brands.min_score = 97" in out
    assert "brand-seconds" in out
    moved = branched.done("label", "match_brands", "reading", "--timeline", TIMELINE, "--move", "--json").json
    assert moved["moved_from"] == reading["node"]
    assert branched.done("label", "reading", "reading", "--delete").out.startswith(f"{TIMELINE}: label reading removed")
    path = branched.home / "media-out" / keys.node(TIMELINE, "compile_report", strict["node"])
    path.unlink()
    gone = branched.done("scenarios", "--json").json[0]
    assert (gone["missing"], gone["replay"]) == ([f"compile_report {strict['node']}"], None)
