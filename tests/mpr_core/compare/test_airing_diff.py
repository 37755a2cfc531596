"""What became of an airing: every kind of change, and what is none."""

from __future__ import annotations

import pytest

from mpr_core.compare.airing_diff import AiringDiff, diff_airings
from mpr_core.compare.diff import diff_reports
from mpr_core.compare.model import AiringChange
from mpr_core.errors import InputError
from tests.mpr_core.compare.made_reports import Seen, report_of


def found(a: list[Seen], b: list[Seen], **rule: float) -> AiringDiff:
    return diff_airings(report_of(*a, **rule).airings, report_of(*b, **rule).airings)  # type: ignore[arg-type]


def only(a: list[Seen], b: list[Seen]) -> AiringChange:
    (change,) = found(a, b).changes
    return change


def test_an_airing_of_one_side_is_lost_or_gained() -> None:
    stays, goes = Seen("Oltessa", 0, 4), Seen("Vantelo", 12, 16)
    lost = only([stays, goes], [stays])
    assert (lost.kind, lost.brand, lost.seconds_delta) == ("lost", "Vantelo", -4.0)
    assert (lost.start_moved_s, lost.end_moved_s, lost.b, lost.other_brand) == (None, None, (), None)
    assert lost.a[0].crop_key == "crops/Vantelo-12.jpg"
    gained = only([stays], [stays, goes])
    assert (gained.kind, gained.seconds_delta, gained.a) == ("gained", 4.0, ())
    assert [same.brand for same in found([stays, goes], [stays]).same] == ["Oltessa"]


def test_a_moved_airing_says_how_far_and_which_way() -> None:
    change = only([Seen("Vantelo", 10, 20)], [Seen("Vantelo", 11.5, 20.5)])
    assert (change.kind, change.start_moved_s, change.end_moved_s, change.seconds_delta) == ("moved", 1.5, 0.5, -1.0)


def test_airings_of_a_brand_that_do_not_overlap_are_not_one() -> None:
    changes = found([Seen("Vantelo", 0, 4)], [Seen("Vantelo", 20, 24)]).changes
    assert [c.kind for c in changes] == ["lost", "gained"]


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (Seen("Vantelo", 0, 4, score=97.0), "score"),
        (Seen("Vantelo", 0, 4, text="VANTEL"), "text"),
        (Seen("Vantelo", 0, 4, decided_by="escalate_vlm"), "decided_by"),
        (Seen("Vantelo", 0, 4, height_px=50), "mean_area_ratio"),
        (Seen("Vantelo", 0, 4, clarity=0.6), "mean_clarity"),
    ],
)
def test_the_same_time_with_another_figure_is_a_change(other: Seen, field: str) -> None:
    change = only([Seen("Vantelo", 0, 4)], [other])
    assert (change.kind, [value.field for value in change.changes]) == ("changed", [field])


def test_differences_within_the_tolerance_are_none() -> None:
    near = Seen("Vantelo", 0, 4, score=99.2, clarity=0.77, height_px=42)
    assert found([Seen("Vantelo", 0, 4)], [near]).changes == ()


def test_a_split_and_a_merge_are_one_change_each() -> None:
    whole, parts = [Seen("Vantelo", 0, 12)], [Seen("Vantelo", 0, 5), Seen("Vantelo", 8, 12)]
    split = only(whole, parts)
    assert (split.kind, len(split.a), len(split.b), split.seconds_delta) == ("split", 1, 2, -3.0)
    merged = only(parts, whole)
    assert (merged.kind, len(merged.a), len(merged.b), merged.seconds_delta) == ("merged", 2, 1, 3.0)


def test_several_that_became_several_others_are_regrouped() -> None:
    change = only([Seen("Vantelo", 0, 10), Seen("Vantelo", 12, 14)], [Seen("Vantelo", 0, 4), Seen("Vantelo", 6, 14)])
    assert (change.kind, len(change.a), len(change.b)) == ("regrouped", 2, 2)


def test_a_short_overlap_does_not_tie_two_pairs_together() -> None:
    changes = found(
        [Seen("Vantelo", 0, 5), Seen("Vantelo", 7, 12)], [Seen("Vantelo", 0, 7.5), Seen("Vantelo", 9, 12)]
    ).changes
    assert [(c.kind, c.start_moved_s, c.end_moved_s) for c in changes] == [("moved", 0.0, 2.5), ("moved", 2.0, 0.0)]


def test_the_same_boxes_under_another_name_are_redecided() -> None:
    change = only([Seen("Vantelo", 3, 9)], [Seen("Oltessa", 3, 9, x_px=104)])
    assert (change.kind, change.brand, change.other_brand) == ("redecided", "Vantelo", "Oltessa")
    elsewhere = found([Seen("Vantelo", 3, 9)], [Seen("Oltessa", 3, 9, x_px=500)]).changes
    assert sorted(c.kind for c in elsewhere) == ["gained", "lost"]


def test_a_lost_airing_names_the_brand_that_holds_its_boxes() -> None:
    before = [Seen("Vantelo", 4, 6), Seen("Oltessa", 6, 12)]
    lost, longer = sorted(found(before, [Seen("Oltessa", 4, 12)]).changes, key=lambda c: c.kind)
    assert (lost.kind, lost.brand, lost.other_brand) == ("lost", "Vantelo", "Oltessa")
    assert (longer.kind, longer.start_moved_s) == ("moved", -2.0)


def test_empty_reports_do_not_differ() -> None:
    diff = diff_reports(report_of(), report_of())
    assert (diff.airings, diff.airings_same, diff.differs) == ((), (), False)


def test_brand_totals_count_what_the_airings_lost() -> None:
    diff = diff_reports(
        report_of(Seen("Vantelo", 0, 6), Seen("Oltessa", 28, 34)),
        report_of(Seen("Vantelo", 0, 4), Seen("Oltessa", 28, 34)),
    )
    first, second = diff.brands
    assert (first.brand, first.seconds_delta, first.airings_delta) == ("Vantelo", -2.0, 0)
    assert first.share_of_timeline_delta == pytest.approx(-2 / 60, abs=1e-4)
    assert (second.brand, second.differs) == ("Oltessa", False)


def test_a_brand_off_the_list_differs_even_if_it_was_never_seen() -> None:
    diff = diff_reports(report_of(), report_of(brand_list=("Vantelo",)))
    assert [(b.brand, b.a.listed, b.b.listed) for b in diff.brands if b.differs] == [("Oltessa", True, False)]
    assert [(e.brand, e.change) for e in diff.lineage.brands] == [("Oltessa", "removed")]


def test_bare_reports_tell_the_knobs_that_they_state() -> None:
    diff = diff_reports(report_of(knobs={"min_score": 88.0}), report_of())
    assert [(c.stage, c.field, c.a, c.b) for c in diff.lineage.changes] == [("match_brands", "min_score", 88.0, None)]
    assert (diff.a.node, diff.same_node) == ("", False)


def test_reports_of_two_timelines_are_refused() -> None:
    with pytest.raises(InputError, match="different timelines"):
        diff_reports(report_of(), report_of(timeline="other"))
