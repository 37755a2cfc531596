"""Boxes, crops, texts, decisions, scenes and frames of two nodes of one stage, held against each other segment by segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mpr_core.compare.model import RowChange, TableDiff, ValueChange
from mpr_core.compare.places import pair_off, shared_frames
from mpr_core.compare.row_tables import READERS, Entry, Reader, Tables
from mpr_core.runner.branch import Branch

MOST_ROWS = 500
"""So many rows of a table are listed; all are counted."""


def diff_rows(a: Branch, b: Branch, most_rows: int = MOST_ROWS) -> tuple[TableDiff, ...]:
    """The differences of the tables of the branches' own stage; at any time one segment of each side is in memory."""
    stage = a.tip.stage
    read = READERS[stage]
    tallies: dict[str, _Tally] = {}
    same_cut = a.segments == b.segments
    for windows in _windows(a, b):
        if same_cut and a.tip.parts[windows[0][0]].recipe == b.tip.parts[windows[1][0]].recipe:
            tables = read(a, windows[0][0])
            for name, rows in tables.items():
                tallies.setdefault(name, _Tally(name, most_rows)).add_same(len(rows))
            continue
        ours, theirs = (_read_all(read, branch, indexes) for branch, indexes in zip((a, b), windows, strict=True))
        for name in ours | theirs:
            tally = tallies.setdefault(name, _Tally(name, most_rows))
            tally.add(ours.get(name, []), theirs.get(name, []), with_pieces=not same_cut)
    return tuple(tally.table() for tally in tallies.values())


def match_entries(a: Sequence[Entry], b: Sequence[Entry]) -> tuple[dict[int, int], set[tuple[int, int]]]:
    """Which entries are the same thing: at the same instant, or at the same place in the same frames.

    Returns:
        Index in `a` -> index in `b`, one-to-one; and all pairs with a place in common: where the sides cut a track differently, a piece
        has no partner of its own, yet the other side has it too.
    """
    scores = shared_frames(
        [((i, x.name), ms, box) for i, x in enumerate(a) for ms, box in x.seen.items() if box is not None],
        [((j, y.name), ms, box) for j, y in enumerate(b) for ms, box in y.seen.items() if box is not None],
    )
    likely = {(i, j): score + _likeness(a[i], b[j]) for ((i, one), (j, other)), score in scores.items() if one == other}
    pairs = pair_off(likely, lambda i, j: sorted((_order(a[i]), _order(b[j]))))
    return _at_instants(a, b) | pairs, set(likely)


def value_changes(a: Entry, b: Entry) -> tuple[ValueChange, ...]:
    """The values of two entries of one thing that differ by more than their tolerance."""
    found = []
    for name, before in a.values.items():
        after, near = b.values.get(name), a.tolerance.get(name)
        alike = abs(before - after) <= near + 1e-9 if near is not None and after is not None else before == after
        if not alike:
            found.append(ValueChange(field=name, a=before, b=after))
    return tuple(found)


@dataclass
class _Tally:
    """What was counted of one table so far."""

    name: str
    most_rows: int
    rows_a: int = 0
    rows_b: int = 0
    same: int = 0
    pieces: int = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    listed: list[RowChange] = field(default_factory=list)

    def add_same(self, rows: int) -> None:
        self.rows_a, self.rows_b, self.same = self.rows_a + rows, self.rows_b + rows, self.same + rows

    def add(self, a: Sequence[Entry], b: Sequence[Entry], *, with_pieces: bool) -> None:
        pairs, likely = match_entries(a, b)
        self.rows_a, self.rows_b = self.rows_a + len(a), self.rows_b + len(b)
        found = []
        for i, j in pairs.items():
            changes = value_changes(a[i], b[j])
            self.same += not changes
            if changes:
                found.append(_row("changed", a[i], changes))
        taken = set(pairs.values())
        alike = {(i, j) for i, j in likely if not value_changes(a[i], b[j])} if with_pieces else set()
        pieces_a, pieces_b = {i for i, _ in alike} - set(pairs), {j for _, j in alike} - taken
        self.pieces += len(pieces_a) + len(pieces_b)
        found += [_row("lost", entry) for i, entry in enumerate(a) if i not in pairs and i not in pieces_a]
        found += [_row("gained", entry) for j, entry in enumerate(b) if j not in taken and j not in pieces_b]
        for row in found:
            self.counts[row.kind] += 1
        self.listed += sorted(found, key=lambda r: (r.at_s, r.kind, r.what))[
            : max(0, self.most_rows - len(self.listed))
        ]

    def table(self) -> TableDiff:
        counts = {kind: self.counts[kind] for kind in ("changed", "gained", "lost")}
        left_out = sum(counts.values()) - len(self.listed)
        return TableDiff(
            table=self.name,
            rows_a=self.rows_a,
            rows_b=self.rows_b,
            same=self.same,
            pieces=self.pieces,
            rows=tuple(self.listed),
            left_out=left_out,
            **counts,
        )


def _windows(a: Branch, b: Branch) -> list[tuple[list[int], list[int]]]:
    """Segment numbers of both sides that cover the same stretch of the timeline, as short as the two cuts allow."""
    if a.segments == b.segments:
        return [([index], [index]) for index in range(len(a.segments))]
    ends = [{(s.chunk_index, s.end_s) for s in branch.segments} for branch in (a, b)]
    common = sorted(ends[0] & ends[1])
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in common]
    for side, branch in enumerate((a, b)):
        for index, segment in enumerate(branch.segments):
            place = next(n for n, end in enumerate(common) if (segment.chunk_index, segment.end_s) <= end)
            found[place][side].append(index)
    return found


def _read_all(read: Reader, branch: Branch, indexes: Sequence[int]) -> Tables:
    tables: Tables = defaultdict(list)
    for index in indexes:
        for name, rows in read(branch, index).items():
            tables[name] += rows
    return dict(tables)


def _at_instants(a: Sequence[Entry], b: Sequence[Entry]) -> dict[int, int]:
    """Entries without a box: one with the other at the same instant."""
    places: Mapping[int, int] = {next(iter(y.seen)): j for j, y in enumerate(b) if None in y.seen.values()}
    instants = {i: next(iter(x.seen)) for i, x in enumerate(a) if None in x.seen.values()}
    return {i: places[ms] for i, ms in instants.items() if ms in places}


def _likeness(a: Entry, b: Entry) -> float:
    """A little, for the same values: of two decisions of one track, the same brand goes with the same brand."""
    return 0.1 * sum(1 for name, value in a.values.items() if value == b.values.get(name))


def _order(entry: Entry) -> tuple[float, str, str]:
    return entry.at_s, entry.what, str(sorted(entry.seen.items()))


def _row(kind: Literal["gained", "lost", "changed"], entry: Entry, changes: tuple[ValueChange, ...] = ()) -> RowChange:
    return RowChange(kind=kind, at_s=entry.at_s, what=entry.what, changes=changes, quad_px=entry.quad_px)
