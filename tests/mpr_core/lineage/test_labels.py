"""A label names one node of a timeline, moves only when told to, and makes a scenario."""

from __future__ import annotations

import pytest

from mpr_core.errors import InputError, UnknownTimeline
from mpr_core.lineage.differences import in_words
from mpr_core.lineage.labels import put_label, remove_label
from mpr_core.lineage.scenarios import scenario_of
from mpr_core.store import keys
from tests.mpr_core.lineage.made_up_tree import MadeUpTree


@pytest.fixture
def tree() -> MadeUpTree:
    return MadeUpTree()


def test_a_label_is_put_kept_moved_and_removed(tree: MadeUpTree) -> None:
    first = tree.node("extract_frames")
    second = tree.node("extract_frames", config={"fps": "4/1"})
    assert put_label(tree.catalog, first, "base", move=False).before is None
    assert put_label(tree.catalog, first, "base", move=False).before is None
    with pytest.raises(InputError, match=f"names extract_frames {first.id}"):
        put_label(tree.catalog, second, "base", move=False)
    moved = put_label(tree.catalog, second, "base", move=True)
    assert (moved.before is not None, moved.label.node) == (True, second.id)
    with pytest.raises(InputError, match="the label names another node"):
        remove_label(tree.catalog, first.id, "base")
    assert remove_label(tree.catalog, second.id[:6], "base").node == second.id
    assert tree.catalog.labels("match") == []
    with pytest.raises(InputError, match="no such label"):
        remove_label(tree.catalog, "base", "base")


def test_a_label_of_a_node_that_is_gone_can_be_removed(tree: MadeUpTree) -> None:
    node = tree.node("extract_frames")
    put_label(tree.catalog, node, "base", move=False)
    tree.catalog.store.delete([keys.node("match", node.stage, node.id)])
    assert remove_label(tree.catalog, "base", "base", "match").name == "base"


def test_one_name_in_two_timelines_is_removed_from_the_one_that_is_named(tree: MadeUpTree) -> None:
    other = MadeUpTree(tree.catalog, "other")
    for one in (tree, other):
        put_label(tree.catalog, one.node("extract_frames"), "base", move=False)
    with pytest.raises(InputError, match="match, other"):
        remove_label(tree.catalog, "base", "base")
    with pytest.raises(UnknownTimeline):
        remove_label(tree.catalog, "base", "base", "nowhere")
    remove_label(tree.catalog, "base", "base", "other")
    assert [label.timeline for name in ("match", "other") for label in tree.catalog.labels(name)] == ["match"]


def test_a_scenario_tells_all_along_its_branch_that_is_not_as_the_profile_says(tree: MadeUpTree) -> None:
    tip = tree.line("match_brands", configs={"run_ocr": {"min_score": 0.6}, "match_brands": {"min_score": 88.0}})
    label = put_label(tree.catalog, tip, "strict", move=False).label
    nodes = {node.id: node for node in tree.catalog.nodes("match")}
    scenario = scenario_of(label, nodes)
    assert {stage: in_words(found) for stage, found in scenario.differs.items()} == {
        "run_ocr": "min_score = 0.6",
        "match_brands": "min_score = 88",
    }
    assert scenario.can_be_replayed
    nodes.pop(tip.ancestors["run_ocr"])
    assert scenario_of(label, nodes).missing == (f"run_ocr {tip.ancestors['run_ocr']}",)
    assert scenario_of(label, {}).missing == (f"match_brands {tip.id}",)
