"""The checkpoint tree shows every node once, below the one it rests on most closely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.lineage.differences import in_words
from mpr_core.lineage.documents import timeline_documents
from mpr_core.lineage.node import Label
from mpr_core.lineage.tree import CheckpointTree, checkpoint_tree
from mpr_core.store import keys
from tests.mpr_core.lineage.made_up_tree import MadeUpTree
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline


def tree_of(made: MadeUpTree) -> CheckpointTree:
    found = timeline_documents(made.catalog, made.name)
    return checkpoint_tree(made.name, found.nodes, heads=found.heads, labels=found.labels)


def test_three_readings_with_two_matchings_each_are_a_tree_of_one_three_and_six(
    short_film: Path, pipeline: Callable[..., Pipeline]
) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    plain = one.run("match")
    reports = {}
    for ocr in (0.5, 0.6, 0.7):
        for score in (80, 88):
            knobs = {"run_ocr": {"min_score": ocr}, "match_brands": {"min_score": score}}
            nodes = one.run("match", knobs, stages=list(plain)[6:], nodes=plain)
            reports[ocr, score] = nodes["compile_report"]
    found = timeline_documents(one.catalog, "match")
    tree = checkpoint_tree("match", found.nodes, heads={})
    assert Counter(entry.stage for entry in tree.entries) == dict.fromkeys(list(plain)[:6], 1) | {"run_ocr": 3} | (
        dict.fromkeys(list(plain)[7:], 6)
    )
    preprocess = next(entry for entry in tree.entries if entry.stage == "preprocess")
    readings = tree.children(preprocess)
    assert [in_words(entry.differs) for entry in readings] == ["", "min_score 0.5 -> 0.6", "min_score 0.5 -> 0.7"]
    for reading in readings:
        matchings = tree.children(reading)
        assert [in_words(entry.differs) for entry in matchings] == ["", "min_score 80 -> 88"]
        assert not any(entry.alone for entry in matchings)
    for (ocr, score), report in reports.items():
        tip = next(entry for entry in tree.entries if entry.node == report.id)
        path = {entry.stage: entry for entry in tree.leading_to(tip)}
        assert one.catalog.node("match", "run_ocr", path["run_ocr"].node).config["min_score"] == ocr  # type: ignore[union-attr]
        assert one.catalog.node("match", "match_brands", path["match_brands"].node).config["min_score"] == score  # type: ignore[union-attr]
        assert one.report({"compile_report": report}).timeline == "match"


def test_an_entry_tells_head_labels_and_how_it_was_made() -> None:
    made = MadeUpTree()
    first = made.line("run_ocr")
    second = made.node(
        "run_ocr", made.catalog.node("match", "preprocess", first.ancestors["preprocess"]), {"min_score": 0.6}
    )
    made.head(second)
    made.catalog.save_label(Label(name="clear", timeline="match", stage="run_ocr", node=first.id))
    entries = {entry.node: entry for entry in tree_of(made).entries}
    assert [entries[first.id].is_head, entries[second.id].is_head] == [False, True]
    assert entries[first.id].labels == ("clear",)
    assert entries[second.id].compared_with == first.id
    assert entries[second.id].key == keys.node("match", "run_ocr", second.id)
    assert entries[second.id].run_id == "run-8"
    assert not entries[second.id].cached


def test_the_first_made_is_what_its_siblings_are_held_against() -> None:
    made = MadeUpTree()
    below = made.line("preprocess")
    scores = (0.9, 0.1, 0.5)
    nodes = [made.node("run_ocr", below, {"min_score": score}) for score in scores]
    entries = [entry for entry in tree_of(made).entries if entry.stage == "run_ocr"]
    assert [entry.node for entry in entries] == [node.id for node in nodes]
    assert [in_words(entry.differs) for entry in entries] == [
        "min_score = 0.9",
        "min_score 0.9 -> 0.1",
        "min_score 0.9 -> 0.5",
    ]


@pytest.mark.parametrize("gone", ["extract_frames", "detect_edges", "run_ocr"])
def test_a_node_whose_parent_is_gone_is_shown_below_the_next_ancestor_left(gone: str) -> None:
    made = MadeUpTree()
    tip = made.line("match_brands")
    before = {entry.node for entry in tree_of(made).entries}
    identity = tip.ancestors[gone]
    made.catalog.store.delete([keys.node("match", gone, identity)])
    tree = tree_of(made)
    assert {entry.node for entry in tree.entries} == before - {identity}
    orphan = next(entry for entry in tree.entries if entry.gone)
    assert [reference.node for reference in orphan.gone] == [identity]
    assert len(tree.leading_to(tree.entries[-1])) == len(tree.entries) - 1


def test_a_timeline_without_nodes_has_an_empty_tree() -> None:
    assert tree_of(MadeUpTree()).entries == ()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=25), st.sets(st.integers(0, 30)))
def test_every_node_is_shown_once_after_its_parent(wanted: list[tuple[int, int]], gone: set[int]) -> None:
    made = MadeUpTree()
    nodes = [made.line("preprocess")]
    for score, at in wanted:
        parent = nodes[at % len(nodes)]
        stage = {"preprocess": "run_ocr", "run_ocr": "match_brands", "match_brands": "escalate_vlm"}.get(parent.stage)
        if stage is not None:
            nodes.append(made.node(stage, parent, {"min_score": score / 10} if stage != "escalate_vlm" else None))
    known = {node.id: node for node in made.catalog.nodes("match")}
    left = {i: node for number, (i, node) in enumerate(sorted(known.items())) if number not in gone}
    tree = checkpoint_tree("match", left.values(), heads={})
    assert sorted(entry.node for entry in tree.entries) == sorted(left)
    seen: set[str] = set()
    for entry in tree.entries:
        assert entry.parent is None or entry.parent in seen
        assert entry.parent is None or entry.parent in left[entry.node].ancestors.values()
        seen.add(entry.node)
