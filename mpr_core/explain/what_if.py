"""The stages' own functions run again on a piece of a segment, with other configs. Nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.inference.operations import Inference
from mpr_core.runner.branch import Branch
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.stages import detect_objects, match_brands, preprocess, run_ocr
from mpr_core.stages.configs import DetectObjectsConfig, PreprocessConfig, RunOcrConfig
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import table_of


class WhatIf:
    """Detection, reading and matching of single things.

    Args:
        inference: shared with whoever else has its models open.
    """

    def __init__(self, branch: Branch, inference: Inference | None) -> None:
        self._branch = branch
        store = branch.catalog.store  # source video is not read: every stage used here begins at stored frames
        self._services = Services(store, store, keep_sessions=True)
        if inference is not None:
            self._services.inference = inference

    def detect(self, view: SegmentView, seqs: Sequence[int], config: DetectObjectsConfig) -> list[Row]:
        """The boxes of some frames of one scene, tracked among these alone, whether or not other frames stand for them."""
        rows = [{"seq": seq, "scene": 0, "rep_seq": seq, "kept": True, "blank": False} for seq in seqs]
        alone = SceneFrames.empty(frames=table_of(rows, SceneFrames.SCHEMAS["frames"]))
        found = detect_objects.run(
            self._context(view),
            config,
            extract_frames=view.payload("extract_frames", FrameIndex),
            filter_scenes=alone,
            detect_edges=view.hints,
        )
        return found.boxes.to_pylist()

    def read(
        self, view: SegmentView, boxes: Sequence[Row], crop_config: PreprocessConfig, config: RunOcrConfig
    ) -> TextLines:
        """The readings of some boxes, each with a track number."""
        context = self._context(view)
        tracked = TrackedBoxes(table_of(boxes, TrackedBoxes.SCHEMAS["boxes"]))
        frames = view.payload("extract_frames", FrameIndex)
        crops = preprocess.run(context, crop_config, extract_frames=frames, detect_objects=tracked)
        return run_ocr.run(context, config, preprocess=crops)

    def match(self, view: SegmentView, boxes: Sequence[Row], lines: TextLines, config: MatchBrandsConfig) -> Decisions:
        """The decisions on some boxes' readings."""
        tracked = TrackedBoxes(table_of(boxes, TrackedBoxes.SCHEMAS["boxes"]))
        found = match_brands.run(self._context(view), config, detect_objects=tracked, run_ocr=lines)
        self._services.sessions.clear()  # an index of brands for every config that is tried
        return found

    def _context(self, view: SegmentView) -> SegmentContext:
        chunk = self._branch.timeline.chunks[view.segment.chunk_index]
        return SegmentContext(self._services, chunk, view.segment)


def of_tracks(lines: TextLines, tracks: Collection[int]) -> TextLines:
    """The readings of some tracks."""
    return TextLines(_only(lines.lines, tracks), _only(lines.texts, tracks))


def joined(one: TextLines, other: TextLines) -> TextLines:
    """Readings of different tracks together."""
    return TextLines(pa.concat_tables([one.lines, other.lines]), pa.concat_tables([one.texts, other.texts]))


def _only(table: pa.Table, tracks: Collection[int]) -> pa.Table:
    return table.filter(pc.is_in(table.column("track"), pa.array(sorted(tracks), pa.int32())))
