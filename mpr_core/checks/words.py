"""Figures as the findings say them."""

from __future__ import annotations

from collections.abc import Sequence

from mpr_core.report.clock import clock

_MOST = 5


def share(part: float, whole: float) -> float:
    """The ratio of two counts; 0 of nothing."""
    return part / whole if whole else 0.0


def percent(part: float, whole: float) -> str:
    return f"{share(part, whole):.0%}"


def number(count: int, one: str, more: str = "") -> str:
    """'1 frame', '2 frames'."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def some(names: Sequence[str]) -> str:
    """The first few of many."""
    rest = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {rest} more" if rest > 0 else "")


def times(seconds: Sequence[float]) -> str:
    """Where on the timeline."""
    return some([clock(value) for value in seconds])
