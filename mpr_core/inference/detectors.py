"""Boxes of one frame under one configuration: text lines, searched for closer where there are hints, and what YOLO finds."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.text_detector import Quad
from mpr_core.inference.yolo import ClassBox
from mpr_core.stages.configs import DetectObjectsConfig
from mpr_core.wire.debug import Candidate, CutBy
from mpr_core.wire.detect import Box

_SAME_BOX_IOU = 0.4
_LEAST_YOLO_SCORE = 0.05  # weaker candidates are noise to anyone


class FindsText(Protocol):
    """`TextDetector`, whatever its engine."""

    def detect(self, bgr: NDArray[np.uint8], scale: float, *, every_box: bool = False) -> list[Quad]: ...


class FindsThings(Protocol):
    """`Yolo`, whatever its engine."""

    def detect(self, bgr: NDArray[np.uint8], min_score: float | None = None) -> list[ClassBox]: ...


class Detectors:
    """The models of one configuration."""

    def __init__(self, config: DetectObjectsConfig, text: FindsText, yolo: FindsThings | None) -> None:
        self.config, self.text, self.yolo = config, text, yolo

    def find(self, bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]]) -> tuple[Box, ...]:
        """Boxes of one frame; `bands` are the region hints' polygons."""
        config = self.config
        kept = [q for q in self._text(bgr, bands) if _height_px(q.corners_px) >= config.min_height_px]
        found = [
            Box(quad_px=_flat(q.corners_px), score=q.score, source="text", class_name="text")
            for q in _best_first(kept)[: config.max_boxes]
        ]
        for box in self.yolo.detect(bgr) if self.yolo else []:
            found.append(Box(quad_px=_flat(_corners(box)), score=box.score, source="yolo", class_name=box.class_name))
        return tuple(found)

    def cut(self, bgr: NDArray[np.uint8], bands: list[NDArray[np.float32]]) -> tuple[Candidate, ...]:
        """The candidates of one frame that `find` drops."""
        config = self.config
        found: list[Candidate] = []
        legible = 0
        for quad in _best_first(self._text(bgr, bands, every_box=True)):
            height = _height_px(quad.corners_px)
            legible += quad.score >= config.box_score and height >= config.min_height_px
            cut_by: CutBy
            if quad.score < config.box_score:
                cut_by = "box_score"
            elif height < config.min_height_px:
                cut_by = "min_height_px"
            elif legible > config.max_boxes:
                cut_by = "max_boxes"
            else:
                continue
            found.append(_candidate(quad.corners_px, quad.score, height, "text", cut_by))
        for box in self.yolo.detect(bgr, _LEAST_YOLO_SCORE) if self.yolo else []:
            if box.score < config.yolo_min_score:
                height = float(box.xyxy_px[3] - box.xyxy_px[1])
                found.append(_candidate(_corners(box), box.score, height, box.class_name, "yolo_min_score"))
        return tuple(found)

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


def _flat(corners: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(corners.ravel().tolist())


def _candidate(
    corners: NDArray[np.float32], score: float, height_px: float, class_name: str, cut_by: CutBy
) -> Candidate:
    return Candidate(quad_px=_flat(corners), score=score, height_px=height_px, class_name=class_name, cut_by=cut_by)


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
