"""A text line cut out of a frame and laid straight: any rotation, perspective of the quad, vertical lines turned to read left to right."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_VERTICAL_ASPECT = 1.5


def is_vertical(quad_px: NDArray[np.float32]) -> bool:
    """Whether a quad `(4, 2)` is so much higher than wide that its text runs up or down."""
    width, height = quad_size_px(quad_px)
    return height > _VERTICAL_ASPECT * width


def quad_size_px(quad_px: NDArray[np.float32]) -> tuple[float, float]:
    """Mean width and height of a quad `(4, 2)`, clockwise from top-left."""
    top, right, bottom, left = (np.linalg.norm(quad_px[(i + 1) % 4] - quad_px[i]) for i in range(4))
    return float(top + bottom) / 2, float(left + right) / 2


def rectified(
    bgr: NDArray[np.uint8], quad_px: NDArray[np.float32], *, margin_ratio: float, min_height_px: int, max_height_px: int
) -> NDArray[np.uint8]:
    """The quad as an upright crop `(h, w, 3)` with a border of `margin_ratio` of its height.

    A vertical line is turned a quarter counter-clockwise, so that text running down reads left to right; text running up is then upside
    down, which run_ocr tries.
    """
    quad = np.roll(quad_px, -1, axis=0) if is_vertical(quad_px) else quad_px
    width, height = quad_size_px(quad)
    grown = _grown(quad, margin_ratio * height)
    width, height = max(1.0, width + 2 * margin_ratio * height), max(1.0, height * (1 + 2 * margin_ratio))
    scale = min_height_px / height if height < min_height_px else min(1.0, max_height_px / height)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    window, corner = _window(bgr, grown)
    if scale < 0.5:  # warping straight to a much smaller size would alias
        window = np.asarray(cv2.GaussianBlur(window, (0, 0), 0.4 / scale), np.uint8)
    warp = cv2.getPerspectiveTransform((grown - corner).astype(np.float32), target)
    flags = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpPerspective(window, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def with_contrast(crop: NDArray[np.uint8], low_range: int) -> NDArray[np.uint8]:
    """The crop with its grey range stretched if it spans less than `low_range` levels, else the crop itself."""
    low, high = np.percentile(crop, (1, 99))
    if high - low >= low_range or high - low < 4:
        return crop
    gain = 200 / float(high - low)
    return np.asarray(np.clip(crop * gain + (27 - low * gain), 0, 255), np.uint8)


def _window(bgr: NDArray[np.uint8], quad: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The part of the picture around a quad, and its top-left corner."""
    height, width = bgr.shape[:2]
    x0, y0 = np.clip(np.floor(quad.min(axis=0)) - 8, 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)) + 8, 1, [width, height]).astype(int)
    return bgr[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)], np.array([x0, y0], np.float32)


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
