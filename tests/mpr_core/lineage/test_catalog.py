"""The catalog keeps timelines, nodes and heads as documents that say what they are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mpr_core.errors import FormatMismatch, UnknownTimeline
from mpr_core.lineage.catalog import Catalog, read_record
from mpr_core.lineage.node import DamagedRange, Node, NodePart, Provenance, node_id
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(ObjectStore("memory://"))


def timeline(name: str) -> Timeline:
    return Timeline(id=name, chunks=(made_up_chunk(Fraction(7, 3)),))


def node(name: str = "match", stage: str = "run_ocr", recipes: tuple[str, ...] = ("r1", "r2")) -> Node:
    parents = {"preprocess": "p" * 16}
    segment = Segment(chunk_index=0, chunk_digest="d", start_s=Fraction(0), end_s=Fraction(1001, 500))
    return Node(
        id=node_id(name, stage, "1", parents, list(recipes)),
        timeline=name,
        stage=stage,
        stage_version="1",
        status="done",
        config={"min_score": 0.5},
        parents=parents,
        ancestors=parents | {"extract_frames": "e" * 16},
        parts=tuple(NodePart(recipe=recipe, segment=segment, counts={"tracks": 2}) for recipe in recipes),
        damaged=(DamagedRange(chunk_key="chunks/x", from_s=2.0, reason="cut short"),),
        provenance=Provenance(run_id="r", profile="generic", parts_computed=2),
    )


def test_an_empty_store_has_no_timelines(catalog: Catalog) -> None:
    assert catalog.timelines() == []
    assert not catalog.has("match")
    assert catalog.nodes("match") == []
    assert catalog.head("match", "run_ocr") is None
    assert catalog.node("match", "run_ocr", "0" * 16) is None


def test_a_timeline_comes_back_as_it_was_saved(catalog: Catalog) -> None:
    catalog.save_timeline(timeline("b"))
    catalog.save_timeline(timeline("a"))
    assert catalog.timelines() == ["a", "b"]
    assert catalog.timeline("a") == timeline("a")


def test_an_unknown_timeline_is_answered_with_those_there_are(catalog: Catalog) -> None:
    with pytest.raises(UnknownTimeline, match="none yet"):
        catalog.timeline("match")
    catalog.save_timeline(timeline("final"))
    with pytest.raises(UnknownTimeline, match="timelines here: final") as refusal:
        catalog.timeline("match")
    assert refusal.value.remedy == "mpr ingest VIDEO --timeline match"


def test_a_folder_without_a_timeline_document_is_no_timeline(catalog: Catalog) -> None:
    catalog.save_node(node("half-deleted"))
    assert catalog.timelines() == []
    assert not catalog.has("half-deleted")


def test_a_node_comes_back_as_it_was_saved_and_the_head_says_where_a_stage_stands(catalog: Catalog) -> None:
    first, second = node(), node(recipes=("r1", "r3"))
    for one in (first, second):
        catalog.save_node(one)
    assert catalog.node("match", "run_ocr", first.id) == first
    assert {one.id for one in catalog.nodes("match")} == {first.id, second.id}
    assert catalog.head("match", "run_ocr") is None, "saving a node moves no head"
    catalog.move_head(first, "run 1")
    catalog.move_head(second, "run 2")
    assert catalog.head("match", "run_ocr") == second


def test_all_timelines_come_with_the_stages_that_have_a_head_and_what_is_none_is_left_out(catalog: Catalog) -> None:
    assert list(catalog.each_timeline()) == []
    for name in ("b", "a"):
        catalog.save_timeline(timeline(name))
    catalog.move_head(node("a"), "run")
    catalog.move_head(node("a", "preprocess"), "run")
    catalog.save_node(node("no-timeline"))
    found = [(read_record(Timeline, data, name), stages) for name, data, stages in catalog.each_timeline()]
    assert found == [(timeline("a"), {"run_ocr", "preprocess"}), (timeline("b"), set())]


def test_a_head_whose_node_is_gone_counts_as_never_run(catalog: Catalog) -> None:
    catalog.move_head(node(), "run 1")
    assert catalog.head("match", "run_ocr") is None


def test_a_nodes_id_follows_from_what_it_is_and_nothing_else() -> None:
    given = ("match", "run_ocr", "1", {"preprocess": "p"}, ["r1", "r2"])
    same = node_id(*given)
    assert same == node_id("match", "run_ocr", "1", {"preprocess": "p"}, ["r1", "r2"])
    assert len(same) == 16
    assert int(same, 16) >= 0
    changed = [("m2", *given[1:]), ("match", "x", *given[2:]), (*given[:2], "2", *given[3:])]
    changed += [(*given[:3], {"preprocess": "q"}, given[4]), (*given[:4], ["r2", "r1"])]
    assert len({node_id(*one) for one in changed} | {same}) == 6


@pytest.mark.parametrize("what", ["timeline", "head", "node"])
@pytest.mark.parametrize(
    ("text", "why"),
    [(b'{"format": "mpr.x/7"}', "found 'mpr.x/7'"), (b"{", "not JSON"), (b"null", "found None")],
    ids=["other version", "cut short", "null"],
)
def test_a_document_of_another_form_is_refused_by_name(what: str, text: bytes, why: str, catalog: Catalog) -> None:
    one = node()
    catalog.save_timeline(timeline("match"))
    catalog.save_node(one)
    catalog.move_head(one, "run 1")
    key = {
        "timeline": keys.timeline("match"),
        "head": keys.head("match", "run_ocr"),
        "node": keys.node("match", "run_ocr", one.id),
    }[what]
    catalog.store.put(key, text)
    with pytest.raises(FormatMismatch, match="stored document") as refusal:
        catalog.timeline("match") if what == "timeline" else catalog.head("match", "run_ocr")
    assert refusal.value.where == key
    assert why in refusal.value.why
