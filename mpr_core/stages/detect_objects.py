"""detect_objects: boxes that may carry a brand, on every frame that stands for itself, followed through the segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.inference.engine import model_digest, side_by_side
from mpr_core.inference.model_files import TEXT_DETECTOR, user_weights
from mpr_core.inference.text_detector import Quad, TextDetector
from mpr_core.inference.yolo import ClassBox, Yolo
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
from mpr_core.vision.clarity import clarity
from mpr_core.vision.frame_boxes import FrameBoxes, patch

_THUMBNAIL_PX = 480
_SAME_BOX_IOU = 0.4
_LEAST_YOLO_SCORE = 0.05  # weaker candidates are noise to anyone
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
class _Found:
    """Boxes of one frame before tracking."""

    quads_px: NDArray[np.float32]  # (n, 4, 2)
    scores: NDArray[np.float32]
    sources: list[str]
    classes: list[str]


@dataclass(frozen=True)
class Cut:
    """A candidate that was not kept: corners `(4, 2)` px, its score and height, and the setting that cut it."""

    quad_px: NDArray[np.float32]
    score: float
    height_px: float
    class_name: str
    cut_by: Literal["box_score", "min_height_px", "max_boxes", "yolo_min_score"]


def models(config: DetectObjectsConfig, _services: Services) -> dict[str, str]:
    """The text detector, and the YOLO weights if any are named."""
    found = {TEXT_DETECTOR.name: model_digest(TEXT_DETECTOR.path(), config.precision)}
    if config.yolo_weights:
        found["yolo"] = model_digest(user_weights(config.yolo_weights), config.precision)
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

    detectors = _detectors(config, context.services)
    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    frames.expect(seq for scene in filter_scenes.kept_by_scene() for seq in scene)
    hints = detect_edges.by_seq()
    rows: list[dict[str, Any]] = []
    first_track = 0

    def look(seq: int) -> tuple[int, _Found, list[float], FrameBoxes]:
        bgr = frames.bgr(seq)
        boxes = detectors.find(bgr, hints.get(seq, []))
        windows = _windows(bgr, boxes.quads_px)
        followed = _frame_boxes(frames.by_seq[seq]["t_s"], bgr, boxes, windows)
        return seq, boxes, [clarity(window) for window in windows], followed

    for scene in filter_scenes.kept_by_scene():
        seen = list(side_by_side(look, scene))
        tracks = follow(
            [followed for *_, followed in seen],
            min_iou=config.track_min_iou,
            gap_s=config.track_gap_s,
            min_likeness=config.track_min_likeness,
        )
        for (seq, boxes, clear, _), numbers in zip(seen, tracks, strict=True):
            rows += _rows(frames.by_seq[seq], boxes, clear, numbers + first_track, hints.get(seq, []))
        first_track = max((row["track"] for row in rows), default=-1) + 1
    return TrackedBoxes(table_of(rows, _BOXES))


def cut_candidates(
    bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]], config: DetectObjectsConfig, services: Services
) -> list[Cut]:
    """What the same models saw in a frame and the thresholds dropped, best first; for whoever asks why a box is missing."""
    return _detectors(config, services).cut(bgr, bands)


def _detectors(config: DetectObjectsConfig, services: Services) -> _Detectors:
    found: _Detectors = services.session(f"detector/{config.model_dump_json()}", lambda: _Detectors(config))
    return found


class _Detectors:
    """The models of one configuration, kept from segment to segment."""

    def __init__(self, config: DetectObjectsConfig) -> None:
        self.config = config
        self.text = TextDetector(config.precision, config.pixel_score, config.box_score, config.unclip_ratio)
        self.yolo = (
            Yolo(user_weights(config.yolo_weights), config.precision, config.yolo_min_score, config.yolo_max_iou)
            if config.yolo_weights
            else None
        )

    def find(self, bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]]) -> _Found:
        """Boxes of one frame; `bands` are the region hints' polygons."""
        config = self.config
        kept = [q for q in self._text(bgr, bands) if _height_px(q.corners_px) >= config.min_height_px]
        kept = _best_first(kept)[: config.max_boxes]
        corners = [q.corners_px for q in kept]
        scores = [q.score for q in kept]
        classes = ["text"] * len(kept)
        sources = ["text"] * len(kept)
        for box in self.yolo.detect(bgr) if self.yolo else []:
            corners.append(_corners(box))
            scores.append(box.score)
            classes.append(box.class_name)
            sources.append("yolo")
        return _Found(np.array(corners, np.float32).reshape(-1, 4, 2), np.array(scores, np.float32), sources, classes)

    def cut(self, bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]]) -> list[Cut]:
        """The candidates of one frame that `find` drops."""
        config = self.config
        found: list[Cut] = []
        legible = 0
        for quad in _best_first(self._text(bgr, bands, every_box=True)):
            height = _height_px(quad.corners_px)
            legible += quad.score >= config.box_score and height >= config.min_height_px
            if quad.score < config.box_score:
                found.append(Cut(quad.corners_px, quad.score, height, "text", "box_score"))
            elif height < config.min_height_px:
                found.append(Cut(quad.corners_px, quad.score, height, "text", "min_height_px"))
            elif legible > config.max_boxes:
                found.append(Cut(quad.corners_px, quad.score, height, "text", "max_boxes"))
        for box in self.yolo.detect(bgr, _LEAST_YOLO_SCORE) if self.yolo else []:
            if box.score < config.yolo_min_score:
                height = float(box.xyxy_px[3] - box.xyxy_px[1])
                found.append(Cut(_corners(box), box.score, height, box.class_name, "yolo_min_score"))
        return found

    def _text(self, bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]], *, every_box: bool = False) -> list[Quad]:
        scale = min(1.0, self.config.max_side_px / max(bgr.shape[:2]))
        if self.config.hints == "ignore" or not bands or (self.config.hints == "prioritise" and scale == 1.0):
            return self.text.detect(bgr, scale, every_box=every_box)
        closer: list[Quad] = []
        for band in bands:
            x0, y0 = np.floor(np.clip(band.min(axis=0), 0, None)).astype(int)
            x1, y1 = np.ceil(band.max(axis=0)).astype(int)
            window = np.ascontiguousarray(bgr[y0:y1, x0:x1])
            if min(window.shape[:2], default=0) >= 16:
                corner = np.array([x0, y0], np.float32)
                found = self.text.detect(window, 1.0, every_box=every_box)
                closer += [Quad(q.corners_px + corner, q.score) for q in found]
        if self.config.hints != "narrow":
            closer += self.text.detect(bgr, scale, every_box=every_box)
        # Boxes that the score drops go last, so that none of them stands in the way of one that is kept.
        return _without_repeats(sorted(closer, key=lambda q: q.score < self.config.box_score))


