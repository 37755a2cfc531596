"""What a branch saw in one segment, as rows that can be asked by instant and place; one segment is held at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpr_core.compare.places import XyXy, bounds, cover
from mpr_core.errors import InputError
from mpr_core.runner.branch import Branch
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import NOBODY, SceneFrames
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines

Row = Mapping[str, Any]
DECIDERS = ("match_brands", "escalate_vlm", "escalate_cloud")

_SAME_INSTANT_S = 0.002  # reports round to the millisecond
_AT_PLACE_COVER = 0.6
"""A named part is a piece of its line's box, so what counts is how much of the smaller lies in the larger."""


@dataclass(frozen=True)
class SegmentView:
    """The rows of one segment, on the timeline's clock."""

    frames: tuple[tuple[float, int], ...]
    """(instant, number of the frame that stands for it), in order."""
    boxes: Mapping[int, tuple[Row, ...]]
    """By frame."""
    crops: Mapping[int, tuple[Row, ...]]
    """By track, like what follows."""
    lines: Mapping[int, tuple[Row, ...]]
    texts: Mapping[int, tuple[Row, ...]]
    candidates: Mapping[int, tuple[Row, ...]]
    decisions: Mapping[int, tuple[tuple[str, Row], ...]]
    """(stage, row) of every decision for a brand."""

    def frame_at(self, t_s: float, reach_s: float) -> int | None:
        """The frame that stands for the sampled instant nearest to a second: NOBODY for a blank one, None when none is within reach."""
        near = min(self.frames, key=lambda frame: abs(frame[0] - t_s), default=None)
        return None if near is None or abs(near[0] - t_s) > reach_s else near[1]

    def samples(self, t_s: float) -> bool:
        """Whether a frame was sampled at that very instant."""
        return any(abs(at_s - t_s) < _SAME_INSTANT_S for at_s, _ in self.frames)

    def boxes_at(self, seq: int, place: XyXy) -> list[Row]:
        """The boxes of a frame that stand at a place."""
        return [box for box in self.boxes.get(seq, ()) if cover(bounds(box["quad_px"]), place) >= _AT_PLACE_COVER]


class BranchRows:
    """A branch's segments, read when they are asked for; only the last one is kept."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.half_step_s = float(1 / (2 * Fraction(branch.node("extract_frames").config["fps"])))
        self._held: tuple[int, SegmentView] | None = None

    def config(self, stage: str) -> Mapping[str, Any]:
        """The settings of a stage in this branch."""
        return self.branch.node(stage).config

    def at(self, t_s: float) -> SegmentView | None:
        """The segment a second of the timeline lies in; None beyond the end."""
        try:
            index = self.branch.place(t_s).index
        except InputError:
            return None
        if self._held is None or self._held[0] != index:
            self._held = (index, _segment_view(self.branch, index))
        return self._held[1]


def _segment_view(branch: Branch, index: int) -> SegmentView:
    offset = branch.offset_s(index)
    stands_for = {
        r["seq"]: r["rep_seq"] for r in branch.payload("filter_scenes", index, SceneFrames).frames.to_pylist()
    }
    frames = branch.payload("extract_frames", index, FrameIndex).frames.select(["seq", "t_s"]).to_pylist()
    texts = branch.payload("run_ocr", index, TextLines)
    matched = branch.payload("match_brands", index, Decisions)
    decided = {"match_brands": matched.decisions} | {
        stage: branch.payload(stage, index, Escalation).decisions for stage in DECIDERS[1:]
    }
    decisions: dict[int, list[tuple[str, Row]]] = defaultdict(list)
    for stage, table in decided.items():
        for row in table.to_pylist():
            if row["brand"]:
                decisions[row["track"]].append((stage, row))
    return SegmentView(
        frames=tuple((row["t_s"] + offset, stands_for.get(row["seq"], NOBODY)) for row in frames),
        boxes=_by("seq", branch.payload("detect_objects", index, TrackedBoxes).boxes.to_pylist()),
        crops=_by("track", branch.payload("preprocess", index, TrackCrops).crops.to_pylist()),
        lines=_by("track", texts.lines.to_pylist()),
        texts=_by("track", texts.texts.to_pylist()),
        candidates=_by("track", matched.candidates.to_pylist()),
        decisions={track: tuple(rows) for track, rows in decisions.items()},
    )


def _by(key: str, rows: Iterable[Row]) -> dict[int, tuple[Row, ...]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return {value: tuple(own) for value, own in found.items()}
