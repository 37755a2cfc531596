"""Boxes in a frame's pixels: where a quad lies, and whether two places are the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mpr_core.explain.explanation import XYXY
from mpr_core.vision.rectify import quad_size_px

SAME_PLACE_RATIO = 0.3  # a user draws a box by hand; a third of the smaller of two boxes is the same place


def upright_px(quad_px: Sequence[float]) -> XYXY:
    """The upright box around a quad (x, y of four corners)."""
    xs, ys = quad_px[0::2], quad_px[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def height_px(quad_px: Sequence[float]) -> float:
    """Letter height of a line, whatever its direction: the shorter side."""
    return min(quad_size_px(np.array(quad_px, np.float32).reshape(4, 2)))


def overlap_ratio(one: XYXY, other: XYXY) -> float:
    """Intersection over the smaller box's area."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    least = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return max(0.0, width) * max(0.0, height) / least if least > 0 else 0.0


def same_place(one: XYXY, other: XYXY) -> bool:
    return overlap_ratio(one, other) >= SAME_PLACE_RATIO


def written_px(box: XYXY) -> str:
    """As `--box` takes it."""
    return ",".join(f"{value:.0f}" for value in box)
