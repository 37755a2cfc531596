"""The cause of every change of an airing, in words: what cut it in the branch that lacks it, or the rule that joined or dropped it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mpr_core.compare.branch_rows import BranchRows
from mpr_core.compare.lineage_diff import edit_in_words, in_words
from mpr_core.compare.missing import DECIDED, NOT_SAMPLED, Cause, cause_at, composed_cause, is_listed
from mpr_core.compare.model import AiringChange, AiringView, Lineage
from mpr_core.compare.places import SAME_PLACE_IOU, XyXy, bounds, cover
from mpr_core.report.model import Airing, Box, Report
from mpr_core.report.spans import Span, length_s, overlap_s, union
from mpr_core.runner.branch import Branch
from mpr_core.stages.registry import STAGE_NAMES

_MOST_BOXES = 12
"""So many instants of a stretch are looked at, spread over it: more say the same."""

_STAGES_OF_DEPTH = {
    0: ("extract_frames",),
    1: ("filter_scenes",),
    2: ("detect_objects", "detect_edges", "field_segmentation", "filter_scenes", "extract_frames"),
    3: ("run_ocr", "preprocess", "detect_objects"),
    4: ("run_ocr", "preprocess", "detect_objects"),
}
"""How far a brand came -> the stages whose knobs can have stopped it there."""


class Reasons:
    """Finds causes between two branches and their reports. Memory stays at one segment of each."""

    def __init__(self, a: Branch, b: Branch, reports: tuple[Report, Report], lineage: Lineage) -> None:
        self._rows = (BranchRows(a), BranchRows(b))
        self._lineage = lineage
        self._airings = tuple({airing.id: airing for airing in report.airings} for report in reports)

    def explained(self, changes: Sequence[AiringChange]) -> tuple[AiringChange, ...]:
        """The changes with their `why`."""
        return tuple(change.model_copy(update={"why": self._why(change)}) for change in changes)

    def _why(self, change: AiringChange) -> str:
        if change.kind == "redecided":
            return self._redecided(change)
        ours, theirs = self._of(change.a, 0), self._of(change.b, 1)
        lost = self._stretch_cause(ours, theirs, missing_in=1)
        gained = self._stretch_cause(theirs, ours, missing_in=0)
        found = [said for said in (lost, f"in A: {gained}" if gained else "") if said]
        if change.kind in ("split", "merged", "regrouped") and (rule := self._gap_rule()):
            found = [rule] if not found else [*found, rule]
        return "; ".join(found) or self._follows()

    def _redecided(self, change: AiringChange) -> str:
        ours, theirs = self._of(change.a, 0), self._of(change.b, 1)
        before = self._cause(change.brand, [box for airing in ours for box in airing.boxes], missing_in=1)
        after = self._cause(change.other_brand or "", [box for x in theirs for box in x.boxes], missing_in=0)
        found = [said for said in (before, f"in A: {after}" if after else "") if said]
        return "; ".join(found) or self._follows()

    def _stretch_cause(self, has: Sequence[Airing], other: Sequence[Airing], *, missing_in: int) -> str:
        """Why the other side is not on screen when, or where, only this side's airings are."""
        held = union(span for airing in other for span in airing.spans_s)
        own = [box for airing in has for box in airing.boxes if box.end_s > box.start_s]
        boxes = [box for box in own if _outside((box.start_s, box.end_s), held)] or _elsewhere(own, other)
        if not boxes:
            return ""
        return self._cause(has[0].brand, boxes, missing_in=missing_in, whole=not other)

    def _cause(self, brand: str, boxes: Sequence[Box], *, missing_in: int, whole: bool = False) -> str:
        """What most of the boxes' instants say.

        Args:
            whole: they are a whole airing, so what the other branch does see of it was too short for one.
        """
        rows, shown_by = self._rows[missing_in], self._rows[1 - missing_in]
        if not is_listed(rows, brand) and is_listed(shown_by, brand):
            return f"{brand} is not on the brand list"
        causes: list[tuple[Box, Cause]] = []
        for box in _spread(boxes):
            cause = cause_at(rows, shown_by, brand, box)
            if cause.depth < 6:  # the brand was no candidate: the other branch may have composed it from several boxes
                cause = composed_cause(shown_by, rows, brand, box) or cause
            causes.append((box, cause))
        said = self._with_knobs(_commonest([cause for _, cause in causes]), missing_in)
        left = self._left_over(causes, missing_in) if whole else ""
        return "; ".join(words for words in (said, left) if words)

    def _with_knobs(self, cause: Cause | None, missing_in: int) -> str:
        """The sentence; where it names no knob, the one that differs at the stages it speaks of, if it is one."""
        if cause is None or missing_in == 0:
            return "" if cause is None else cause.said
        stages = _STAGES_OF_DEPTH.get(cause.depth, ())
        knobs = [c for c in self._lineage.changes if c.what != "status" and c.stage in stages]
        named = any(f"{stage}." in cause.said for stage in STAGE_NAMES)
        return f"{cause.said} ({in_words(knobs[0])})" if cause.said and len(knobs) == 1 and not named else cause.said

    def _left_over(self, causes: Sequence[tuple[Box, Cause]], missing_in: int) -> str:
        """Whether what the branch did decide for the brand is shorter than an airing must be."""
        least = float(self._rows[missing_in].config("compile_report")["min_airing_s"])
        sampled = [(box, cause) for box, cause in causes if cause.key != NOT_SAMPLED]
        left_s = length_s(union((box.start_s, box.end_s) for box, cause in sampled if cause.key == DECIDED))
        if not left_s or left_s >= least:
            return ""
        what = "it is" if all(cause.key == DECIDED for _, cause in sampled) else "what is left is"
        return f"{what} on screen for less than compile_report.min_airing_s {least:g}"

    def _gap_rule(self) -> str:
        """Whether airings are joined over other gaps than before."""
        return next((in_words(c) for c in self._lineage.changes if c.field == "gap_s"), "")

    def _follows(self) -> str:
        """Nothing at the place itself says why: the first thing that differs in how the two were made."""
        first = [in_words(change) for change in self._lineage.changes if change.what != "status"]
        first += [edit_in_words(edit) for edit in self._lineage.brands]
        return f"follows from {first[0]}" if first else ""

    def _of(self, views: Iterable[AiringView], side: int) -> list[Airing]:
        return [self._airings[side][view.id] for view in views]


