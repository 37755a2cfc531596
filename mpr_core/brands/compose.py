"""Names set in several text boxes: neighbouring lines of one frame joined into one text.

'NORTH' 'STAR' side by side, or 'TV REGIONAL' above 'MAGALLANES', are two boxes to a text detector. Boxes are compared
in their own axes (along the text, and down from it), so oblique and vertical text joins as well as level text. Every
composed line keeps the keys of its boxes in reading order; deciding which are names is the matcher's work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot
from typing import Literal

from pydantic import Field

from mpr_core.record import Record

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]

MAX_STACKED_LINES = 4
MAX_COMPOSED_LINES = 400  # of one frame; a page of small print would give thousands
_MAX_ANGLE_COS = 0.97  # neighbours turn by at most 14 degrees
_ROW_HEIGHT_RATIO = 1.6
_ROW_GAP_HEIGHTS = 1.5
_ROW_OVERLAP_HEIGHTS = 0.4  # how far quads of one row may reach into each other
_ROW_OFFSET_HEIGHTS = 0.5
_STACK_HEIGHT_RATIO = 2.5
_STACK_GAP_HEIGHTS = 1.0
_STACK_OVERLAP_RATIO = 0.3
_STACK_INTRUSION_HEIGHTS = 0.35


class LineBox(Record):
    """One text line of a frame. `quad_px`: corners clockwise from the text's own top-left; `key`: the caller's id."""

    key: str
    text: str
    score: float = Field(default=1.0, ge=0, le=1)
    quad_px: Quad


class ComposedLine(Record):
    """Neighbouring lines read as one. `score` is the mean of the members' by text length; `quad_px` encloses them."""

    text: str
    score: float = Field(ge=0, le=1)
    keys: tuple[str, ...]
    layout: Literal["row", "stack"]
    quad_px: Quad


