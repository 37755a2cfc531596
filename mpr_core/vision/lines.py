"""Edges of a frame, and the straight ones among them that run beside a given line.

Crowds are full of edges in every direction; a board's edge has one. So only edge pixels whose gradient stands across
the side are kept before Hough, and a line counts by how much of its way such pixels lie on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.configs import DetectEdgesConfig

_GRADIENT_TOLERANCE_DEG = 16.0
_MAX_PIECES = 64
# Lines whose places on the side differ less than this (of the height) are one.
_SAME_RATIO = 0.008


@dataclass(frozen=True)
class Side:
    """A straight side of the field's outline: from `start` along `along`, `outward` away from the field; unit vectors.

    All in pixels of the working size.
    """

    start: NDArray[np.float64]
    along: NDArray[np.float64]
    outward: NDArray[np.float64]
    length: float

    def local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """`(..., 2)` points as distance along the side and distance away from the field."""
        offset = points - self.start
        return np.stack([offset @ self.along, offset @ self.outward], axis=-1)

    def at(self, along: NDArray[np.float64], away: NDArray[np.float64]) -> NDArray[np.float64]:
        """`(k, 2)` points of the picture for distances along the side and away from the field."""
        return self.start + along[:, None] * self.along + away[:, None] * self.outward


@dataclass(frozen=True)
class Edge:
    """A straight edge beside a side: away = level + slope * along; `seen_ratio` of the side shows it."""

    level: float
    slope: float
    seen_ratio: float

    def away(self, along: float) -> float:
        """Distance from the side's line, positive outside the field; pixels of the working size."""
        return self.level + self.slope * along


@dataclass(frozen=True)
class EdgeMap:
    """Canny's edges `(h, w)` 0/255 and the gradients' direction `(h, w)` in degrees, 0-180."""

    edges: NDArray[np.uint8]
    direction_deg: NDArray[np.float32]


def edge_map(bgr: NDArray[np.uint8], config: DetectEdgesConfig) -> EdgeMap:
    """Edges and their directions at the working size; an empty picture gives empty maps."""
    if bgr.size == 0:
        return EdgeMap(np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.float32))
    picture = np.ascontiguousarray(bgr)
    if picture.ndim == 3:
        picture = picture[:, :, 0] if picture.shape[2] < 3 else cv2.cvtColor(picture[:, :, :3], cv2.COLOR_BGR2GRAY)
    scale = min(1.0, config.work_width_px / picture.shape[1])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    smooth = cv2.GaussianBlur(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), (3, 3), 0)
    across = cv2.Sobel(smooth, cv2.CV_16S, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_16S, 0, 1)
    edges = cv2.Canny(across, down, config.canny_low, config.canny_high)
    direction = np.degrees(np.arctan2(down.astype(np.float32), across.astype(np.float32))) % 180
    return EdgeMap(np.asarray(edges, np.uint8), direction.astype(np.float32))


@dataclass(frozen=True)
class Beside:
    """What was found beside a side: Hough's straight pieces `(2, 2)` ends each, longest first, and the edges made of them."""

    pieces: list[NDArray[np.float64]]
    edges: list[Edge]


def edges_beside(side: Side, edges: EdgeMap, reach_px: float, config: DetectEdgesConfig) -> Beside:
    """Straight edges beside a side, from inside out.

    Args:
        reach_px: how far outside the field they may lie; a fifth of it inside, where the outline may be off.
    Returns:
        Edges within `config.max_angle_deg` of the side, each with how much of the side shows it.
    """
    own = _across(side, edges, reach_px, config)
    pieces = _pieces(own, config)
    wide = cv2.dilate(own, np.ones((3, 3), np.uint8))
    found: list[Edge] = []
    for piece in pieces[:_MAX_PIECES]:
        (s0, d0), (s1, d1) = side.local(piece)
        slope = (d1 - d0) / (s1 - s0) if abs(s1 - s0) > 1e-6 else math.inf
        if abs(math.degrees(math.atan(slope))) > config.max_angle_deg:
            continue
        edge = Edge(level=float(d0 - slope * s0), slope=float(slope), seen_ratio=0.0)
        if not -0.2 * reach_px <= edge.away(side.length / 2) <= reach_px:
            continue
        found.append(Edge(edge.level, edge.slope, _seen(side, edge, wide)))
    return Beside(pieces, _distinct(found, side.length / 2, _SAME_RATIO * own.shape[0]))


def _across(side: Side, edges: EdgeMap, reach_px: float, config: DetectEdgesConfig) -> NDArray[np.uint8]:
    """Edge pixels near the side whose gradient stands across it, 0/255."""
    normal = math.degrees(math.atan2(side.outward[1], side.outward[0])) % 180
    turn = np.abs(edges.direction_deg - normal)
    turn = np.minimum(turn, 180 - turn)
    strip = np.zeros_like(edges.edges)
    ends = np.array([0.0, side.length])
    low, high = np.full(2, -0.25 * reach_px), np.full(2, 1.05 * reach_px)
    corners = np.vstack([side.at(ends, low), side.at(ends[::-1], high)])
    cv2.fillConvexPoly(strip, np.round(corners).astype(np.int32), 255)
    fits = turn <= _GRADIENT_TOLERANCE_DEG + config.max_angle_deg / 2
    return np.where(fits & (strip > 0), edges.edges, 0).astype(np.uint8)


def _pieces(own: NDArray[np.uint8], config: DetectEdgesConfig) -> list[NDArray[np.float64]]:
    """Straight pieces, `(2, 2)` ends each, longest first. Shorter than a line may be: players interrupt boards."""
    width = own.shape[1]
    # OpenCV's probabilistic Hough draws from a generator of its own with a fixed seed: same edges, same lines.
    lines = cv2.HoughLinesP(
        own,
        rho=1.0,
        theta=math.pi / 360,
        threshold=config.hough_threshold,
        minLineLength=max(8.0, width * config.min_line_ratio / 2),
        maxLineGap=max(2.0, width * config.max_line_gap_ratio),
    )
    if lines is None:
        return []
    pieces = [np.asarray(line, np.float64) for line in lines.reshape(-1, 2, 2)]
    return sorted(pieces, key=lambda piece: -float(np.hypot(*(piece[1] - piece[0]))))


def _seen(side: Side, edge: Edge, wide: NDArray[np.uint8]) -> float:
    """Share of the side, within the frame, over which edge pixels lie on the line."""
    along = np.arange(0.0, side.length + 1.0)
    points = np.round(side.at(along, edge.level + edge.slope * along)).astype(np.int64)
    height, width = wide.shape
    inside = (points[:, 0] >= 0) & (points[:, 0] < width) & (points[:, 1] >= 0) & (points[:, 1] < height)
    if int(inside.sum()) < 2:
        return 0.0
    return float((wide[points[inside, 1], points[inside, 0]] > 0).mean())


def _distinct(edges: list[Edge], middle: float, same_px: float) -> list[Edge]:
    """The best seen of edges that lie in the same place, from inside out."""
    kept: list[Edge] = []
    for edge in sorted(edges, key=lambda edge: -edge.seen_ratio):
        if all(abs(edge.away(middle) - other.away(middle)) > same_px for other in kept):
            kept.append(edge)
    return sorted(kept, key=lambda edge: edge.away(middle))
