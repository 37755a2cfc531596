"""How clear a crop is, as a number that does not depend on its contrast."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def clarity(grey: NDArray[np.uint8]) -> float:
    """Edge steepness in [0, 1]: 1 when the strongest edges rise within about two pixels, 0 for a uniform area.

    The 97th percentile of the gradient per pixel over the crop's grey range (2nd to 98th percentile).

    Args:
        grey: `(h, w) uint8`.
    """
    if grey.size == 0 or min(grey.shape[:2]) < 3:
        return 0.0
    low, high = np.percentile(grey, (2, 98))
    if high - low < 8:
        return 0.0
    # Whole numbers up to the root, whose rounding IEEE fixes: cv2.magnitude's last bit hangs on where in memory the picture lies.
    gx = cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=3).astype(np.int32)
    gy = cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=3).astype(np.int32)
    steep = (
        float(np.percentile(np.sqrt((gx * gx + gy * gy).astype(np.float32)), 97)) / 8
    )  # Sobel 3x3: 8 times the slope per pixel
    return min(1.0, steep * 2 / float(high - low))
