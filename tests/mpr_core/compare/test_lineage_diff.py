"""What differs in how two nodes were made, said as people write it."""

from __future__ import annotations

from typing import Any

import pytest

from mpr_core.compare.lineage_diff import brand_edits, edit_in_words, in_words, lineage_of_nodes
from mpr_core.lineage.node import Node, Provenance


def node(stage: str, identity: str, **fields: Any) -> Node:
    made: dict[str, Any] = {
        "timeline": "match",
        "stage_version": "1",
        "status": "done",
        "config": {},
        "parts": (),
        "provenance": Provenance(run_id="r", profile="generic"),
    }
    return Node(id=identity, stage=stage, **(made | fields))


def words(a: Node, b: Node) -> list[str]:
    found = lineage_of_nodes({a.stage: a}, {b.stage: b})
    return [in_words(change) for change in found.changes] + [edit_in_words(edit) for edit in found.brands]


def test_equal_nodes_do_not_differ() -> None:
    one = node("run_ocr", "a", config={"min_score": 0.5})
    found = lineage_of_nodes({"run_ocr": one}, {"run_ocr": one})
    assert (found.stages, found.changes, found.brands) == ((), (), ())


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ({"config": {"min_score": 80.0}}, {"config": {"min_score": 88.0}}, "run_ocr.min_score 80 -> 88"),
        ({"config": {"fps": "2/1"}}, {"config": {"fps": "5/2"}}, "run_ocr.fps 2 -> 5/2"),
        ({"config": {"enabled": True}}, {"config": {"enabled": False}}, "run_ocr.enabled on -> off"),
        ({"config": {"weights": ""}}, {"config": {"weights": "y.onnx"}}, "run_ocr.weights '' -> y.onnx"),
        ({"config": {}}, {"config": {"fresh": 1}}, "run_ocr.fresh unset -> 1"),
        ({"stage_version": "1"}, {"stage_version": "2"}, "run_ocr version 1 -> 2"),
        ({"models": {"rec": "aa"}}, {"models": {"rec": "bb"}}, "run_ocr model rec aa -> bb"),
        ({"status": "done"}, {"status": "skipped"}, "run_ocr done -> skipped"),
    ],
)
def test_a_difference_is_one_line(a: dict[str, Any], b: dict[str, Any], said: str) -> None:
    assert words(node("run_ocr", "a", **a), node("run_ocr", "b", **b)) == [said]


def test_the_brand_list_is_told_name_by_name() -> None:
    before = [
        {"canonical_name": "Vantelo", "aliases": ["Vant"]},
        {"canonical_name": "Orange", "exclude": ["orange juice"]},
        {"canonical_name": "Oltessa"},
    ]
    after = [
        {"canonical_name": "Oltessa", "aliases": []},
        {"canonical_name": "Orange", "exclude": []},
        {"canonical_name": "Vantelo", "aliases": ["Vantelo Air"]},
        {"canonical_name": "Tavikko"},
    ]
    assert words(
        node("match_brands", "a", config={"brands": before}), node("match_brands", "b", config={"brands": after})
    ) == [
        "brand list: Tavikko added",
        "brand list: Vantelo alias 'Vant' removed, alias 'Vantelo Air' added",
        "brand list: Orange exclude 'orange juice' removed",
    ]
    assert [edit_in_words(edit) for edit in brand_edits(before[:1], [])] == ["brand list: Vantelo removed"]
