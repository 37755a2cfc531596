"""The checkpoint tree as lines: a node a line, a run of single children straight down, branches indented."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from mpr_core.lineage.differences import in_words
from mpr_core.lineage.tree import CheckpointTree, TreeEntry
from mpr_dagster.wording import found_in_words

_WIDE = 120
_LEAST_TEXT = 24
_ROOM_BESIDE = 44
_BETWEEN = " · "
_ID_DIGITS = 8


@dataclass(frozen=True)
class _Row:
    """One node, before it is set: the branches drawn left of it, those that go on below it, and what is said of it."""

    lines: str
    lines_below: str
    entry: TreeEntry
    above: TreeEntry | None


def tree_lines(tree: CheckpointTree, width: int) -> list[Text]:
    """The whole tree."""
    return _set(list(_rows(tree, None, "", "")), width)


def stage_lines(tree: CheckpointTree, stage: str, width: int) -> list[Text]:
    """One stage's nodes, each with the choices that lead to it."""
    lines: list[Text] = []
    for entry in tree.entries:
        if entry.stage == stage:
            lines += _set([_Row("", "", entry, None)], width)
            for before in tree.leading_to(entry):
                said = in_words(before.differs) or ("" if before.alone else "as its profile says")
                if said:
                    lines += _folded(
                        Text("    under "), [f"{before.stage} {before.node[:_ID_DIGITS]}: {said}"], "", width
                    )
    return lines


def _rows(tree: CheckpointTree, entry: TreeEntry | None, here: str, below: str) -> Iterator[_Row]:
    """Preorder. `below` leads every line under this entry; only where it branches does it grow."""
    children = tree.children(entry)
    for number, child in enumerate(children):
        last = number == len(children) - 1
        branches = len(children) > 1
        lines = below + (("└─ " if last else "├─ ") if branches else "")
        under = below + (("   " if last else "│  ") if branches else "")
        yield _Row(lines, under, child, entry)
        yield from _rows(tree, child, lines, under)


def _set(rows: list[_Row], width: int) -> list[Text]:
    left = max((len(row.lines) + len(row.entry.stage) for row in rows), default=0)
    wide = width >= _WIDE
    lines: list[Text] = []
    for row in rows:
        entry = row.entry
        start = Text(row.lines, style="dim")
        start.append(entry.stage.ljust(left - len(row.lines)), style="dim" if entry.status == "skipped" else "")
        start.append(f"  {entry.node[:_ID_DIGITS]}  ")
        mark = ("stale" if entry.stale else "head") if entry.is_head else ""
        start.append(mark.ljust(5), style="yellow" if entry.stale else "bold green")
        start.append(f"  {_work(entry):>8}  ", style="dim")
        if wide:
            start.append(f"{_run(entry):<16}  {_when(entry)}  ", style="dim")
        lines += _folded(start, _said(row, with_run=not wide), row.lines_below, width)
    return lines


def _said(row: _Row, *, with_run: bool) -> Iterator[str]:
    """What is said of a node in words, the most telling first."""
    entry = row.entry
    yield from (f"[{name}]" for name in entry.labels)
    if entry.differs:
        yield in_words(entry.differs)
    elif not entry.alone:
        yield "as its profile says" if entry.compared_with is None else "same settings"
    found = found_in_words(entry.status, entry.reason, entry.counts)
    if found:
        yield found
    yield from (f"stale: {reason}" for reason in entry.stale)
    if entry.gone:
        yield f"rests on {entry.gone[0].stage} {entry.gone[0].node[:_ID_DIGITS]}, which is gone"
    if with_run and (row.above is None or row.above.run_id != entry.run_id):
        yield f"{_run(entry)}, {_when(entry)}"


def _work(entry: TreeEntry) -> str:
    """How it came about: computing seconds, or that nothing, or not all, had to be computed."""
    if entry.status == "skipped":
        return "skipped"
    if entry.cached:
        return "cached"
    seconds = f"{entry.compute_s:.0f} s" if entry.compute_s >= 100 else f"{entry.compute_s:.1f} s"
    return f"{seconds} +" if entry.parts_reused else seconds


def _run(entry: TreeEntry) -> str:
    kind = "run" if entry.run_type == "initial" else entry.run_type
    return f"{kind} {entry.run_id[:_ID_DIGITS]}"


def _when(entry: TreeEntry) -> str:
    return entry.made_at.astimezone().strftime("%Y-%m-%d %H:%M")


def _folded(start: Text, pieces: Iterable[str], below: str, width: int) -> list[Text]:
    """A line; pieces without room on it stand below, beside the branches. Only what is longer than a line is broken, at words."""
    room = width - len(start)
    indent = below.ljust(len(start)) if room >= _ROOM_BESIDE else below + "    "
    below_room = max(_LEAST_TEXT, width - len(indent))
    texts = [""]
    for piece in pieces:
        now = room if len(texts) == 1 else below_room
        joined = texts[-1] + _BETWEEN + piece if texts[-1] else piece
        if len(joined) <= now:
            texts[-1] = joined
        elif not texts[-1] and len(texts) == 1 and room == below_room:
            texts = textwrap.wrap(piece, room, break_long_words=False, break_on_hyphens=False)
        else:
            texts += textwrap.wrap(piece, below_room, break_long_words=False, break_on_hyphens=False)
    lines = []
    for number, text in enumerate(texts):
        line = start.copy() if number == 0 else Text(indent, style="dim")
        line.append(text, style="not dim")
        line.rstrip()
        lines.append(line)
    return lines
