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
from mpr_core.vision.lines import Edge, Side, edge_map, edges_beside

_MIN_SIDE_PX = 16
_MIN_SIDE_RATIO = 0.12
_FRAME_MARGIN_RATIO = 0.02
# Two edges nearer to each other than this (of the height) are one edge with its shadow.
_MIN_BAND_RATIO = 0.012
_PAD_RATIO = 0.006
# Of the edges outside, the farthest seen at least this well, compared with the best, bounds the boards.
_UPPER_RATIO = 0.7


class Band(Record):
    """A strip beside the field's border that may hold boards.

    `polygon_px` is clockwise on screen, in the frame's pixels; `score` in [0, 1].
    """

    polygon_px: tuple[tuple[float, float], ...] = Field(min_length=4)
    reason: str
    score: float = Field(ge=0.0, le=1.0)


@dataclass(frozen=True)
class Search:
    """A search for bands with what it went through, in pixels of the picture searched.

    `edges` is Canny's map `(h, w)` 0/255 at the working size, `pieces` Hough's straight pieces `(k, 2, 2)`, `lines` the edges made of
    them that are seen well enough `(k, 2, 2)`; empty where the search did not get so far.
    """

    edges: NDArray[np.uint8]
    pieces: NDArray[np.float64]
    lines: NDArray[np.float64]
    bands: list[Band]


def canny_edges(bgr: NDArray[np.uint8], config: DetectEdgesConfig) -> NDArray[np.uint8]:
    """Edges of a frame, 0/255, at the working size (`work_width_px` wide or the frame's own, if smaller).

    Args:
        bgr: `(h, w, 3)` or `(h, w)` uint8; an empty one gives an empty map.
    """
    return edge_map(bgr, config).edges


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
    return search_bands(bgr, field, config).bands


def search_bands(bgr: NDArray[np.uint8], field: FieldResult, config: DetectEdgesConfig) -> Search:
    """`find_bands` with its intermediate results; without a field it ends at the edges."""
    nothing = np.zeros((0, 2, 2))
    if bgr.ndim < 2 or min(bgr.shape[:2]) < _MIN_SIDE_PX:
        return Search(np.zeros((0, 0), np.uint8), nothing, nothing, [])
    edges = edge_map(bgr, config)
    height, width = edges.edges.shape
    scale = bgr.shape[1] / width
    found: list[Band] = []
    pieces, lines = [nothing], [nothing]
    outline = field.polygon_px.astype(np.float64) / scale
    for side in _sides(outline, width, height) if len(outline) >= 3 else []:
        beside = edges_beside(side, edges, config.search_ratio * height, config)
        seen = [edge for edge in beside.edges if edge.seen_ratio >= config.min_seen_ratio]
        pieces += [piece[None] * scale for piece in beside.pieces]
        lines += [_ends(side, edge)[None] * scale for edge in seen]
        band = _band(side, seen, (width, height), scale, config)
        if band is not None:
            found.append(band)
    bands = _without_repeats(sorted(found, key=lambda band: -band.score))[: config.max_bands]
    return Search(edges.edges, np.concatenate(pieces), np.concatenate(lines), bands)


def _ends(side: Side, edge: Edge) -> NDArray[np.float64]:
    """Both ends `(2, 2)` of an edge over the length of its side."""
    along = np.array([0.0, side.length])
    return side.at(along, edge.level + edge.slope * along)


def _sides(outline: NDArray[np.float64], width: int, height: int) -> list[Side]:
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
        sides.append(Side(start=start, along=along, outward=outward, length=length))
    return sides


def _on_frame(start: NDArray[np.float64], end: NDArray[np.float64], width: int, height: int, margin: float) -> bool:
    for axis, limit in ((0, width - 1), (1, height - 1)):
        low, high = min(start[axis], end[axis]), max(start[axis], end[axis])
        if high <= margin or low >= limit - margin:
            return True
    return False


def _band(side: Side, edges: list[Edge], size: tuple[int, int], scale: float, config: DetectEdgesConfig) -> Band | None:
    """The strip from the border, or an edge just inside it, to the upper edge of the boards."""
    if not edges:
        return None
    width, height = size
    middle, gap, pad = side.length / 2, _MIN_BAND_RATIO * height, _PAD_RATIO * height
    best = max(edge.seen_ratio for edge in edges)
    outside = [edge for edge in edges if edge.away(middle) >= gap]
    # The farthest one seen nearly as well as the best: boards stand in tiers, and letters have edges too.
    upper = next((edge for edge in reversed(outside) if edge.seen_ratio >= _UPPER_RATIO * best), None)
    lower = next((edge for edge in edges if edge.away(middle) < gap), None)
    ends = np.array([0.0, side.length])
    low = np.array([min(0.0, lower.away(s)) if lower else 0.0 for s in ends])
    high = low + config.band_height_ratio * height
    if upper is not None:
        high = np.maximum(low + gap, [upper.away(s) + pad for s in ends])
    polygon = _clip(np.vstack([side.at(ends, low - pad), side.at(ends[::-1], high[::-1])]), width, height)
    if polygon is None:
        return None
    return Band(
        polygon_px=tuple((float(x), float(y)) for x, y in polygon * scale),
        reason=_reason(side, edges, upper, scale),
        score=min(1.0, 0.6 * best + (0.25 if upper else 0.0) + (0.15 if lower else 0.0)),
    )


def _reason(side: Side, edges: list[Edge], upper: Edge | None, scale: float) -> str:
    line = upper or max(edges, key=lambda edge: edge.seen_ratio)
    direction = side.along + line.slope * side.outward
    angle = math.degrees(math.atan2(-direction[1], direction[0]))
    angle = (angle + 90) % 180 - 90
    away = line.away(side.length / 2) * scale
    place = f"{abs(away):.0f} px {'above' if side.outward[1] < 0 else 'below'} the field border"
    place = place if away >= 0 else f"{-away:.0f} px inside the field border"
    more = f"; {len(edges)} edges beside it" if len(edges) > 1 else ""
    height = "" if upper else "; no upper edge, usual height taken"
    length = line.seen_ratio * side.length * scale
    return f"line {length:.0f} px long, {angle:.1f} deg, {place}{more}{height}"


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
