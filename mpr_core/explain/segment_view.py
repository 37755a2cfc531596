"""The stored rows of one segment of a branch, by what they speak of. Read once per segment, on first use."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any, TypeVar

from mpr_core.runner.branch import Branch
from mpr_core.runner.payload import Payload
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.field_segmentation import Fields
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines

P = TypeVar("P", bound=Payload)
Row = dict[str, Any]


class SegmentView:
    """One segment; a stage that the branch does not reach has no rows."""

    def __init__(self, branch: Branch, index: int) -> None:
        self.branch, self.index = branch, index
        self.segment = branch.segments[index]
        self.offset_s = branch.offset_s(index)
        self._payloads: dict[str, Payload] = {}

    def payload(self, stage: str, kind: type[P]) -> P:
        """A stage's payload; empty when the branch ends before it."""
        if stage not in self._payloads:
            known = self.branch.has(stage)
            self._payloads[stage] = self.branch.payload(stage, self.index, kind) if known else kind.empty()
        found = self._payloads[stage]
        assert isinstance(found, kind)
        return found

    @cached_property
    def frames(self) -> list[Row]:
        return self.payload("extract_frames", FrameIndex).frames.to_pylist()

    @cached_property
    def scene_frames(self) -> dict[int, Row]:
        """By seq; empty when the branch ends at extract_frames."""
        return {row["seq"]: row for row in self.payload("filter_scenes", SceneFrames).frames.to_pylist()}

    @cached_property
    def scenes(self) -> list[Row]:
        return self.payload("filter_scenes", SceneFrames).scenes.to_pylist()

    @cached_property
    def fields(self) -> dict[int, Row]:
        return {row["seq"]: row for row in self.payload("field_segmentation", Fields).fields.to_pylist()}

    @cached_property
    def hints(self) -> RegionHints:
        return self.payload("detect_edges", RegionHints)

    @cached_property
    def boxes(self) -> TrackedBoxes:
        return self.payload("detect_objects", TrackedBoxes)

    @cached_property
    def boxes_by_seq(self) -> dict[int, list[Row]]:
        return _grouped(self.boxes.boxes.to_pylist(), "seq")

    @cached_property
    def boxes_by_track(self) -> dict[int, list[Row]]:
        return _grouped(self.boxes.boxes.to_pylist(), "track")

    @cached_property
    def crops(self) -> dict[int, list[Row]]:
        return _grouped(self.payload("preprocess", TrackCrops).crops.to_pylist(), "track")

    @cached_property
    def text_lines(self) -> TextLines:
        return self.payload("run_ocr", TextLines)

    @cached_property
    def lines(self) -> dict[int, list[Row]]:
        return _grouped(self.text_lines.lines.to_pylist(), "track")

    @cached_property
    def texts(self) -> dict[int, Row]:
        return {row["track"]: row for row in self.text_lines.texts.to_pylist()}

    @cached_property
    def matches(self) -> Decisions:
        return self.payload("match_brands", Decisions)

    @cached_property
    def candidates(self) -> dict[int, list[Row]]:
        return _grouped(self.matches.candidates.to_pylist(), "track")

    @cached_property
    def decisions(self) -> dict[int, list[tuple[str, Row]]]:
        """Track -> (stage, row) of every brand that it was given."""
        found: dict[int, list[tuple[str, Row]]] = defaultdict(list)
        tables = [("match_brands", self.matches.decisions)]
        tables += [(s, self.escalation(s).decisions) for s in ("escalate_vlm", "escalate_cloud")]
        for stage, table in tables:
            for row in table.to_pylist():
                if row["brand"]:
                    found[row["track"]].append((stage, row))
        return dict(found)

    def escalation(self, stage: str) -> Escalation:
        return self.payload(stage, Escalation)

    def decided(self, track: int, brand: str) -> tuple[str, Row] | None:
        """The stage and row that gave a track a brand."""
        return next(((s, row) for s, row in self.decisions.get(track, []) if row["brand"] == brand), None)


def _grouped(rows: list[Row], column: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return dict(found)
