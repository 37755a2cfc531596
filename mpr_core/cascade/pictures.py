"""The pictures of a question: a track's best crop, and what is around it. Never a whole frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_AROUND = 3.0
"""How much larger than the box, each way, the picture around it is."""
_JPEG_QUALITY = 85


def crop_picture(jpeg: bytes, side_px: int) -> bytes:
    """A stored crop as it is sent: the same bytes unless its longer side is over `side_px`."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or max(picture.shape[:2]) <= side_px:
        return jpeg
    return _encoded(np.asarray(picture, np.uint8), side_px)


def context_picture(
    bgr: NDArray[np.uint8], quad_px: NDArray[np.float32], share_ratio: float, side_px: int
) -> bytes | None:
    """What is around a quad as JPEG; None where no larger share of the frame may be shown than the box itself has.

    Args:
        bgr: the frame.
        quad_px: `(4, 2)` corners.
        share_ratio: neither side of the picture is longer than this share of the frame's.
        side_px: longer side of the picture at most.
    """
    height, width = bgr.shape[:2]
    low, high = quad_px.min(axis=0), quad_px.max(axis=0)
    size, centre = high - low, (low + high) / 2
    most = np.array([width, height]) * share_ratio
    side = np.minimum(np.maximum(size * _AROUND, size.max()), most)
    if (side <= size).all() or (side < 1).any():
        return None
    start = np.clip(centre - side / 2, 0, np.array([width, height]) - side)
    (x0, y0), (x1, y1) = np.floor(start).astype(int), np.floor(start + side).astype(int)
    return _encoded(bgr[y0:y1, x0:x1], side_px)


def _encoded(picture: NDArray[np.uint8], side_px: int) -> bytes:
    scale = side_px / max(picture.shape[:2])
    if scale < 1:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
