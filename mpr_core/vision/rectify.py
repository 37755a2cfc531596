"""A text line cut out of a frame and laid straight: any rotation, perspective of the quad, vertical lines turned to read left to right."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_VERTICAL_ASPECT = 1.5
_MOST_WIDTH_PX = 16_384
"""Of a crop. No line of text is so long; a box one pixel high would be enlarged to more than JPEG can hold."""


def is_vertical(quad_px: NDArray[np.float32]) -> bool:
    """Whether a quad `(4, 2)` is so much higher than wide that its text runs up or down."""
    width, height = quad_size_px(quad_px)
    return height > _VERTICAL_ASPECT * width


def quad_size_px(quad_px: NDArray[np.float32]) -> tuple[float, float]:
    """Mean width and height of a quad `(4, 2)`, clockwise from top-left."""
    top, right, bottom, left = (np.linalg.norm(quad_px[(i + 1) % 4] - quad_px[i]) for i in range(4))
    return float(top + bottom) / 2, float(left + right) / 2


def crop_size_px(
    quad_px: NDArray[np.float32], *, margin_ratio: float, min_height_px: int, max_height_px: int
) -> tuple[int, int]:
    """Width and height that `rectified` gives a quad `(4, 2)`."""
    return _cut(quad_px, margin_ratio, min_height_px, max_height_px).size_px


def rectified(
    bgr: NDArray[np.uint8], quad_px: NDArray[np.float32], *, margin_ratio: float, min_height_px: int, max_height_px: int
) -> NDArray[np.uint8]:
    """The quad as an upright crop `(h, w, 3)` with a border of `margin_ratio` of its height.

    A vertical line is turned a quarter counter-clockwise, so that text running down reads left to right; text running up is then upside
    down, which run_ocr tries.
    """
    cut = _cut(quad_px, margin_ratio, min_height_px, max_height_px)
    width, height = cut.size_px
    window, corners = _window(bgr, cut.corners_px)
    shrink = int(1 / cut.scale)
    if (
        shrink > 1
    ):  # warping straight to a much smaller size would alias, and a blur of that radius takes minutes on a large frame
        window, corners = _shrunk(window, corners, shrink)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, target)
    flags = cv2.INTER_CUBIC if cut.scale > 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpPerspective(window, warp, cut.size_px, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def with_contrast(crop: NDArray[np.uint8], low_range: int) -> NDArray[np.uint8]:
    """The crop with its grey range stretched if it spans less than `low_range` levels, else the crop itself."""
    low, high = np.percentile(crop, (1, 99))
    if high - low >= low_range or high - low < 4:
        return crop
    gain = 200 / float(high - low)
    return np.asarray(np.clip(crop * gain + (27 - low * gain), 0, 255), np.uint8)


class _Cut(NamedTuple):
    """What is cut out of a frame.

    Attributes:
        corners_px: `(4, 2)` in the frame, border included, where the upright crop begins at its top left.
        scale: crop pixels for each pixel of the frame.
    """

    corners_px: NDArray[np.float32]
    scale: float
    size_px: tuple[int, int]


def _cut(quad_px: NDArray[np.float32], margin_ratio: float, min_height_px: int, max_height_px: int) -> _Cut:
    quad = np.roll(quad_px, -1, axis=0) if is_vertical(quad_px) else quad_px
    width, height = quad_size_px(quad)
    border = margin_ratio * height
    width, height = max(1.0, width + 2 * border), max(1.0, height + 2 * border)
    scale = min_height_px / height if height < min_height_px else min(1.0, max_height_px / height)
    scale = min(scale, _MOST_WIDTH_PX / width)
    return _Cut(_grown(quad, border), scale, (max(4, round(width * scale)), max(4, round(height * scale))))


def _window(bgr: NDArray[np.uint8], quad: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The part of the picture around a quad, and the quad in it."""
    height, width = bgr.shape[:2]
    x0, y0 = np.clip(np.floor(quad.min(axis=0)) - 8, 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)) + 8, 1, [width, height]).astype(int)
    window = bgr[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    return window, (quad - np.array([x0, y0])).astype(np.float32)


def _shrunk(
    window: NDArray[np.uint8], quad: NDArray[np.float32], by: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A window and the quad in it, each side divided by about `by`: every pixel is the mean of those it stands for."""
    height, width = window.shape[:2]
    size = (max(1, round(width / by)), max(1, round(height / by)))
    ratio = np.array(size) / (width, height)
    small = np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, ((quad + 0.5) * ratio - 0.5).astype(np.float32)


def _grown(quad: NDArray[np.float32], border_px: float) -> NDArray[np.float32]:
    """The quad with every side moved outwards."""
    centre = quad.mean(axis=0)
    along = (quad[1] - quad[0]) + (quad[2] - quad[3])
    down = (quad[3] - quad[0]) + (quad[2] - quad[1])
    along = along / max(1e-6, float(np.linalg.norm(along)))
    down = down / max(1e-6, float(np.linalg.norm(down)))
    moved = [
        corner + border_px * (along * np.sign((corner - centre) @ along) + down * np.sign((corner - centre) @ down))
        for corner in quad
    ]
    return np.array(moved, np.float32)
