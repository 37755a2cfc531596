"""Whether the frame's border cuts a line of text, or merely lies beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.rectify import is_vertical

_EDGE_PX = 3
_INK_CONTRAST_RATIO = 0.5


def touches_border(quad_px: NDArray[np.float32], width_px: int, height_px: int) -> tuple[bool, bool]:
    """Whether the frame's border touches a line's beginning and its end, in reading direction.

    Args:
        quad_px: `(4, 2)` clockwise from top-left, in a frame of `width_px` x `height_px`.
    """
    outside = (quad_px[:, 0] <= _EDGE_PX) | (quad_px[:, 0] >= width_px - 1 - _EDGE_PX)
    outside |= (quad_px[:, 1] <= _EDGE_PX) | (quad_px[:, 1] >= height_px - 1 - _EDGE_PX)
    start, end = ((0, 1), (2, 3)) if is_vertical(quad_px) else ((0, 3), (1, 2))
    return bool(outside[list(start)].all()), bool(outside[list(end)].all())


def letters_cut(bgr: NDArray[np.uint8], quad_px: NDArray[np.float32]) -> tuple[bool, bool]:
    """Whether letters reach the frame's border at a line's beginning and at its end.

    A detector's box reaches beyond its letters, so a box that touches the border may still hold whole letters; then the last pixels
    before the border show plain ground.

    Args:
        bgr: the frame `(h, w, 3)`.
        quad_px: `(4, 2)` clockwise from top-left.
    """
    height, width = bgr.shape[:2]
    start, end = touches_border(quad_px, width, height)
    if not start and not end:
        return False, False
    x0, y0 = np.clip(np.floor(quad_px.min(axis=0)), 0, None).astype(int)
    x1, y1 = np.ceil(quad_px.max(axis=0)).astype(int) + 1
    window = bgr[y0:y1, x0:x1].mean(axis=2)
    if min(window.shape) <= _EDGE_PX:
        return start, end
    first, last = (
        (window[:_EDGE_PX], window[-_EDGE_PX:])
        if is_vertical(quad_px)
        else (window[:, :_EDGE_PX], window[:, -_EDGE_PX:])
    )
    least = _INK_CONTRAST_RATIO * _contrast(window)
    return start and _contrast(first) >= least, end and _contrast(last) >= least


def _contrast(grey: NDArray[np.floating]) -> float:
    low, high = np.percentile(grey, (5, 95))
    return float(high - low)