def _commonest(causes: Sequence[Cause]) -> Cause | None:
    """The cause with most instants, of its sentences the best scored.

    One that says nothing gives way to any other, and an instant that was not sampled to those that were.
    """
    groups: dict[tuple[str, ...], list[Cause]] = defaultdict(list)
    for cause in causes:
        groups[cause.key].append(cause)
    if len(groups) > 1:
        groups.pop(NOT_SAMPLED, None)
    best = max(groups.values(), key=lambda own: (bool(own[0].said), len(own), own[0].depth), default=None)
    return None if best is None else max(best, key=lambda cause: cause.weight)


def _spread(boxes: Sequence[Box]) -> list[Box]:
    """At most so many boxes, spread over the stretch, in order of time."""
    ordered = sorted(boxes, key=lambda box: (box.t_s, box.quad_px))
    step = max(1, -(-len(ordered) // _MOST_BOXES))
    return ordered[::step]


def _outside(span: Span, held: Sequence[Span]) -> bool:
    """Whether most of a box's span lies in none of the other side's."""
    return overlap_s([span], held) < 0.5 * (span[1] - span[0])


def _elsewhere(boxes: Sequence[Box], others: Sequence[Airing]) -> list[Box]:
    """Boxes of instants at which the other side has some too, but none there."""
    places: dict[int, list[XyXy]] = defaultdict(list)
    for airing in others:
        for box in airing.boxes:
            places[round(1000 * box.t_s)].append(bounds(box.quad_px))
    found = []
    for box in boxes:
        there = places.get(round(1000 * box.t_s))
        if there and not any(cover(bounds(box.quad_px), place) >= SAME_PLACE_IOU for place in there):
            found.append(box)
    return found
