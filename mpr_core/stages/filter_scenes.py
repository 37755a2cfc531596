"""filter_scenes: where scenes change, and which sampled frames another frame stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import schema, table_of, values
from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.duplicates import is_blank, stands_for
from mpr_core.vision.transitions import SIGNATURE_SHAPE, Transition, find_transitions

_THUMBNAIL_PX = 480
NOBODY = -1
_FRAMES = schema(
    ("seq", pa.int64()),
    ("scene", pa.int32()),  # number within the segment
    ("rep_seq", pa.int64()),  # the frame that stands for this one; itself when kept; -1 for a blank frame
    ("kept", pa.bool_()),
    ("blank", pa.bool_()),
)
_SCENES = schema(
    ("scene", pa.int32()),
    ("start_s", pa.float64()),  # chunk clock
    ("end_s", pa.float64()),
    ("transition", pa.string()),  # start | continued (from the segment before) | cut | dissolve | fade | wipe
)


@dataclass(frozen=True)
class SceneFrames(Payload):
    """Each sampled frame's scene and representative, and the segment's scenes."""

    frames: pa.Table
    scenes: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"frames": _FRAMES, "scenes": _SCENES}

    def counts(self) -> dict[str, float]:
        changes = [t for t in values(self.scenes, "transition") if t not in ("start", "continued")]
        kept, blank = values(self.frames, "kept"), values(self.frames, "blank")
        return {"scene_changes": len(changes), "kept_frames": sum(kept), "blank_frames": sum(blank)}

    def kept_by_scene(self) -> list[list[int]]:
        """Sequence numbers of the kept frames, one list per scene."""
        scenes: dict[int, list[int]] = {}
        for row in self.frames.to_pylist():
            if row["kept"]:
                scenes.setdefault(row["scene"], []).append(row["seq"])
        return [scenes[number] for number in sorted(scenes)]


PAYLOAD = SceneFrames


def run(context: SegmentContext, config: FilterScenesConfig, *, extract_frames: FrameIndex) -> SceneFrames:
    """Scenes and representatives of one segment."""
    start, end = float(context.segment.start_s), float(context.segment.end_s)
    changes = [t for t in _transitions(extract_frames, config) if start <= t.at_s < end]
    scenes = _scenes(start, end, changes)
    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    frames.expect(row["seq"] for row in frames.rows)
    numbers = [_scene_at(scenes, row["t_s"]) for row in frames.rows]
    blank: list[bool] = []

    def thumbnails() -> Iterator[NDArray[np.uint8]]:
        for row in frames.rows:
            picture, _ = frames.small(row["seq"], _THUMBNAIL_PX)
            grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
            blank.append(config.drop_blank and is_blank(grey, max_deviation=config.blank_max_deviation))
            yield grey

    standing = stands_for(thumbnails(), numbers, config)
    rows = []
    for i, row in enumerate(frames.rows):
        rep = NOBODY if blank[standing[i]] else frames.rows[standing[i]]["seq"]
        rows.append(
            {"seq": row["seq"], "scene": numbers[i], "rep_seq": rep, "kept": rep == row["seq"], "blank": rep == NOBODY}
        )
    return SceneFrames(table_of(rows, _FRAMES), table_of(scenes, _SCENES))


def skip(context: SegmentContext, _config: FilterScenesConfig, *, extract_frames: FrameIndex) -> SceneFrames:
    """Every sampled frame stands for itself, all in one scene."""
    scenes = _scenes(float(context.segment.start_s), float(context.segment.end_s), [])
    rows = [
        {"seq": seq, "scene": 0, "rep_seq": seq, "kept": True, "blank": False}
        for seq in values(extract_frames.frames, "seq")
    ]
    return SceneFrames(table_of(rows, _FRAMES), table_of(scenes, _SCENES))


def _transitions(index: FrameIndex, config: FilterScenesConfig) -> list[Transition]:
    pixels = b"".join(values(index.signatures, "bgr"))
    pictures = np.frombuffer(pixels, np.uint8).reshape(-1, *SIGNATURE_SHAPE)
    return find_transitions(index.signatures.column("pts_s").to_numpy(), pictures, config)


def _scenes(start_s: float, end_s: float, changes: list[Transition]) -> list[dict[str, Any]]:
    """The segment's scenes; the first one goes on from the segment before unless a change lies right on the border."""
    rows: list[dict[str, Any]] = []
    if not changes or changes[0].at_s > start_s:
        first = "start" if start_s == 0 else "continued"
        rows.append({"scene": 0, "start_s": start_s, "end_s": end_s, "transition": first})
    for change in changes:
        if rows:
            rows[-1]["end_s"] = change.at_s
        rows.append({"scene": len(rows), "start_s": change.at_s, "end_s": end_s, "transition": change.kind})
    return rows


def _scene_at(scenes: list[dict[str, Any]], t_s: float) -> int:
    return max((s["scene"] for s in scenes if s["start_s"] <= t_s), default=0)
