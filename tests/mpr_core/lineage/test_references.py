"""What a user writes for a node means one node, or is refused with what there is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mpr_core.errors import InputError, UnknownNode, UnknownTimeline
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Label, Node, Provenance
from mpr_core.lineage.references import check_label_name, find_node, report_of
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk


def node(identity: str, stage: str = "run_ocr", timeline: str = "match") -> Node:
    made = Provenance(run_id="r", profile="generic")
    return Node(
        id=identity,
        timeline=timeline,
        stage=stage,
        stage_version="1",
        status="done",
        config={},
        parts=(),
        provenance=made,
    )


@pytest.fixture
def catalog() -> Catalog:
    made = Catalog(ObjectStore("memory://"))
    for name in ("match", "other"):
        made.save_timeline(Timeline(id=name, chunks=(made_up_chunk(Fraction(7, 3)),)))
    for found in (node("aaaa111100000000"), node("aaaa222200000000"), node("bbbb000000000000", "compile_report")):
        made.save_node(found)
    made.save_node(node("cccc000000000000", timeline="other"))
    made.move_head(node("aaaa222200000000"), "r")
    made.save_label(Label(name="strict", timeline="match", stage="compile_report", node="bbbb000000000000"))
    return made


@pytest.mark.parametrize(
    ("reference", "identity"),
    [
        ("aaaa111100000000", "aaaa111100000000"),
        ("aaaa2", "aaaa222200000000"),
        ("cccc", "cccc000000000000"),
        ("strict", "bbbb000000000000"),
    ],
)
def test_an_id_its_beginning_and_a_label_name_a_node_of_any_timeline(
    catalog: Catalog, reference: str, identity: str
) -> None:
    assert find_node(catalog, reference).id == identity


def test_an_id_of_which_too_little_is_written_is_not_said_to_fit_none(catalog: Catalog) -> None:
    with pytest.raises(UnknownNode) as caught:
        find_node(catalog, "bbb", timeline_id="match")
    assert caught.value.why == "it is no label and no stage, and of an id at least 4 digits are needed"


def test_a_node_stands_for_the_head_that_rests_on_it_else_for_the_newest_report(catalog: Catalog) -> None:
    ocr = node("aaaa111100000000")
    for identity in ("dddd111100000000", "dddd222200000000"):
        made = node(identity, "compile_report").model_copy(update={"ancestors": {"run_ocr": ocr.id}})
        catalog.save_node(made)
    assert report_of(catalog, ocr).id == "dddd222200000000", "the newest"
    catalog.move_head(node("dddd111100000000", "compile_report"), "r")
    assert report_of(catalog, ocr).id == "dddd111100000000", "the head"
    assert report_of(catalog, made) == made
    catalog.move_head(node("bbbb000000000000", "compile_report"), "r")
    assert report_of(catalog, ocr).id == "dddd222200000000", "a head on another branch does not count"


def test_a_stage_and_head_mean_where_it_stands(catalog: Catalog) -> None:
    assert find_node(catalog, "run_ocr", timeline_id="match").id == "aaaa222200000000"
    assert find_node(catalog, "head", timeline_id="match", stage="run_ocr").id == "aaaa222200000000"


@pytest.mark.parametrize(
    ("reference", "timeline", "said"),
    [
        ("aaaa", None, "fits several nodes"),
        ("cccc", "match", "the labels are strict"),
        ("loose", "other", "there are no labels yet"),
        ("head", "match", "compile_report never ran on match"),
        ("run_ocr", None, "there are 2 timelines"),
    ],
)
def test_what_fits_no_node_or_several_is_refused_with_what_there_is(
    catalog: Catalog, reference: str, timeline: str | None, said: str
) -> None:
    with pytest.raises(UnknownNode, match=said):
        find_node(catalog, reference, timeline_id=timeline)


def test_an_unknown_timeline_is_said_first(catalog: Catalog) -> None:
    with pytest.raises(UnknownTimeline):
        find_node(catalog, "strict", timeline_id="nowhere")


def test_a_label_whose_node_is_gone_says_so(catalog: Catalog) -> None:
    catalog.save_label(Label(name="old", timeline="match", stage="run_ocr", node="dddd000000000000"))
    with pytest.raises(UnknownNode, match="run_ocr dddd000000000000, which is gone"):
        find_node(catalog, "old")


@pytest.mark.parametrize("name", ["run_ocr", "head", "aaaa", "", "a/b", "..", "x" * 64])
def test_a_label_cannot_be_mistaken_for_another_way_of_naming_a_node(name: str) -> None:
    with pytest.raises(InputError, match="not a label"):
        check_label_name(name)


def test_a_deleted_label_is_gone(catalog: Catalog) -> None:
    catalog.delete_label(catalog.labels("match")[0])
    assert catalog.labels("match") == []
