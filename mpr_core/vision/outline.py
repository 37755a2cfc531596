"""The outline of the field's mask, kept straight where players and green boards disturb it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_MAX_POINTS = 24
_CONVEX_RATIO = 0.9
# Window of the border's running median, of the width.
_MEDIAN_RATIO = 0.34
# The far touchline is straight: lines through this many columns are tried.
_LINE_COLUMNS = 24
_LINE_TOLERANCE_PX = 2.0


def outline_of(filled: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The simplified outline of an area: its hull where it nearly fills it, else its own contour.

    Args:
        filled: `(h, w) uint8` 0/255, one connected area, not empty.
    Returns:
        `(k, 2) float32`, `k <= 24`, clockwise on screen, in the mask's pixels.
    """
    level = _level_border(filled)
    contours, _ = cv2.findContours(level, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(contour)
    if float((level > 0).sum()) >= _CONVEX_RATIO * cv2.contourArea(hull):
        contour = hull
    tolerance = 0.006 * cv2.arcLength(contour, True)
    points = cv2.approxPolyDP(contour, tolerance, True)
    while len(points) > _MAX_POINTS:
        tolerance *= 1.3
        points = cv2.approxPolyDP(contour, tolerance, True)
    outline = points.reshape(-1, 2).astype(np.float32)
    # Clockwise on screen: y grows downwards, so a positive signed area.
    return outline if cv2.contourArea(outline, oriented=True) > 0 else np.ascontiguousarray(outline[::-1])


def _level_border(filled: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The area with its far and near border evened out, column by column.

    A green board beside the field stands out of the border, a player before it bites into it.
    """
    height, width = filled.shape
    columns = np.flatnonzero(filled.any(axis=0))
    first, last = int(columns[0]), int(columns[-1])
    run = filled[:, first : last + 1] > 0
    half = min(round(width * _MEDIAN_RATIO / 2), (last - first) // 2)
    top = _evened(run.argmax(axis=0).astype(np.float64), half)
    bottom = height - 1 - _evened(run[::-1].argmax(axis=0).astype(np.float64), half)
    rows = np.arange(height)[:, None]
    level = np.zeros_like(filled)
    level[:, first : last + 1] = np.where((rows >= np.floor(top)) & (rows <= np.ceil(bottom)), 255, 0)
    return level if level.any() else filled


def _evened(depth: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    """Where the area begins in each column: a running median, never beyond the straight line most columns follow."""
    even = _running_median(depth, half)
    line = _main_line(depth)
    return even if line is None else np.maximum(even, line)


def _main_line(depth: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The line through two of the columns that most columns lie on; None when that is less than half of them."""
    count = len(depth)
    if count < _LINE_COLUMNS:
        return None
    columns = np.arange(count)
    picked = np.linspace(0, count - 1, _LINE_COLUMNS).round().astype(np.int64)
    one, two = (picked[index] for index in np.triu_indices(_LINE_COLUMNS, k=_LINE_COLUMNS // 4))
    slope = (depth[two] - depth[one]) / (two - one)
    lines = depth[one][:, None] + slope[:, None] * (columns[None, :] - one[:, None])
    fit = (np.abs(lines - depth[None, :]) <= _LINE_TOLERANCE_PX).mean(axis=1)
    best = int(np.argmax(fit))
    return lines[best] if fit[best] >= 0.5 else None


def _running_median(values: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    if half < 1:
        return values
    # Mirrored through the end points, so a slope goes on beyond them.
    before = 2 * values[0] - values[half:0:-1]
    after = 2 * values[-1] - values[-2 : -2 - half : -1]
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values, after]), 2 * half + 1)
    return np.asarray(np.median(windows, axis=1))
