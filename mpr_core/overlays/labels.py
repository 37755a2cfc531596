"""Where labels go: beside their outline, inside the frame, apart from each other, and if possible not upon other outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""

_GAP_PX = 2.0
_APART_PX = 3.0  # labels of one colour that touch read as one
# In units of a label that lies on another outline with all of its area:
_ORDER_COST = 0.06  # each step down the list of places
_OWN_COST = 0.35  # to lie on its own outline instead: it hides something, but is not taken for another's label
_CHOICE_COST = 0.3  # a shorter label


def place_labels(
    outlines: Sequence[Rect],
    sizes: Sequence[Sequence[tuple[int, int]]],
    frame_px: tuple[int, int],
) -> list[tuple[int, Rect] | None]:
    """For each outline which of its label sizes is drawn, and where.

    Args:
        outlines: upright bounds of what the labels belong to, the most important first.
        sizes: per outline the width and height of its possible labels, the preferred first; empty for none.
        frame_px: width and height of the picture.
    Returns:
        Per outline the index into its sizes and the rectangle, None where no label fits without covering another one.
    """
    bounds = np.array(outlines, np.float64).reshape(-1, 4)
    placed: list[tuple[int, Rect] | None] = []
    taken = np.zeros((0, 4))
    for number, (outline, choices) in enumerate(zip(bounds, sizes, strict=True)):
        others = np.delete(bounds, number, axis=0)
        found = [
            (cost + _CHOICE_COST * choice, choice, rect)
            for choice, size in enumerate(choices)
            for cost, rect in _best_place(outline, size, frame_px, taken, others)
        ]
        best = min(found, default=None)
        placed.append(None if best is None else (best[1], best[2]))
        if best is not None:
            taken = np.vstack([taken, np.array(best[2]) + _APART_PX * np.array([-1, -1, 1, 1])])
    return placed


def _best_place(
    outline: NDArray[np.float64],
    size: tuple[int, int],
    frame_px: tuple[int, int],
    taken: NDArray[np.float64],
    others: NDArray[np.float64],
) -> list[tuple[float, Rect]]:
    """The least costly free place with its cost; empty when none is free."""
    rects = _places(outline, size, frame_px)
    if not len(rects):
        return []
    free = _shared(rects, taken).max(axis=1, initial=0.0) <= 0
    if not free.any():
        return []
    # How much of the label lies on outlines; each place is also a little worse than the one before it.
    covered = _shared(rects, others).sum(axis=1) + _OWN_COST * _shared(rects, outline[None]).sum(axis=1)
    cost = covered / (size[0] * size[1]) + _ORDER_COST * np.arange(len(rects))
    cost[~free] = np.inf
    best = int(np.argmin(cost))
    x0, y0, x1, y1 = rects[best].tolist()
    return [(float(cost[best]), (x0, y0, x1, y1))]


def _places(outline: NDArray[np.float64], size: tuple[int, int], frame_px: tuple[int, int]) -> NDArray[np.float64]:
    """Rectangles of the label around its outline that lie in the frame, the usual places first."""
    (x0, y0, x1, y1), (width, height) = outline, size
    above, below = y0 - height - _GAP_PX, y1 + _GAP_PX
    right, left, level = x1 + _GAP_PX, x0 - width - _GAP_PX, (y0 + y1 - height) / 2
    corners = [
        (x0, above),
        (x0, below),
        (x1 - width, above),
        (x1 - width, below),
        (right, level),
        (left, level),
        (right, above),
        (left, above),
        (right, below),
        (left, below),
        (x0, y0),  # inside, at the top, then at the bottom: for what fills the frame
        (x0, y1 - height),
    ]
    tops_left = np.array(corners)
    # Sliding along the edge of the frame is fine, hanging over it is not.
    tops_left[:, 0] = np.clip(tops_left[:, 0], 0, max(0, frame_px[0] - width))
    fits = (tops_left[:, 1] >= 0) & (tops_left[:, 1] + height <= frame_px[1]) & (width <= frame_px[0])
    kept = tops_left[fits]
    return np.concatenate([kept, kept + np.array([width, height])], axis=1)


def _shared(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area that each rectangle of `a` shares with each of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.prod(np.clip(high - low, 0, None), axis=2))
