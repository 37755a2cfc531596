"""Which sampled frame stands for a second, by the rule that airings are made by: the nearest one of the same scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.runner.branch import Place

_EPSILON_S = 1e-6
NOBODY = -1


@dataclass(frozen=True)
class Scene:
    """The scene around a second, timeline seconds; clipped to what the neighbouring segments show of it."""

    start_s: float
    end_s: float
    transition: str


@dataclass(frozen=True)
class ShownFrame:
    """The sampled frame that stands for the second.

    Attributes:
        view: the segment it belongs to; at a segment's border this may be the neighbour.
        rep_seq: the frame that was looked at in its stead; itself when kept, -1 for a blank one.
    """

    view: SegmentView
    row: Row
    t_s: float
    rep_seq: int
    blank: bool

    @property
    def seq(self) -> int:
        return int(self.row["seq"])

    @property
    def looked_at(self) -> Row:
        """The row of the frame that was looked at."""
        if self.rep_seq in (NOBODY, self.seq):
            return self.row
        return next(row for row in self.view.frames if row["seq"] == self.rep_seq)


def scene_at(views: Callable[[int], SegmentView], place: Place, segments: int) -> Scene:
    """The scene at a place, over segment borders but not over a chunk's."""
    pieces = list(_pieces(views, place, segments))
    kinds = [kind for _, _, _, kind in pieces if kind != "continued"]
    start, end = min(start for _, start, _, _ in pieces), max(end for _, _, end, _ in pieces)
    return Scene(start, end, kinds[0] if kinds else "continued")


def shown_frame(views: Callable[[int], SegmentView], place: Place, segments: int) -> ShownFrame | None:
    """The frame that stands for a place, or None when its scene has no sampled frame."""
    at_s = float(place.timeline_s)
    found: list[tuple[float, SegmentView, Row]] = []
    for view, start_s, end_s, _ in _pieces(views, place, segments):
        for row in view.frames:
            t_s = row["t_s"] + view.offset_s
            if start_s - _EPSILON_S <= t_s < end_s:
                found.append((t_s, view, row))
    if not found:
        return None
    t_s, view, row = min(found, key=lambda one: (abs(one[0] - at_s), one[0]))
    place_row = view.scene_frames.get(row["seq"])
    rep = row["seq"] if place_row is None else place_row["rep_seq"]
    return ShownFrame(view, row, t_s, rep, place_row is not None and bool(place_row["blank"]))


def _pieces(
    views: Callable[[int], SegmentView], place: Place, segments: int
) -> Iterator[tuple[SegmentView, float, float, str]]:
    """(segment, start, end, transition) of the scene's pieces in this segment and, where it goes on, in the next ones beside it."""
    here = views(place.index)
    scenes = here.scenes or [_whole(here)]
    at = next((i for i in reversed(range(len(scenes))) if scenes[i]["start_s"] <= float(place.chunk_s)), 0)
    yield _piece(here, scenes[at])
    if (
        at == 0
        and scenes[0]["transition"] == "continued"
        and _same_chunk(views, place.index, place.index - 1, segments)
    ):
        before = views(place.index - 1)
        yield _piece(before, (before.scenes or [_whole(before)])[-1])
    if at == len(scenes) - 1 and _same_chunk(views, place.index, place.index + 1, segments):
        after = views(place.index + 1)
        first = (after.scenes or [_whole(after)])[0]
        if first["transition"] == "continued":
            yield _piece(after, first)


def _piece(view: SegmentView, scene: Row) -> tuple[SegmentView, float, float, str]:
    return view, scene["start_s"] + view.offset_s, scene["end_s"] + view.offset_s, scene["transition"]


def _whole(view: SegmentView) -> Row:
    """A segment whose scenes are not known."""
    start, end = float(view.segment.start_s), float(view.segment.end_s)
    return {"start_s": start, "end_s": end, "transition": "start" if start == 0 else "continued"}


def _same_chunk(views: Callable[[int], SegmentView], one: int, other: int, segments: int) -> bool:
    return 0 <= other < segments and views(one).segment.chunk_index == views(other).segment.chunk_index
