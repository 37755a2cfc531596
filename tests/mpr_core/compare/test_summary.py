"""A difference in one line."""

from __future__ import annotations

from mpr_core.compare.diff import diff_reports
from mpr_core.compare.summary import closing_line, summary_of
from mpr_core.compare.wording import airing_in_words, seconds_delta
from tests.mpr_core.compare.made_reports import Seen, report_of

BEFORE = (
    Seen("Vantelo", 0, 4),
    Seen("Vantelo", 12.5, 16),
    Seen("Vantelo", 30, 34),
    Seen("Vantelo", 50, 52),
    Seen("Oltessa", 20, 24),
)
AFTER = (Seen("Vantelo", 0, 3.5), Seen("Oltessa", 20, 24))


def test_a_replay_says_what_it_changed_in_one_line() -> None:
    diff = diff_reports(report_of(*BEFORE), report_of(*AFTER))
    assert summary_of(diff) == "3 airings lost (Vantelo 00:12.5, Vantelo 00:30.0, ...), 1 moved; Vantelo -10.0 s"
    assert closing_line(diff) == "3 lost, 1 moved, 1 the same"


def test_one_airing_is_singular_and_another_brand_is_said() -> None:
    diff = diff_reports(report_of(Seen("Vantelo", 0, 4)), report_of(Seen("Oltessa", 0, 4)))
    assert summary_of(diff) == "1 airing now another brand; Oltessa +4.0 s, Vantelo -4.0 s"
    assert [airing_in_words(change) for change in diff.airings] == ["now Oltessa"]


def test_no_difference_is_said_as_such() -> None:
    report = report_of(*BEFORE)
    assert summary_of(diff_reports(report, report)) == "no difference in airings, 5 the same"
    assert closing_line(diff_reports(report_of(), report_of())) == "no difference in airings, 0 the same"


def test_changes_read_as_short_phrases() -> None:
    before = [Seen("Vantelo", 0, 10), Seen("Oltessa", 20, 24, text="OLTESS"), Seen("Tavikko", 40, 44)]
    after = [Seen("Vantelo", 0.5, 4), Seen("Vantelo", 6, 10), Seen("Oltessa", 20, 24), Seen("Tavikko", 38.5, 45)]
    said = [airing_in_words(change) for change in diff_reports(report_of(*before), report_of(*after)).airings]
    assert said == ["split: 2 instead of 1, -2.5 s", "text 'OLTESS' -> 'Oltessa'", "start -1.5 s, end +1.0 s"]


def test_a_small_move_is_not_rounded_to_nothing() -> None:
    assert (seconds_delta(-0.02), seconds_delta(0.25)) == ("-0.02 s", "+0.2 s")
