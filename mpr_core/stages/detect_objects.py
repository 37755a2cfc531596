"""detect_objects: boxes that may carry a brand, on every frame that stands for itself, followed through the segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.inference.engine import side_by_side
from mpr_core.inference.model_files import TEXT_DETECTOR
from mpr_core.inference.operations import Asked, answered
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.runner.found import Found
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import DetectObjectsConfig
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.found_boxes import found_tracks
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import schema, table_of, values
from mpr_core.vision.camera_motion import camera_motion, corners
from mpr_core.vision.clarity import clarity
from mpr_core.vision.frame_boxes import FrameBoxes, patch
from mpr_core.wire.detect import Box, DetectImage, DetectResult
from mpr_core.wire.health import YOLO

QUAD = pa.list_(pa.float32(), 8)
_BOXES = schema(
    ("seq", pa.int64()),
    ("t_s", pa.float64()),  # of the frame, chunk clock
    ("track", pa.int32()),
    ("source", pa.string()),  # text | yolo
    ("class_name", pa.string()),  # 'text', or the YOLO model's own class
    ("score", pa.float32()),
    ("quad_px", QUAD),  # x, y of the corners clockwise from top-left
    ("clarity", pa.float32()),  # [0, 1], see vision/clarity.py
    ("in_hint", pa.bool_()),  # whether the centre lies in a region hint
)


@dataclass(frozen=True)
class TrackedBoxes(Payload):
    """Every box of the segment's kept frames, with the number of the track it belongs to."""

    boxes: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"boxes": _BOXES}

    def counts(self) -> dict[str, float]:
        return {"boxes": self.boxes.num_rows, "tracks": len(set(values(self.boxes, "track")))}

    def found(self, _parents: Mapping[str, Any]) -> Found:
        return found_tracks(self.boxes)


PAYLOAD = TrackedBoxes


@dataclass(frozen=True)
class _Look:
    """Boxes of one frame before tracking."""

    seq: int
    boxes: tuple[Box, ...]
    quads_px: NDArray[np.float32]  # (n, 4, 2)
    clear: list[float]
    followed: FrameBoxes


def models(config: DetectObjectsConfig, services: Services) -> dict[str, str]:
    """The text detector, and the YOLO weights if any are named."""
    found = {TEXT_DETECTOR.name: services.inference.digest(TEXT_DETECTOR.name, config.precision)}
    if config.yolo_weights:
        found[YOLO] = services.inference.digest(YOLO, config.precision, config.yolo_weights)
    return found


def run(
    context: SegmentContext,
    config: DetectObjectsConfig,
    *,
    extract_frames: FrameIndex,
    filter_scenes: SceneFrames,
    detect_edges: RegionHints,
) -> TrackedBoxes:
    """Boxes and tracks of one segment."""
    from mpr_core.vision.tracking import follow  # its libraries take a second, which later stages do not need

    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    kept = [(number, seq) for number, scene in enumerate(filter_scenes.kept_by_scene()) for seq in scene]
    frames.expect(seq for _, seq in kept)
    hints = detect_edges.by_seq()
    rows: list[dict[str, Any]] = []
    first_track = 0
    looked_at = _with_motions(_looked_at(context.services, config, frames, [seq for _, seq in kept], hints))
    for _, scene in groupby(zip(kept, looked_at, strict=True), lambda seen: seen[0][0]):
        seen, motions = zip(*(look_and_motion for _, look_and_motion in scene), strict=True)
        tracks = follow(
            [look.followed for look in seen],
            motions,
            min_iou=config.track_min_iou,
            gap_s=config.track_gap_s,
            min_likeness=config.track_min_likeness,
        )
        for look, numbers in zip(seen, tracks, strict=True):
            rows += _rows(frames.by_seq[look.seq], look, numbers + first_track, hints.get(look.seq, []))
        first_track = max((row["track"] for row in rows), default=-1) + 1
    return TrackedBoxes(table_of(rows, _BOXES))


def _looked_at(
    services: Services,
    config: DetectObjectsConfig,
    frames: StoredFrames,
    seqs: Sequence[int],
    hints: Mapping[int, list[NDArray[np.float32]]],
) -> Iterator[_Look]:
    """Each frame with its boxes, and how clear they are."""

    def asked() -> Iterator[Asked[DetectImage]]:
        for seq in seqs:
            bands = tuple(tuple((x, y) for x, y in band.tolist()) for band in hints.get(seq, []))
            yield Asked(DetectImage(id=str(seq), bands_px=bands), frames.picture(seq))

    def look(found: tuple[Asked[DetectImage], DetectResult]) -> _Look:
        one, result = found
        grey, seq = one.picture.grey(), int(one.about.id)
        quads = np.array([box.quad_px for box in result.boxes], np.float32).reshape(-1, 4, 2)
        scores = np.array([box.score for box in result.boxes], np.float32)
        windows = _windows(grey, quads)
        followed = _frame_boxes(frames.by_seq[seq]["t_s"], grey, quads, scores, windows)
        return _Look(seq, result.boxes, quads, [clarity(window) for window in windows], followed)

    return side_by_side(look, answered(asked(), lambda given: services.inference.detect(given, config)))


def _with_motions(looks: Iterable[_Look]) -> Iterator[tuple[_Look, NDArray[np.float64]]]:
    """Each frame with the camera's motion since the one before."""

    def pairs() -> Iterator[tuple[_Look, _Look]]:
        before = None
        for look in looks:
            yield before or look, look
            before = look

    def moved(pair: tuple[_Look, _Look]) -> tuple[_Look, NDArray[np.float64]]:
        before, look = pair
        return look, camera_motion(before.followed.corners, look.followed.corners)

    return side_by_side(moved, pairs())


def _windows(grey: NDArray[np.uint8], quads: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """The upright grey window around each quad."""
    result = []
    for quad in quads:
        x0, y0 = np.floor(np.clip(quad.min(axis=0), 0, None)).astype(int)
        x1, y1 = np.ceil(quad.max(axis=0)).astype(int)
        result.append(grey[y0:y1, x0:x1])
    return result


def _frame_boxes(
    t_s: float,
    grey: NDArray[np.uint8],
    quads: NDArray[np.float32],
    scores: NDArray[np.float32],
    windows: list[NDArray[np.uint8]],
) -> FrameBoxes:
    xyxy = (
        np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1) if len(quads) else np.zeros((0, 4), np.float32)
    )
    patches = np.array([patch(window) for window in windows], np.float32)
    return FrameBoxes(t_s, xyxy, scores, corners(grey), patches)


def _rows(
    frame: dict[str, Any], look: _Look, tracks: NDArray[np.int64], bands: list[NDArray[np.float32]]
) -> list[dict[str, Any]]:
    rows = []
    for i, box in enumerate(look.boxes):
        centre = look.quads_px[i].mean(axis=0)
        inside = any(
            cv2.pointPolygonTest(band.astype(np.float32), tuple(map(float, centre)), False) >= 0 for band in bands
        )
        rows.append(
            {
                "seq": frame["seq"],
                "t_s": frame["t_s"],
                "track": int(tracks[i]),
                "source": box.source,
                "class_name": box.class_name,
                "score": box.score,
                "quad_px": list(box.quad_px),
                "clarity": look.clear[i],
                "in_hint": inside,
            }
        )
    return rows
