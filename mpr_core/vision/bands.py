"""Bands along the field's border where perimeter boards stand: region hints, each with its reason.

A board's lower and upper edges are long, straight and nearly parallel to the field's border. Lines are found once
(Canny, probabilistic Hough), then each side of the outline takes those that run beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mpr_core.record import Record
from mpr_core.vision.configs import DetectEdgesConfig
from mpr_core.vision.field import FieldResult

_MIN_SIDE_PX = 16
_MIN_SIDE_RATIO = 0.12
_FRAME_MARGIN_RATIO = 0.02
# Fragments of one edge lie within this distance of its line, at the working width.
_COLLINEAR_PX = 3.5
_MAX_EDGES = 8
# Two edges nearer to each other than this (of the height) are one edge with its shadow.
_MIN_BAND_RATIO = 0.012
# Both edges of a board: the farther one counts if seen at least this well compared with the best.
_UPPER_RATIO = 0.5


class Band(Record):
    """A strip beside the field's border that may hold boards.

    `polygon_px` is clockwise on screen, in the frame's pixels; `score` in [0, 1].
    """

    polygon_px: tuple[tuple[float, float], ...] = Field(min_length=4)
    reason: str
    score: float = Field(ge=0.0, le=1.0)


@dataclass(frozen=True)
class _Side:
    """One straight side of the outline: from `start` along `along`, `outward` away from the field; all at work size."""

    start: NDArray[np.float64]
    along: NDArray[np.float64]
    outward: NDArray[np.float64]
    length: float

    def local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """`(k, 2)` of distance along the side and distance away from the field."""
        offset = points - self.start
        return np.stack([offset @ self.along, offset @ self.outward], axis=-1)

    def point(self, along: float, away: float) -> NDArray[np.float64]:
        return np.asarray(self.start + along * self.along + away * self.outward)


@dataclass(frozen=True)
class _Edge:
    """A straight edge beside a side: away = level + slope * along, seen over `seen_px` of it."""

    level: float
    slope: float
    seen_px: float

    def away(self, along: float) -> float:
        return self.level + self.slope * along


def canny_edges(bgr: NDArray[np.uint8], config: DetectEdgesConfig) -> NDArray[np.uint8]:
    """Edges of a frame, 0/255, at the working size (`work_width_px` wide or the frame's own, if smaller).

    Args:
        bgr: `(h, w, 3)` or `(h, w)` uint8; an empty one gives an empty map.
    """
    if bgr.size == 0:
        return np.zeros((0, 0), np.uint8)
    picture = np.ascontiguousarray(bgr)
    if picture.ndim == 3:
        picture = picture[:, :, 0] if picture.shape[2] < 3 else cv2.cvtColor(picture[:, :, :3], cv2.COLOR_BGR2GRAY)
    scale = min(1.0, config.work_width_px / picture.shape[1])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    return np.asarray(cv2.Canny(smooth, config.canny_low, config.canny_high), dtype=np.uint8)


def find_bands(bgr: NDArray[np.uint8], field: FieldResult, config: DetectEdgesConfig) -> list[Band]:
    """Bands beside the field's border, best first.

    Args:
        bgr: the frame `field` was found in, `(h, w, 3) uint8`.
        field: its field; without one there are no bands.
        config: edge and line thresholds, relative to the frame's size.
    Returns:
        Bands whose polygons lie within the frame; empty when off, without a field, or when no edge runs beside it.
    """
    if not config.enabled or field.status != "field" or len(field.polygon_px) < 3:
        return []
    if bgr.ndim < 2 or min(bgr.shape[:2]) < _MIN_SIDE_PX:
        return []
    edges = canny_edges(bgr, config)
    height, width = edges.shape
    scale = bgr.shape[1] / width
    lines = _lines(edges, config)
    found: list[Band] = []
    for side in _sides(field.polygon_px.astype(np.float64) / scale, width, height):
        band = _band(side, lines, (width, height), scale, config)
        if band is not None:
            found.append(band)
    return _without_repeats(sorted(found, key=lambda band: -band.score))[: config.max_bands]


def _lines(edges: NDArray[np.uint8], config: DetectEdgesConfig) -> NDArray[np.float64]:
    """`(k, 2, 2)` ends of straight pieces. Pieces may be shorter than a line: players interrupt boards."""
    width = edges.shape[1]
    # OpenCV's probabilistic Hough draws from a generator of its own with a fixed seed: same edges, same lines.
    pieces = cv2.HoughLinesP(
        edges,
        rho=1.0,
        theta=math.pi / 360,
        threshold=config.hough_threshold,
        minLineLength=max(8.0, width * config.min_line_ratio / 2),
        maxLineGap=max(2.0, width * config.max_line_gap_ratio),
    )
    return np.zeros((0, 2, 2)) if pieces is None else pieces.reshape(-1, 2, 2).astype(np.float64)


def _sides(outline: NDArray[np.float64], width: int, height: int) -> list[_Side]:
    """Long sides of the outline that are not the frame's own border."""
    coarse = cv2.approxPolyDP(outline.astype(np.float32).reshape(-1, 1, 2), 0.02 * width, True)
    points = coarse.reshape(-1, 2).astype(np.float64)
    if len(points) < 3:
        return []
    centre = points.mean(axis=0)
    margin = _FRAME_MARGIN_RATIO * max(width, height) + 1.0
    sides = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        if length < _MIN_SIDE_RATIO * width or _on_frame(start, end, width, height, margin):
            continue
        along = (end - start) / length
        outward = np.array([along[1], -along[0]])
        if float(outward @ (centre - start)) > 0:
            outward = -outward
        sides.append(_Side(start=start, along=along, outward=outward, length=length))
    return sides


def _on_frame(start: NDArray[np.float64], end: NDArray[np.float64], width: int, height: int, margin: float) -> bool:
    for axis, limit in ((0, width - 1), (1, height - 1)):
        low, high = min(start[axis], end[axis]), max(start[axis], end[axis])
        if high <= margin or low >= limit - margin:
            return True
    return False


def _edges_beside(side: _Side, lines: NDArray[np.float64], reach: float, config: DetectEdgesConfig) -> list[_Edge]:
    """Edges that run beside a side within `reach` outside it, nearest first; pieces of one edge are joined."""
    if len(lines) == 0:
        return []
    local = side.local(lines)
    run = np.abs(local[:, 1, 0] - local[:, 0, 0])
    rise = np.abs(local[:, 1, 1] - local[:, 0, 1])
    middle = local.mean(axis=1)
    # A little inside too: the outline rounds the boards' lower edge off.
    near = (middle[:, 1] > -0.15 * reach) & (middle[:, 1] <= reach)
    near &= (middle[:, 0] > -0.05 * side.length) & (middle[:, 0] < 1.05 * side.length)
    near &= np.degrees(np.arctan2(rise, np.maximum(run, 1e-6))) <= config.max_angle_deg
    left = local[near]
    edges: list[_Edge] = []
    while len(left) and len(edges) < _MAX_EDGES:
        seed = left[int(np.argmax(np.abs(left[:, 1, 0] - left[:, 0, 0])))]
        slope, level = _through(seed.reshape(-1, 2))
        off = np.abs(left[:, :, 1] - (level + slope * left[:, :, 0])).max(axis=1)
        mine = left[off <= _COLLINEAR_PX]
        slope, level = _through(mine.reshape(-1, 2))
        seen = _union_length(np.clip(np.sort(mine[:, :, 0], axis=1), 0.0, side.length))
        edges.append(_Edge(level=level, slope=slope, seen_px=seen))
        left = left[off > _COLLINEAR_PX]
    return sorted(edges, key=lambda edge: edge.away(side.length / 2))


def _through(points: NDArray[np.float64]) -> tuple[float, float]:
    slope, level = np.polyfit(points[:, 0], points[:, 1], 1) if np.ptp(points[:, 0]) > 1e-6 else (0.0, points[0, 1])
    return float(slope), float(level)


def _union_length(spans: NDArray[np.float64]) -> float:
    total, reached = 0.0, -math.inf
    for low, high in sorted(map(tuple, spans.tolist())):
        total += max(0.0, high - max(low, reached))
        reached = max(reached, high)
    return total


def _band(
    side: _Side, lines: NDArray[np.float64], size: tuple[int, int], scale: float, config: DetectEdgesConfig
) -> Band | None:
    width, height = size
    edges = _edges_beside(side, lines, config.search_ratio * height, config)
    edges = [edge for edge in edges if edge.seen_px >= config.min_line_ratio * width]
    if not edges:
        return None
    best = max(edge.seen_px for edge in edges)
    middle = side.length / 2
    gap = _MIN_BAND_RATIO * height
    above = [e for e in edges if e.away(middle) >= gap and e.seen_px >= _UPPER_RATIO * best]
    upper = above[-1] if above else None
    lower = edges[0] if upper is not edges[0] and edges[0].away(middle) < gap else None
    low_ends = [min(0.0, lower.away(s)) if lower else 0.0 for s in (0.0, side.length)]
    pad = 0.006 * height
    high_ends = [
        max(low + gap, upper.away(s) + pad) if upper else low + config.band_height_ratio * height
        for low, s in zip(low_ends, (0.0, side.length), strict=True)
    ]
    corners = [
        side.point(0.0, low_ends[0] - pad),
        side.point(side.length, low_ends[1] - pad),
        side.point(side.length, high_ends[1]),
        side.point(0.0, high_ends[0]),
    ]
    polygon = _clip(np.array(corners), width, height)
    if polygon is None:
        return None
    seen = min(1.0, best / side.length)
    score = 0.6 * seen + (0.25 if upper else 0.0) + (0.15 if lower else 0.0)
    return Band(
        polygon_px=tuple((float(x), float(y)) for x, y in polygon * scale),
        reason=_reason(side, edges, upper, scale),
        score=min(1.0, score),
    )


def _reason(side: _Side, edges: list[_Edge], upper: _Edge | None, scale: float) -> str:
    line = upper or max(edges, key=lambda edge: edge.seen_px)
    direction = side.along + line.slope * side.outward
    angle = math.degrees(math.atan2(-direction[1], direction[0]))
    angle = (angle + 90) % 180 - 90
    away = line.away(side.length / 2) * scale
    place = f"{away:.0f} px outside the field's border" if away >= 0 else f"{-away:.0f} px inside the field's border"
    more = f"; {len(edges)} edges beside it" if len(edges) > 1 else ""
    height = "" if upper else "; no upper edge, usual height taken"
    return f"line {line.seen_px * scale:.0f} px long, {angle:.1f} deg, {place}{more}{height}"


def _clip(corners: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64] | None:
    """The convex quadrilateral within the frame, clockwise on screen; None when hardly anything is left."""
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    area, shape = cv2.intersectConvexConvex(cv2.convexHull(corners.astype(np.float32)), frame)
    if shape is None or len(shape) < 3 or area < 16.0:
        return None
    points = np.asarray(shape, dtype=np.float64).reshape(-1, 2)
    if len(points) == 3:
        # A band's record has four corners at least; a triangle at the frame's corner repeats its last one.
        points = np.vstack([points, points[-1:]])
    signed = float(cv2.contourArea(points.astype(np.float32), oriented=True))
    return points if signed > 0 else points[::-1]


def _without_repeats(bands: list[Band]) -> list[Band]:
    """Drops a band most of which lies in a better one."""
    kept: list[Band] = []
    for band in bands:
        mine = cv2.convexHull(np.array(band.polygon_px, np.float32))
        own = max(float(cv2.contourArea(mine)), 1e-6)
        shared = [
            cv2.intersectConvexConvex(mine, cv2.convexHull(np.array(other.polygon_px, np.float32)))[0] for other in kept
        ]
        if all(area < 0.7 * own for area in shared):
            kept.append(band)
    return kept
