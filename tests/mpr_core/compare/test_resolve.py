"""Which two nodes a user means by two words."""

from __future__ import annotations

import pytest

from mpr_core.compare.resolve import find_pair
from mpr_core.errors import InputError, UnknownNode
from tests.mpr_core.compare.conftest import Runs


def test_two_references_of_one_stage_are_taken_as_they_are(runs: Runs) -> None:
    other = runs.again({"match_brands": {"min_score": 82}})
    ours, theirs = runs.base["match_brands"].id, other["match_brands"].id
    found = find_pair(runs.pipe.catalog, "match", ours[:10], theirs)
    assert [node.id for node in found] == [ours, theirs]


def test_an_earlier_node_stands_for_its_newest_report(runs: Runs) -> None:
    other = runs.again({"match_brands": {"min_score": 83}})
    report, matching = runs.base["compile_report"].id, other["match_brands"].id
    again = runs.pipe.run("match", {"compile_report": {"gap_s": 4}}, stages=["compile_report"], nodes=other)
    found = find_pair(runs.pipe.catalog, "match", report, matching)
    assert [node.id for node in found] == [report, again["compile_report"].id]
    assert [node.id for node in find_pair(runs.pipe.catalog, "match", matching, report)] == [found[1].id, report]


def test_an_earlier_node_without_a_report_says_what_makes_one(runs: Runs) -> None:
    through_matching = ["match_brands"]
    nodes = runs.pipe.run("match", {"match_brands": {"min_score": 84}}, stages=through_matching, nodes=runs.base)
    with pytest.raises(InputError, match="no report rests on that node") as caught:
        find_pair(runs.pipe.catalog, "match", runs.base["compile_report"].id, nodes["match_brands"].id)
    assert caught.value.remedy.startswith(f"mpr replay match --stage escalate_vlm --from {nodes['match_brands'].id}")


def test_two_earlier_stages_cannot_be_compared(runs: Runs) -> None:
    with pytest.raises(InputError, match="different stages"):
        find_pair(runs.pipe.catalog, "match", runs.base["run_ocr"].id, runs.base["match_brands"].id)


def test_an_unknown_word_is_no_node(runs: Runs) -> None:
    with pytest.raises(UnknownNode):
        find_pair(runs.pipe.catalog, "match", runs.base["run_ocr"].id, "nosuch")
