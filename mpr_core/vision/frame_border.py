"""Whether the frame's border may cut a line of text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.rectify import is_vertical

_EDGE_PX = 3


def touches_border(quad_px: NDArray[np.float32], width_px: int, height_px: int) -> tuple[bool, bool]:
    """Whether the frame's border touches a line's beginning and its end, in reading direction: letters may be missing there.

    A box reaches a little beyond its letters, so whole letters may touch too; that letters show plain ground before the border does not
    tell, as the border may fall between two of them.

    Args:
        quad_px: `(4, 2)` clockwise from top-left, in a frame of `width_px` x `height_px`.
    """
    outside = (quad_px[:, 0] <= _EDGE_PX) | (quad_px[:, 0] >= width_px - 1 - _EDGE_PX)
    outside |= (quad_px[:, 1] <= _EDGE_PX) | (quad_px[:, 1] >= height_px - 1 - _EDGE_PX)
    start, end = ((0, 1), (2, 3)) if is_vertical(quad_px) else ((0, 3), (1, 2))
    return bool(outside[list(start)].all()), bool(outside[list(end)].all())
