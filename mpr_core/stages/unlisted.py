"""Legible text that matched no brand, gathered over the timeline: what a user may want to add to the list."""

from __future__ import annotations

from dataclasses import dataclass, field

from mpr_core.brands.normalise import fold_key
from mpr_core.report.sighting import TextSpan
from mpr_core.report.spans import length_s, union
from mpr_core.stages.sightings import SegmentRows
from mpr_core.store import keys

_MIN_LETTERS = 3
_MIN_SCORE = 0.8


@dataclass
class _Seen:
    spans: list[tuple[float, float]] = field(default_factory=list)
    best: tuple[float, str, str | None] = (-1.0, "", None)
    """score, text as read, crop key"""
    scores: list[float] = field(default_factory=list)


class UnlistedTexts:
    """Texts by their folded form, so that case and spacing do not split them.

    Args:
        gap_s: a text that is away for no longer is still in one airing.
    """

    def __init__(self, half_step_s: float, gap_s: float) -> None:
        self._half_s, self._gap_s = half_step_s, gap_s
        self._seen: dict[str, _Seen] = {}

    def add(self, rows: SegmentRows, preprocess_recipe: str) -> None:
        """Take in one segment."""
        decided = {decision["track"] for _, decision in rows.decisions}
        crops = {crop["track"]: crop["file"] for crop in reversed(rows.crops)}
        times: dict[int, list[float]] = {}
        for box in rows.boxes:
            times.setdefault(box["track"], []).append(box["t_s"] + rows.offset_s)
        for row in rows.texts:
            letters = sum(c.isalpha() for c in row["text"])
            if row["track"] in decided or row["score"] < _MIN_SCORE or letters < _MIN_LETTERS:
                continue
            seen = self._seen.setdefault(fold_key(row["text"]), _Seen())
            seen.spans += [(max(0.0, t - self._half_s), t + self._half_s) for t in times.get(row["track"], [])]
            seen.scores.append(row["score"])
            if row["score"] > seen.best[0]:
                crop = crops.get(row["track"])
                key = None if crop is None else f"{keys.part_folder('preprocess', preprocess_recipe)}/{crop}"
                seen.best = (row["score"], row["text"], key)

    def longest(self, most: int) -> list[TextSpan]:
        """The texts longest on screen."""
        found = []
        for seen in self._seen.values():
            spans = union(seen.spans)
            if spans:
                score = 100 * sum(seen.scores) / len(seen.scores)
                text, crop = seen.best[1], seen.best[2]
                airings = len(union(spans, bridge_s=self._gap_s))
                found.append(TextSpan(text, length_s(spans), spans[0][0], spans[-1][1], score, crop, airings))
        return sorted(found, key=lambda t: (-t.seconds, t.first_s, t.text))[:most]
