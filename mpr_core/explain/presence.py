"""How long a brand would be on screen around a second, by the report's own arithmetic, with decisions as they are or as they might be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.report.airings import group_presences
from mpr_core.report.sighting import SceneSpan
from mpr_core.stages.sightings import SegmentRows, half_step_s, sightings_of


@dataclass(frozen=True)
class Presence:
    """One unbroken stay of a brand, before short ones are dropped; timeline seconds."""

    start_s: float
    end_s: float
    seconds: float
    on_screen: bool
    """Whether the second asked about lies in it, not in a gap that was bridged."""


class Presences:
    """Stays of a brand near a place.

    Args:
        views: the segment of an index.
        segments: how many there are.
        gap_s: absences up to this long do not end a stay.
    """

    def __init__(self, views: Callable[[int], SegmentView], segments: int, gap_s: float) -> None:
        self._views, self._segments, self._gap_s = views, segments, gap_s

    def at(
        self,
        at_s: float,
        index: int,
        brand: str,
        *,
        boxes: Sequence[Row] = (),
        decisions: Mapping[int, Sequence[Row]] | None = None,
    ) -> Presence | None:
        """The stay that holds a second, or None.

        Args:
            index: the segment around which to look, with one neighbour on each side.
            boxes: further boxes in that segment.
            decisions: track -> decisions of match_brands in that segment that replace the stored ones.
        """
        nearby = [self._views(i) for i in range(max(0, index - 1), min(self._segments, index + 2))]
        scenes = _joined(nearby)
        sightings = []
        for view in nearby:
            changed = view.index == index
            rows = _rows(view, boxes if changed else (), (decisions or {}) if changed else {})
            fps = view.branch.node("extract_frames").config["fps"]
            chunk = view.branch.timeline.chunks[view.segment.chunk_index]
            end_s = view.offset_s + float(chunk.duration_s)
            found = sightings_of(rows, scenes, half_step_s(fps), end_s, "")
            sightings += [sighting for sighting in found if sighting.brand == brand]
        for presence in group_presences(sightings, gap_s=self._gap_s):
            start_s, end_s = presence.spans[0][0], presence.spans[-1][1]
            if start_s <= at_s < end_s:
                on_screen = any(a <= at_s < b for a, b in presence.spans)
                return Presence(start_s, end_s, presence.seconds, on_screen)
        return None


def _joined(views: Sequence[SegmentView]) -> list[SceneSpan]:
    spans: list[SceneSpan] = []
    for view in views:
        for row in view.scenes:
            start, end = row["start_s"] + view.offset_s, row["end_s"] + view.offset_s
            if row["transition"] == "continued" and spans:
                spans[-1] = SceneSpan(spans[-1].start_s, end)
            else:
                spans.append(SceneSpan(start, end))
    return spans


def _rows(view: SegmentView, boxes: Sequence[Row], decisions: Mapping[int, Sequence[Row]]) -> SegmentRows:
    stored = [(s, row) for t, found in view.decisions.items() if t not in decisions for s, row in found]
    changed = [("match_brands", row) for found in decisions.values() for row in found if row["brand"]]
    return SegmentRows(
        index=view.index,
        segment=view.segment,
        offset_s=view.offset_s,
        frames=view.frames,
        scene_frames=[view.scene_frames[row["seq"]] for row in view.frames],
        boxes=[*view.boxes.boxes.to_pylist(), *boxes],
        crops=[],
        texts=[],
        decisions=stored + changed,
    )
