"""Times as people read them."""

from __future__ import annotations

import pytest

from mpr_core.report.clock import clock, duration, ticks


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (0.0, 3, "00:00.000"),
        (62.5, 3, "01:02.500"),
        (59.9996, 3, "01:00.000"),
        (3599.96, 1, "1:00:00.0"),
        (3725.25, 3, "1:02:05.250"),
        (36_000, 0, "10:00:00"),
    ],
)
def test_clock(seconds: float, decimals: int, text: str) -> None:
    assert clock(seconds, decimals) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (5.53, "5.5 s"),
        (59.97, "1 min 00 s"),
        (402, "6 min 42 s"),
        (3599.7, "1 h 00 min"),
        (7320, "2 h 02 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("duration_s", [0.7, 9, 95, 600, 5400, 10_800, 86_400, 500_000])
def test_ticks_are_few_round_and_inside(duration_s: float) -> None:
    marks = ticks(duration_s)
    assert 2 <= len(marks) <= 9
    assert marks[0][0] == 0
    assert marks[-1][0] <= duration_s
    assert len({label for _, label in marks}) == len(marks)


def test_a_timeline_of_no_length_has_one_tick() -> None:
    assert ticks(0) == [(0.0, "00:00")]
