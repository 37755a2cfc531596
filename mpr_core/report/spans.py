"""Arithmetic on half-open spans of seconds: union, gaps, overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Span = tuple[float, float]

TOUCH_S = 1e-6
"""Spans closer than this touch: two exact times that became floats on different ways differ by less."""


def union(spans: Iterable[Span], *, bridge_s: float = 0.0) -> list[Span]:
    """Sorted, disjoint spans that cover the same time; neighbours at most `bridge_s` apart become one."""
    merged: list[Span] = []
    for start_s, end_s in sorted(spans):
        if merged and start_s - merged[-1][1] <= bridge_s + TOUCH_S:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged


def length_s(spans: Iterable[Span]) -> float:
    """Total length of disjoint spans."""
    return float(sum(end_s - start_s for start_s, end_s in spans))


def overlap_s(first: Sequence[Span], second: Sequence[Span]) -> float:
    """Seconds that lie in both of two sorted lists of disjoint spans."""
    total, i, j = 0.0, 0, 0
    while i < len(first) and j < len(second):
        total += max(0.0, min(first[i][1], second[j][1]) - max(first[i][0], second[j][0]))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return total
