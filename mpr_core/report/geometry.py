"""Areas and places of quads inside their frame, in pure Python: at four points each, numpy would cost time.

Points are `(x, y)` in pixels; every area is a ratio of the frame's area, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from mpr_core.report.sighting import Quad

Point = tuple[float, float]
Polygon = list[Point]

GRID_CELLS = (
    *("top left", "top centre", "top right"),
    *("middle left", "centre", "middle right"),
    *("bottom left", "bottom centre", "bottom right"),
)
"""The 3x3 grid in reading order."""


def convex_hull(points: Sequence[Point]) -> Polygon:
    """Counter-clockwise hull (y up; monotone chain), so that a crossed or reversed quad still has its true outline."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(chain_of: Sequence[Point]) -> Polygon:
        chain: Polygon = []
        for point in chain_of:
            while len(chain) >= 2 and _cross(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def clip(subject: Polygon, window: Polygon) -> Polygon:
    """The part of a convex `subject` inside a convex, counter-clockwise `window` (Sutherland-Hodgman); may be empty."""
    output = subject
    for a, b in zip(window, window[1:] + window[:1], strict=True):
        if not output:
            break
        source, output = output, []
        for p, q in zip(source, source[1:] + source[:1], strict=True):
            p_side, q_side = _cross(a, b, p), _cross(a, b, q)
            if p_side >= 0:
                output.append(p)
            if (p_side > 0 > q_side) or (p_side < 0 < q_side):
                share = p_side / (p_side - q_side)
                output.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
    return output


def area(polygon: Polygon) -> float:
    """Area of a simple polygon (shoelace), never negative."""
    if len(polygon) < 3:
        return 0.0
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in pairs)) / 2


def unit_polygon(quad_px: Quad, width_px: int, height_px: int) -> Polygon:
    """The quad's visible part with the frame scaled to the unit square; empty when it lies outside."""
    points = [(quad_px[i] / width_px, quad_px[i + 1] / height_px) for i in range(0, 8, 2)]
    hull = convex_hull(points)
    if all(0 <= x <= 1 and 0 <= y <= 1 for x, y in hull):
        return hull
    return clip(hull, _rectangle(0, 0, 1, 1)) if len(hull) >= 3 else []


def union_area(polygons: Sequence[Polygon]) -> float:
    """Area covered by convex polygons together, in the unit square.

    Overlaps are taken out pair by pair. That is exact unless three overlap at one point; then it errs to the small
    side, and the largest single polygon is the floor.
    """
    areas = [area(polygon) for polygon in polygons]
    total = sum(areas)
    if len(polygons) > 1:
        total -= sum(_shared_area(p, q) for p, q in combinations(polygons, 2))
    return min(1.0, max(total, max(areas, default=0.0)))


def grid_shares(polygon: Polygon, quad_px: Quad, width_px: int, height_px: int) -> dict[str, float]:
    """How a quad spreads over the 3x3 grid: cell name to share of its visible area; the shares sum to 1."""
    touched = _touched_cells(polygon)
    if len(touched) == 1 and area(polygon) > 0:  # most are: nothing to clip
        return {GRID_CELLS[3 * touched[0][0] + touched[0][1]]: 1.0}
    cells = {
        GRID_CELLS[3 * row + column]: share
        for row, column in touched
        if (share := area(clip(polygon, _rectangle(column / 3, row / 3, (column + 1) / 3, (row + 1) / 3)))) > 0
    }
    total = sum(cells.values())
    if total > 0:
        return {cell: share / total for cell, share in cells.items()}
    # A line or a point has no area to share out: its middle decides.
    x, y = sum(quad_px[0::2]) / 4 / width_px, sum(quad_px[1::2]) / 4 / height_px
    return {GRID_CELLS[3 * _third(y) + _third(x)]: 1.0}


def _touched_cells(polygon: Polygon) -> list[tuple[int, int]]:
    if not polygon:
        return []
    columns, rows = [_third(x) for x, _ in polygon], [_third(y) for _, y in polygon]
    return [(r, c) for r in range(min(rows), max(rows) + 1) for c in range(min(columns), max(columns) + 1)]


def _shared_area(p: Polygon, q: Polygon) -> float:
    if not p or not q or not (_ranges_meet(p, q, 0) and _ranges_meet(p, q, 1)):
        return 0.0
    return area(clip(p, q)) if len(p) >= 3 and len(q) >= 3 else 0.0


def _ranges_meet(p: Polygon, q: Polygon, axis: int) -> bool:
    return min(a[axis] for a in p) < max(b[axis] for b in q) and min(b[axis] for b in q) < max(a[axis] for a in p)


def _rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _cross(origin: Point, a: Point, b: Point) -> float:
    return (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0])


def _third(unit: float) -> int:
    return min(2, max(0, int(unit * 3)))
