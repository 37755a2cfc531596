"""Matching of one thing, as it was and as other knobs would have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.compose import LineBox, compose_lines
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.explain.explanation import Setting
from mpr_core.explain.knob_search import Changes, Trial, gentlest
from mpr_core.explain.segment_view import Row
from mpr_core.explain.threads import Thread
from mpr_core.explain.what_if import WhatIf, of_tracks
from mpr_core.stages.decision_rows import holds_at
from mpr_core.stages.run_ocr import TextLines

STAGE = "match_brands"
_CANDIDATES_KEPT = 50  # what a decision keeps for the record changes no decision


class Matching:
    """Tries a thread's readings against the brand list.

    Args:
        config: of the branch, its list holding the brand, be it for this question only.
    """

    def __init__(self, what_if: WhatIf, config: MatchBrandsConfig, brand: Brand) -> None:
        self._what_if, self._brand = what_if, brand.canonical_name
        self.config = config.model_copy(update={"candidates_kept": _CANDIDATES_KEPT})

    def decisions(self, thread: Thread, changes: Changes, lines: TextLines | None = None) -> list[Row]:
        """The thread's rows of the decision table, with some knobs changed or with other readings."""
        return self._matched(thread, changes, lines)[0]

    def candidates(self, thread: Thread) -> list[Row]:
        """What the readings were taken for, this brand only, the best first."""
        found = [row for row in self._matched(thread, {}, None)[1] if row["brand"] == self._brand]
        return sorted(found, key=lambda row: -row["score"])

    def attempt(self, thread: Thread, changes: Changes, lines: TextLines | None = None) -> Trial:
        """Whether the brand would be found on the thread at its frame, and else what stands in the way."""
        decisions, candidates = self._matched(thread, changes, lines)
        own = [row for row in decisions if row["brand"] == self._brand]
        if any(holds_at(row, thread.seq) for row in own):
            return Trial(True, score=own[0]["score"])
        if own:
            return Trial(False, "against", own[0]["score"])
        refused = [row for row in candidates if row["brand"] == self._brand and not row["accepted"]]
        if refused:
            best = max(refused, key=lambda row: row["score"])
            return Trial(False, best["vetoed_by"], best["score"])
        least = {**dict(self.config), **changes}["min_text_score"]
        read = [row["score"] for row in (lines or thread.lines).lines.to_pylist() if row["track"] == thread.track]
        return Trial(False, "text_score" if read and max(read) < least else "")

    def settings(self, thread: Thread, lines: TextLines | None = None) -> tuple[Setting, ...] | None:
        """The gentlest knobs of match_brands with which the brand is found; () when none is needed, None when none do."""
        found = gentlest(dict(self.config), lambda changes: self.attempt(thread, changes, lines))
        if found is None:
            return None
        return tuple(Setting(stage=STAGE, field=f, present=getattr(self.config, f), value=v) for f, v in found.items())

    def found_as_alias(self, thread: Thread, alias: str) -> bool:
        """Whether a further name for the brand would do."""
        brands = [
            brand.model_copy(update={"aliases": (*brand.aliases, alias)})
            if brand.canonical_name == self._brand
            else brand
            for brand in self.config.brands
        ]
        return self.attempt(thread, {"brands": tuple(brands)}).found

    def _matched(self, thread: Thread, changes: Changes, lines: TextLines | None) -> tuple[list[Row], list[Row]]:
        config = self.config.model_copy(update=dict(changes))
        found = self._what_if.match(thread.view, [*thread.boxes, *thread.partners], lines or thread.lines, config)
        tables: list[list[dict[str, Any]]] = [found.decisions.to_pylist(), found.candidates.to_pylist()]
        decisions, candidates = ([row for row in table if row["track"] == thread.track] for table in tables)
        return decisions, candidates


def with_partners(thread: Thread) -> Thread:
    """The thread with the tracks beside it that may hold the rest of a name."""
    view = thread.view
    here = {row["track"]: row for row in view.boxes_by_seq.get(thread.seq, []) if row["source"] == "text"}
    if thread.hidden or thread.track not in here:
        return thread
    lines = compose_lines([_line_box(row, view.lines.get(track, [])) for track, row in here.items()])
    tracks = {int(key) for line in lines if str(thread.track) in line.keys for key in line.keys} - {thread.track}
    boxes = tuple(row for track in sorted(tracks) for row in view.boxes_by_track[track])
    return replace(thread, partners=boxes, lines=of_tracks(view.text_lines, {thread.track, *tracks}))


def _line_box(box: Row, lines: Sequence[Row]) -> LineBox:
    """A box with its surest text, whether or not that had a vote."""
    best = max(lines, key=lambda row: row["score"], default={"text": "", "score": 0.0})
    x = box["quad_px"]
    quad = ((x[0], x[1]), (x[2], x[3]), (x[4], x[5]), (x[6], x[7]))
    return LineBox(key=str(box["track"]), text=best["text"], score=best["score"], quad_px=quad)
