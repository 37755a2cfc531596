"""Properties: a report does not differ from itself, and swapping the sides swaps the difference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mpr_core.compare.diff import diff_reports
from mpr_core.compare.model import AiringChange, Diff
from mpr_core.report.model import Report
from tests.mpr_core.compare.made_reports import Seen, report_of

SWAPPED = {"gained": "lost", "lost": "gained", "split": "merged", "merged": "split"}


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Up to eight presences of three brands at two places, on both sides of the border between the chunks."""
    seen = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, 100)) / 2
        length = draw(st.integers(1, 18)) / 2
        brand = draw(st.sampled_from(["Vantelo", "Oltessa", "Tavikko"]))
        seen.append(
            Seen(
                brand,
                start,
                start + length,
                draw(st.sampled_from([100.0, 700.0])),
                draw(st.sampled_from([100.0, 90.0])),
            )
        )
    return report_of(*seen)


def outline(change: AiringChange, *, swapped: bool = False) -> tuple[object, ...]:
    """What must be the same, seen from either side."""
    kind, brands = change.kind, [change.brand, change.other_brand]
    sides = [[view.id for view in change.a], [view.id for view in change.b]]
    moved = [change.start_moved_s, change.end_moved_s, change.seconds_delta]
    if swapped:
        sides.reverse()
        kind = SWAPPED.get(kind, kind)  # type: ignore[assignment]
        brands = brands[::-1] if kind == "redecided" else brands
        moved = [None if value is None else -value + 0.0 for value in moved]
    return kind, *brands, *map(tuple, sides), *moved


def outlines(diff: Diff, *, swapped: bool = False) -> set[tuple[object, ...]]:
    return {outline(change, swapped=swapped) for change in diff.airings}


@given(reports())
def test_a_report_does_not_differ_from_itself(report: Report) -> None:
    diff = diff_reports(report, report)
    assert not diff.differs
    assert len(diff.airings_same) == len(report.airings)
    assert not any(brand.differs or brand.seconds_delta for brand in diff.brands)


@given(reports(), reports())
def test_swapping_the_sides_swaps_the_difference(a: Report, b: Report) -> None:
    there, back = diff_reports(a, b), diff_reports(b, a)
    assert outlines(there) == outlines(back, swapped=True)
    assert {(s.a, s.b) for s in there.airings_same} == {(s.b, s.a) for s in back.airings_same}
    assert {b.brand: b.seconds_delta for b in there.brands} == {b.brand: -b.seconds_delta + 0.0 for b in back.brands}


@given(reports(), reports())
def test_every_airing_of_both_sides_is_told_of_exactly_once(a: Report, b: Report) -> None:
    diff = diff_reports(a, b)
    ours = [view.id for change in diff.airings for view in change.a] + [same.a for same in diff.airings_same]
    theirs = [view.id for change in diff.airings for view in change.b] + [same.b for same in diff.airings_same]
    assert sorted(ours) == sorted(airing.id for airing in a.airings)
    assert sorted(theirs) == sorted(airing.id for airing in b.airings)
