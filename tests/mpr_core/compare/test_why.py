"""The cause of every change, on real runs: which knob, and at which stage the brand was lost."""

from __future__ import annotations

from typing import Any

import pytest

from mpr_core.compare.diff import diff_nodes
from mpr_core.compare.model import Diff
from mpr_core.compare.summary import closing_line
from tests.mpr_core.compare.conftest import Runs

OTHERS = [{"canonical_name": "Oltessa"}, {"canonical_name": "Tavikko"}]


def whys(diff: Diff) -> dict[tuple[str, str], str]:
    return {(change.kind, change.brand): change.why for change in diff.airings}


def test_a_stricter_score_names_the_score_and_the_knob(runs: Runs) -> None:
    strict = runs.again({"match_brands": {"brands": [{"canonical_name": "Vantelu"}, *OTHERS], "min_score": 90}})
    loose = runs.again({"match_brands": {"brands": [{"canonical_name": "Vantelu"}, *OTHERS], "fuzzy_min_letters": 4}})
    diff = diff_nodes(runs.pipe.catalog, loose["compile_report"], strict["compile_report"])
    assert [(c.stage, c.field) for c in diff.lineage.changes] == [
        ("match_brands", "min_score"),
        ("match_brands", "fuzzy_min_letters"),
    ]
    (why,) = whys(diff).values()
    assert why.startswith("'VANTELO' scored 8"), why
    assert why.endswith(", under match_brands.min_score 90")
    (back,) = whys(diff_nodes(runs.pipe.catalog, strict["compile_report"], loose["compile_report"])).items()
    assert back == (("gained", "Vantelu"), f"in A: {why}")


def test_a_brand_that_left_the_list_is_said_to_have_left_it(runs: Runs) -> None:
    without = runs.again({"match_brands": {"brands": OTHERS}})
    diff = runs.diff(without)
    assert whys(diff) == {("lost", "Vantelo"): "Vantelo is not on the brand list"}
    assert [(edit.brand, edit.change) for edit in diff.lineage.brands] == [("Vantelo", "removed")]
    assert closing_line(diff) == "1 lost, 2 the same"
    assert whys(runs.diff(without, back=True)) == {("gained", "Vantelo"): "in A: Vantelo is not on the brand list"}


def test_the_same_sign_under_another_name_is_redecided(runs: Runs) -> None:
    renamed = runs.again(
        {"match_brands": {"brands": [{"canonical_name": "Vantelo Group", "aliases": ["Vantelo"]}, *OTHERS]}}
    )
    diff = runs.diff(renamed)
    assert [(c.kind, c.brand, c.other_brand) for c in diff.airings] == [("redecided", "Vantelo", "Vantelo Group")]
    assert diff.airings[0].why == "Vantelo is not on the brand list; in A: Vantelo Group is not on the brand list"


def test_an_airing_that_is_too_short_names_the_rule(runs: Runs) -> None:
    diff = runs.diff(runs.again({"compile_report": {"min_airing_s": 2.2}}))
    assert whys(diff) == {
        ("lost", brand): "it is on screen for less than compile_report.min_airing_s 2.2"
        for brand in ("Vantelo", "Oltessa")
    }


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"detect_objects": {"box_score": 0.99}}, "its box scored "),
        ({"detect_objects": {"min_height_px": 300}}, "no box there (detect_objects.min_height_px 6 -> 300)"),
        ({"match_brands": {"min_text_score": 1.0}}, ", under match_brands.min_text_score 1"),
    ],
)
def test_the_stage_that_stopped_a_brand_is_named(runs: Runs, overrides: dict[str, dict[str, Any]], said: str) -> None:
    diff = runs.diff(runs.again(overrides))
    assert diff.airings
    for change in diff.airings:
        assert said in change.why, change


def test_a_change_without_a_trace_of_its_own_follows_from_the_knob(runs: Runs) -> None:
    diff = runs.diff(runs.again({"preprocess": {"max_crop_height_px": 64}}))
    assert [change for change in diff.airings if not change.why] == []


def test_the_same_node_and_equal_reports_are_two_things(runs: Runs) -> None:
    same = runs.diff(runs.base)
    assert (same.same_node, closing_line(same)) == (True, "the same node")
    other = runs.diff(runs.again({"match_brands": {"min_score": 81}}))
    assert (other.same_node, closing_line(other)) == (False, "no difference in airings, 3 the same")
    assert [(c.field, c.a, c.b) for c in other.lineage.changes] == [("min_score", 80.0, 81.0)]


def test_other_segments_alone_change_no_airing(runs: Runs) -> None:
    diff = runs.diff(runs.again({"extract_frames": {"segment_s": 15}}))
    assert closing_line(diff) == "no difference in airings, 3 the same"