def _best_first(quads: list[Quad]) -> list[Quad]:
    return sorted(quads, key=lambda q: -q.score)


def _corners(box: ClassBox) -> NDArray[np.float32]:
    x0, y0, x1, y1 = box.xyxy_px
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _without_repeats(quads: list[Quad]) -> list[Quad]:
    """Those that are not the same text again as one before them."""
    kept: list[Quad] = []
    for quad in quads:
        if all(_overlap(quad.corners_px, k.corners_px) < _SAME_BOX_IOU for k in kept):
            kept.append(quad)
    return kept


def _overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Intersection of the upright boxes over the smaller one's area."""
    low, high = np.maximum(a.min(0), b.min(0)), np.minimum(a.max(0), b.max(0))
    inter = float(np.prod(np.clip(high - low, 0, None)))
    least = min(float(np.prod(np.ptp(a, axis=0))), float(np.prod(np.ptp(b, axis=0))))
    return inter / least if least > 0 else 0.0


def _height_px(corners: NDArray[np.float32]) -> float:
    """The shorter side: a line's letter height whatever its direction."""
    return float(min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])))


def _windows(bgr: NDArray[np.uint8], quads: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """The upright grey window around each quad."""
    if not len(quads):
        return []
    grey = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
    result = []
    for quad in quads:
        x0, y0 = np.floor(np.clip(quad.min(axis=0), 0, None)).astype(int)
        x1, y1 = np.ceil(quad.max(axis=0)).astype(int)
        result.append(grey[y0:y1, x0:x1])
    return result


def _frame_boxes(t_s: float, bgr: NDArray[np.uint8], boxes: _Found, windows: list[NDArray[np.uint8]]) -> FrameBoxes:
    scale = min(1.0, _THUMBNAIL_PX / bgr.shape[1])
    size = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
    thumbnail = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    quads = boxes.quads_px
    xyxy = (
        np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1) if len(quads) else np.zeros((0, 4), np.float32)
    )
    patches = np.array([patch(window) for window in windows], np.float32)
    return FrameBoxes(t_s, xyxy, boxes.scores, thumbnail, scale, patches)


def _rows(
    frame: dict[str, Any],
    boxes: _Found,
    clear: list[float],
    tracks: NDArray[np.int64],
    bands: list[NDArray[np.float32]],
) -> list[dict[str, Any]]:
    rows = []
    for i in range(len(boxes.scores)):
        centre = boxes.quads_px[i].mean(axis=0)
        inside = any(
            cv2.pointPolygonTest(band.astype(np.float32), tuple(map(float, centre)), False) >= 0 for band in bands
        )
        rows.append(
            {
                "seq": frame["seq"],
                "t_s": frame["t_s"],
                "track": int(tracks[i]),
                "source": boxes.sources[i],
                "class_name": boxes.classes[i],
                "score": float(boxes.scores[i]),
                "quad_px": boxes.quads_px[i].ravel().tolist(),
                "clarity": clear[i],
                "in_hint": inside,
            }
        )
    return rows
