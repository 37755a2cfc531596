"""The things at a place: tracked boxes, and boxes that a threshold kept from being tracked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.explain.explanation import XYXY, Setting
from mpr_core.explain.nearness import Nearness, NearnessTo
from mpr_core.explain.places import height_px, same_place, upright_px
from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.explain.shown_frame import ShownFrame
from mpr_core.explain.what_if import of_tracks
from mpr_core.stages.run_ocr import TextLines

FIRST_HIDDEN_TRACK = 1_000_000


@dataclass(frozen=True)
class Thread:
    """One thing, followed from its box to the report.

    Attributes:
        track: its number in the segment; from `FIRST_HIDDEN_TRACK` on for a box that was not kept.
        box: its box in the frame that was looked at.
        boxes: all its boxes of the segment.
        lines: readings, its own and those of the tracks that may hold the rest of a name.
        partners: boxes of these tracks.
        kept_with: what would have kept the box; empty for a tracked one.
        own_text: what the box on the frame says by itself, where it was read anew because no crop is of this frame.
    """

    view: SegmentView
    seq: int
    track: int
    box: Row
    boxes: tuple[Row, ...]
    lines: TextLines
    nearness: Nearness
    partners: tuple[Row, ...] = ()
    kept_with: tuple[Setting, ...] = ()
    own_text: str = ""

    @property
    def hidden(self) -> bool:
        return self.track >= FIRST_HIDDEN_TRACK

    @property
    def place(self) -> XYXY:
        return upright_px(self.box["quad_px"])

    @property
    def height_px(self) -> float:
        return height_px(self.box["quad_px"])

    @property
    def readings(self) -> list[Row]:
        """Its own readings, the surest first."""
        own = [row for row in self.lines.lines.to_pylist() if row["track"] == self.track]
        return sorted(own, key=lambda row: (-row["score"], row["crop"]))

    @property
    def surest(self) -> tuple[str, float]:
        """The surest reading; ('', 0) without any."""
        return next(((row["text"], row["score"]) for row in self.readings if row["text"]), ("", 0.0))


def tracked_at(shown: ShownFrame, box_px: XYXY | None, nearness: NearnessTo, brand: str) -> list[Thread]:
    """The tracks whose box on the frame lies at the place, the nearest to the brand first."""
    view, seq = shown.view, shown.rep_seq
    here = [
        row
        for row in view.boxes_by_seq.get(seq, [])
        if box_px is None or same_place(upright_px(row["quad_px"]), box_px)
    ]
    found = [tracked(view, seq, row, nearness) for row in here]
    return sorted(found, key=lambda t: (view.decided(t.track, brand) is None, *(-x for x in t.nearness.rank), t.track))


def tracked(view: SegmentView, seq: int, box: Row, nearness: NearnessTo) -> Thread:
    """A tracked box as a thread, without partners: `matching.with_partners` adds them where they are needed."""
    track = int(box["track"])
    near = _nearest(box, view.lines.get(track, []), nearness)
    return Thread(view, seq, track, box, tuple(view.boxes_by_track[track]), of_tracks(view.text_lines, [track]), near)


def hidden(
    view: SegmentView,
    boxes: Sequence[Row],
    seq: int,
    lines: TextLines,
    nearness: NearnessTo,
    kept_with: Sequence[Setting] = (),
) -> Thread:
    """Boxes of one thing that are not stored, or not as one track, with what they read as."""
    box = next(row for row in boxes if row["seq"] == seq)
    track = int(box["track"])
    near = _nearest(box, [row for row in lines.lines.to_pylist() if row["track"] == track], nearness)
    return Thread(view, seq, track, box, tuple(boxes), lines, near, kept_with=tuple(kept_with))


def _nearest(box: Row, lines: Sequence[Row], nearness: NearnessTo) -> Nearness:
    """What its readings, or for a YOLO box its class, come nearest with."""
    read = nearness.best(lines)
    return max(read, nearness.of(box["class_name"]), key=lambda n: n.rank) if box["source"] == "yolo" else read
