"""Names that models saw and that are on no brand list, gathered over the timeline: what a user may want to accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mpr_core.brands.normalise import fold_key
from mpr_core.report.sighting import NameSpan
from mpr_core.report.spans import length_s, union
from mpr_core.stages.sightings import SegmentRows
from mpr_core.store import keys


@dataclass
class _Seen:
    spans: list[tuple[float, float]] = field(default_factory=list)
    best: Mapping[str, Any] = field(default_factory=dict)
    crop_key: str | None = None


class ProposedNames:
    """Names by their folded form and who saw them.

    Args:
        gap_s: a name that is away for no longer is still in one airing.
    """

    def __init__(self, half_step_s: float, gap_s: float) -> None:
        self._half_s, self._gap_s = half_step_s, gap_s
        self._seen: dict[tuple[str, str], _Seen] = {}

    def add(self, rows: SegmentRows, proposals: Sequence[Mapping[str, Any]], preprocess_recipe: str) -> None:
        """Take in one segment.

        Args:
            proposals: rows of both escalation stages.
        """
        if not proposals:
            return
        decided = {decision["track"] for _, decision in rows.decisions}
        crops = {crop["track"]: crop["file"] for crop in reversed(rows.crops)}
        times: dict[int, list[float]] = {}
        for box in rows.boxes:
            times.setdefault(box["track"], []).append(box["t_s"] + rows.offset_s)
        for row in proposals:
            if row["track"] in decided:
                continue
            seen = self._seen.setdefault((fold_key(row["name"]), row["source"]), _Seen())
            seen.spans += [(max(0.0, t - self._half_s), t + self._half_s) for t in times.get(row["track"], [])]
            if row["confidence"] > seen.best.get("confidence", -1.0):
                crop = crops.get(row["track"])
                seen.best = row
                seen.crop_key = None if crop is None else f"{keys.part_folder('preprocess', preprocess_recipe)}/{crop}"

    def longest(self) -> list[NameSpan]:
        """The names, the longest on screen first."""
        found = []
        for seen in self._seen.values():
            spans, best = union(seen.spans), seen.best
            if spans:
                found.append(
                    NameSpan(
                        name=best["name"],
                        source=best["source"],
                        seconds=length_s(spans),
                        first_s=spans[0][0],
                        last_s=spans[-1][1],
                        confidence=best["confidence"],
                        models=best["models"],
                        evidence=best["evidence"],
                        crop_key=seen.crop_key,
                        airings=len(union(spans, bridge_s=self._gap_s)),
                    )
                )
        return sorted(found, key=lambda n: (-n.seconds, n.first_s, n.name))