class _Line:
    """A box, or a row of boxes, in its own axes. Plain floats: a frame has many pairs of few points."""

    def __init__(self, members: tuple[LineBox, ...], quad: Quad) -> None:
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
        self.members = members
        self.quad = quad
        self.along = _unit((bx - ax + cx - dx, by - ay + cy - dy))
        self.height = (hypot(dx - ax, dy - ay) + hypot(cx - bx, cy - by)) / 2
        self.width = (hypot(bx - ax, by - ay) + hypot(cx - dx, cy - dy)) / 2
        self.centre = ((ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4)
        self.own = self.spans(quad)
        self.reach = max(hypot(x - self.centre[0], y - self.centre[1]) for x, y in quad)

    @property
    def usable(self) -> bool:
        """Whether it has an extent and a text."""
        return self.height > 0 and self.along != (0.0, 0.0) and any(box.text.strip() for box in self.members)

    def spans(self, quad: Quad) -> tuple[float, float, float, float]:
        """A quad's extent in this line's axes, relative to its centre: start, end (along), top, bottom (down)."""
        (ux, uy), (mx, my) = self.along, self.centre
        along = [(x - mx) * ux + (y - my) * uy for x, y in quad]
        down = [(y - my) * ux - (x - mx) * uy for x, y in quad]
        return min(along), max(along), min(down), max(down)


def compose_lines(boxes: Sequence[LineBox]) -> list[ComposedLine]:
    """Joined readings of neighbouring boxes, each of two members or more.

    Args:
        boxes: lines that are visible in the same frame.
    Returns:
        Rows (left to right), then stacks of boxes and of rows (top to bottom, two to four lines), without repeats. A
        chain is given whole and not cut into its parts, but stacks of every depth are given, as a name may end early.
        Independent of the order of the boxes; empty when nothing neighbours anything.
    """
    singles = [_Line((box,), box.quad_px) for box in sorted(boxes, key=lambda b: b.key)]
    singles = [line for line in singles if line.usable]
    rows = [_merge(chain) for chain in _rows(singles)]
    composed: dict[tuple[str, ...], ComposedLine] = {}
    for row in rows:
        _add(composed, row.members, row.quad, "row")
    in_row = {box.key for row in rows for box in row.members}
    merged = rows + [line for line in singles if line.members[0].key not in in_row]
    for lines in (merged, singles) if rows else (singles,):
        for stack in _stacks(lines):
            if len(composed) >= MAX_COMPOSED_LINES:
                break
            whole = _merge(stack)
            _add(composed, whole.members, whole.quad, "stack")
    return list(composed.values())


def _rows(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Chains of at least two lines, each the nearest right neighbour of the one before."""
    right: dict[int, tuple[float, int]] = {}
    near = _near(lines)
    for i, line in enumerate(lines):
        gaps = [(gap, j) for j in near[i] if (gap := _row_gap(line, lines[j])) is not None]
        if gaps:
            right[i] = min(gaps)
    # A line is the right neighbour of one other only: of the nearest.
    left: dict[int, tuple[float, int]] = {}
    for i, (gap, j) in right.items():
        left[j] = min(left.get(j, (gap, i)), (gap, i))
    following = {i: j for j, (_, i) in left.items()}
    for start in sorted(set(following) - set(following.values())):
        chain = [start]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        yield [lines[i] for i in chain]


def _near(lines: Sequence[_Line]) -> list[list[int]]:
    """For each line the others that may be its neighbours at all; spares most pairs of a frame the exact question."""
    near: list[list[int]] = [[] for _ in lines]
    places = [(*line.centre, line.reach, line.height) for line in lines]
    for i, (x, y, reach, height) in enumerate(places):
        for j in range(i + 1, len(places)):
            other_x, other_y, other_reach, other_height = places[j]
            far = 2 * (reach + other_reach + max(height, other_height))
            if abs(other_x - x) <= far and abs(other_y - y) <= far:
                near[i].append(j)
                near[j].append(i)
    return [sorted(found) for found in near]


def _row_gap(left: _Line, right: _Line) -> float | None:
    """The gap in px along the text if `right` continues `left`, else None."""
    if not _alike(left, right, _ROW_HEIGHT_RATIO):
        return None
    own_start, own_end, _, _ = left.own
    start, end, top, bottom = left.spans(right.quad)
    height = max(left.height, right.height)
    gap = start - own_end
    level = abs((top + bottom) / 2) <= _ROW_OFFSET_HEIGHTS * height
    ahead = (start + end) / 2 > (own_start + own_end) / 2 and end > own_end
    near = -_ROW_OVERLAP_HEIGHTS * height <= gap <= _ROW_GAP_HEIGHTS * height
    return gap if level and ahead and near else None


def _stacks(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Every top-to-bottom path of two to four lines, each directly below the one before."""
    near = _near(lines)
    below = {i: [j for j in near[i] if _is_below(line, lines[j])] for i, line in enumerate(lines)}
    paths = [[i] for i in range(len(lines))]
    for _ in range(MAX_STACKED_LINES - 1):
        paths = [[*path, j] for path in paths for j in below[path[-1]] if j not in path][:MAX_COMPOSED_LINES]
        for path in paths:
            yield [lines[i] for i in path]


def _is_below(upper: _Line, lower: _Line) -> bool:
    if not _alike(upper, lower, _STACK_HEIGHT_RATIO):
        return False
    own_start, own_end, _, own_bottom = upper.own
    (ux, uy), (mx, my) = upper.along, upper.centre
    if (lower.centre[1] - my) * ux - (lower.centre[0] - mx) * uy < -lower.reach:
        return False
    start, end, top, bottom = upper.spans(lower.quad)
    small, large = sorted((upper.height, lower.height))
    overlap = min(own_end, end) - max(own_start, start)
    if overlap < _STACK_OVERLAP_RATIO * min(own_end - own_start, end - start):
        return False
    gap = top - own_bottom
    return (top + bottom) / 2 > 0 and -_STACK_INTRUSION_HEIGHTS * small <= gap <= _STACK_GAP_HEIGHTS * large


def _alike(one: _Line, other: _Line, height_ratio: float) -> bool:
    small, large = sorted((one.height, other.height))
    same_way = one.along[0] * other.along[0] + one.along[1] * other.along[1] >= _MAX_ANGLE_COS
    return large <= height_ratio * small and same_way


def _merge(lines: Sequence[_Line]) -> _Line:
    """Lines as one, in the axes of the longest."""
    base = max(lines, key=lambda line: line.width)
    spans = [base.spans(line.quad) for line in lines]
    start, end = min(s[0] for s in spans), max(s[1] for s in spans)
    top, bottom = min(s[2] for s in spans), max(s[3] for s in spans)
    (ux, uy), (mx, my) = base.along, base.centre

    def corner(along: float, down: float) -> Point:
        return (mx + along * ux - down * uy, my + along * uy + down * ux)

    quad = (corner(start, top), corner(end, top), corner(end, bottom), corner(start, bottom))
    return _Line(tuple(box for line in lines for box in line.members), quad)


def _add(
    composed: dict[tuple[str, ...], ComposedLine],
    members: tuple[LineBox, ...],
    quad: Quad,
    layout: Literal["row", "stack"],
) -> None:
    keys = tuple(box.key for box in members)
    if keys in composed:
        return
    weights = [max(1, len(box.text)) for box in members]
    score = sum(box.score * weight for box, weight in zip(members, weights, strict=True)) / sum(weights)
    text = " ".join(" ".join(box.text.split()) for box in members if box.text.strip())
    composed[keys] = ComposedLine(text=text, score=min(1.0, score), keys=keys, layout=layout, quad_px=quad)


def _unit(vector: Point) -> Point:
    length = hypot(*vector)
    return (vector[0] / length, vector[1] / length) if length > 0 else (0.0, 0.0)
