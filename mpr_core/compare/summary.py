"""A difference in one line: for the end of a replay, and for the last line of `mpr diff`."""

from __future__ import annotations

from collections import Counter

from mpr_core.compare.model import AiringChange, AiringKind, Diff, TableDiff
from mpr_core.report.clock import clock

KINDS: tuple[AiringKind, ...] = ("lost", "gained", "redecided", "split", "merged", "regrouped", "moved", "changed")
_WORDS: dict[AiringKind, str] = {"redecided": "now another brand"}
_NAMED_AIRINGS = 2
_NAMED_BRANDS = 3


def summary_of(diff: Diff) -> str:
    """`2 airings lost (Vantelo 00:12.5, ...), 1 moved; Vantelo -3.5 s`."""
    if not diff.differs:
        return nothing_differs(diff)
    if diff.tables:
        return "; ".join(table_line(table) for table in diff.tables if table.changed or table.gained or table.lost)
    counts = Counter(change.kind for change in diff.airings)
    words: list[str] = []
    for kind in (kind for kind in KINDS if counts[kind]):
        unit = "" if words else (" airing" if counts[kind] == 1 else " airings")
        named = f" ({_named([c for c in diff.airings if c.kind == kind])})" if kind in ("lost", "gained") else ""
        words.append(f"{counts[kind]}{unit} {_WORDS.get(kind, kind)}{named}")
    return "; ".join([", ".join(words), *_brands(diff)])


def closing_line(diff: Diff) -> str:
    """`2 lost, 1 moved, 14 the same`."""
    if not diff.differs:
        return nothing_differs(diff)
    if diff.tables:
        return "; ".join(table_line(table) for table in diff.tables)
    counts = Counter(change.kind for change in diff.airings)
    found = [f"{counts[kind]} {_WORDS.get(kind, kind)}" for kind in KINDS if counts[kind]]
    return ", ".join([*found, f"{len(diff.airings_same)} the same"])


def nothing_differs(diff: Diff) -> str:
    """That nothing differs, and how much that is said of."""
    if diff.same_node:
        return "the same node"
    if diff.a.stage == "compile_report":
        return f"no difference in airings, {len(diff.airings_same)} the same"
    return "no difference: " + "; ".join(table_line(table) for table in diff.tables)


def table_line(table: TableDiff) -> str:
    """`boxes: 3 lost, 1 gained, 120 the same`."""
    found = [f"{count} {word}" for word, count in _table_counts(table) if count]
    pieces = [f"{table.pieces} pieces of tracks that are cut elsewhere"] if table.pieces else []
    return f"{table.table}: {', '.join([*found, f'{table.same} the same', *pieces])}"


def _table_counts(table: TableDiff) -> list[tuple[str, int]]:
    return [("lost", table.lost), ("gained", table.gained), ("changed", table.changed)]


def _named(changes: list[AiringChange]) -> str:
    names = [f"{c.brand} {clock(c.start_s, 1)}" for c in changes[:_NAMED_AIRINGS]]
    return ", ".join(names + ["..."] * (len(changes) > _NAMED_AIRINGS))


def _brands(diff: Diff) -> list[str]:
    moved = [f"{b.brand} {b.seconds_delta:+.1f} s" for b in diff.brands if abs(b.seconds_delta) >= 0.05]
    if not moved:
        return []
    more = len(moved) - _NAMED_BRANDS
    return [", ".join(moved[:_NAMED_BRANDS]) + (f" and {more} more" if more > 0 else "")]
