"""After a promotion the heads stand on one branch, as far as it reaches, whatever happened in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.errors import InputError
from mpr_core.lineage.node import Node
from mpr_core.lineage.promote import apply_promotion, plan_promotion, promotion_of
from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.store import keys
from tests.mpr_core.lineage.made_up_tree import MadeUpTree


@pytest.fixture
def tree() -> MadeUpTree:
    """Heads on a plain branch."""
    made = MadeUpTree()
    made.head(made.line("compile_report"))
    return made


def branch(tree: MadeUpTree, until: str, score: float = 0.6) -> Node:
    """Another reading, and what follows it."""
    preprocess = tree.catalog.head("match", "preprocess")
    return tree.line(until, preprocess, {"run_ocr": {"min_score": score}})


def heads(tree: MadeUpTree) -> dict[str, str | None]:
    return {stage: tree.catalog.head_id("match", stage) for stage in STAGE_NAMES}


def test_a_report_takes_the_heads_of_its_whole_branch_with_it(tree: MadeUpTree) -> None:
    tip = branch(tree, "compile_report")
    promotion = promotion_of(tree.catalog, tip)
    assert [move.stage for move in promotion.moves] == list(STAGE_NAMES[6:])
    assert promotion.stays == STAGE_NAMES[:6]
    assert promotion.left == {}
    apply_promotion(tree.catalog, promotion)
    assert heads(tree) == dict(tip.ancestors) | {tip.stage: tip.id}


def test_later_stages_follow_to_the_newest_node_on_the_branch(tree: MadeUpTree) -> None:
    tip = branch(tree, "compile_report")
    reading = tree.catalog.node("match", "run_ocr", tip.ancestors["run_ocr"])
    assert reading is not None
    newer = tree.line("compile_report", reading, {"match_brands": {"min_score": 88.0}})
    apply_promotion(tree.catalog, promotion_of(tree.catalog, reading))
    assert heads(tree) == dict(newer.ancestors) | {newer.stage: newer.id}


def test_a_later_head_that_rests_on_the_branch_already_stays(tree: MadeUpTree) -> None:
    before = heads(tree)
    matching = tree.catalog.head("match", "run_ocr")
    assert matching is not None
    tree.node("match_brands", matching, {"min_score": 88.0})
    promotion = promotion_of(tree.catalog, matching)
    assert (promotion.moves, promotion.left) == ((), {})
    apply_promotion(tree.catalog, promotion)
    assert heads(tree) == before


def test_a_later_head_without_a_place_on_the_branch_is_left_and_named(tree: MadeUpTree) -> None:
    before = heads(tree)
    tip = branch(tree, "match_brands")
    promotion = promotion_of(tree.catalog, tip)
    assert promotion.left == {stage: before[stage] for stage in STAGE_NAMES[8:]}
    apply_promotion(tree.catalog, promotion)
    assert heads(tree) == before | {"run_ocr": tip.ancestors["run_ocr"], "match_brands": tip.id}


def test_a_stage_that_never_had_a_head_is_not_left_behind() -> None:
    tree = MadeUpTree()
    tip = tree.line("run_ocr")
    promotion = promotion_of(tree.catalog, tip)
    assert promotion.left == {}
    assert [(move.stage, move.before) for move in promotion.moves] == [(stage, None) for stage in STAGE_NAMES[:7]]


def test_a_branch_with_a_hole_is_refused_and_nothing_moves(tree: MadeUpTree) -> None:
    tip = branch(tree, "match_brands")
    tree.catalog.store.delete([keys.node("match", "run_ocr", tip.ancestors["run_ocr"])])
    with pytest.raises(InputError, match="the branch is not whole"):
        promotion_of(tree.catalog, tip)


choices = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=20)


@given(choices, st.integers(0, 60), st.integers(0, 60), st.integers(0, 11))
def test_a_promotion_is_consistent_and_ends_alike_after_a_kill(
    wanted: list[tuple[int, int]], standing: int, chosen: int, killed_after: int
) -> None:
    tree = MadeUpTree()
    nodes = [tree.line("preprocess")]
    for at, score in wanted:
        parent = nodes[at % len(nodes)]
        stage = {"preprocess": "run_ocr", "run_ocr": "match_brands", "match_brands": "escalate_vlm"}.get(parent.stage)
        if stage is not None:
            config = {"min_score": score / 10} if stage == "run_ocr" else {"enabled": bool(score % 2)}
            nodes.append(tree.node(stage, parent, config))
    known = tree.catalog.nodes("match")
    tip, stood = known[chosen % len(known)], known[standing % len(known)]
    start = dict(stood.ancestors) | {stood.stage: stood.id}

    promotion = plan_promotion(tip, known, start)
    ended = start | {move.stage: move.after.id for move in promotion.moves}
    by_id = {node.id: node for node in known}
    for stage, identity in ended.items():
        if stage not in promotion.left:
            assert all(ended[below] == it for below, it in by_id[identity].ancestors.items())
    assert all(ended[stage] == it for stage, it in (tip.ancestors | {tip.stage: tip.id}).items())

    halfway = start | {move.stage: move.after.id for move in promotion.moves[:killed_after]}
    again = plan_promotion(tip, known, halfway)
    assert halfway | {move.stage: move.after.id for move in again.moves} == ended
    assert plan_promotion(tip, known, ended).moves == ()
