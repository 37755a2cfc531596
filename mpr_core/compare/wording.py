"""Changes in words, the same on a terminal and on a page."""

from __future__ import annotations

from typing import Any

from mpr_core.compare.model import AiringChange, RowChange, ValueChange

SIGNS = {"gained": "+", "lost": "-"}
"""Of the kinds of changes; any other is '~'."""
_LEAST_MOVED_S = 0.005
_MOST_VALUES = 2
_LONGEST_TEXT = 24
_FIELDS = {"decided_by": "decided by", "mean_area_ratio": "area", "mean_clarity": "clarity", "seconds": "on screen"}


def sign_of(kind: str) -> str:
    """`+`, `-` or `~`."""
    return SIGNS.get(kind, "~")


def airing_in_words(change: AiringChange) -> str:
    """`lost`, `start +0.5 s, end -1.5 s`, `now Oltessa`, `split: 2 instead of 1, -1.0 s`, `text 'RKE' -> 'RHE'`."""
    if change.kind in ("lost", "gained"):
        other = {"lost": "now", "gained": "was"}[change.kind]
        return change.kind + (f", {other} {change.other_brand}" if change.other_brand else "")
    if change.kind == "redecided":
        return f"now {change.other_brand}"
    if change.kind in ("split", "merged", "regrouped"):
        said = f"{change.kind}: {len(change.b)} instead of {len(change.a)}"
        return said + (f", {seconds_delta(change.seconds_delta)}" if change.seconds_delta else "")
    moved = [
        f"{name} {seconds_delta(delta)}"
        for name, delta in (("start", change.start_moved_s), ("end", change.end_moved_s))
        if delta is not None and abs(delta) >= _LEAST_MOVED_S
    ]
    if moved:
        return ", ".join(moved)
    return ", ".join(value_in_words(value) for value in change.changes[:_MOST_VALUES])


def row_in_words(row: RowChange) -> str:
    """What a row is, and what of it differs; a text is its own name."""
    if any(change.field == "text" for change in row.changes):
        said = [value_in_words(change).removeprefix("text ") for change in row.changes]
        return ", ".join(said)
    return f"{row.what}: {', '.join(map(value_in_words, row.changes))}" if row.changes else row.what


def value_in_words(change: ValueChange) -> str:
    """`score 100 -> 95`, `text 'RKE' -> 'RHE'`, `area 1.05 % -> 0.78 %`."""
    if change.field == "seconds" and isinstance(change.a, float) and isinstance(change.b, float):
        return f"on screen {seconds_delta(change.b - change.a)}"
    name = _FIELDS.get(change.field, change.field.replace("_", " "))
    return f"{name} {_value(change.field, change.a)} -> {_value(change.field, change.b)}"


def seconds_delta(seconds: float) -> str:
    """`-1.5 s`; two decimals only where one would say nothing."""
    return f"{seconds:+.1f} s" if abs(seconds) >= 0.05 else f"{seconds:+.2f} s"


def _value(field: str, value: Any) -> str:
    if field.endswith("_ratio"):
        return f"{value:.2%}"
    if field == "score":
        return f"{value:.2f}" if value <= 1 else f"{value:.0f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    text = str(value)
    cut = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return repr(cut) if field == "text" else cut
