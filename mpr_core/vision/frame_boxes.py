"""What the tracker is told of one frame. Apart from the tracker, whose libraries take a second to import."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.camera_motion import Corners

_PATCH_SHAPE = (12, 48)


@dataclass(frozen=True)
class FrameBoxes:
    """The boxes of one frame.

    Attributes:
        xyxy_px: `(n, 4)` in the frame's own pixels.
        scores: `(n,)` in [0, 1].
        corners: what the camera's motion is told by, on a small picture of the frame.
        patches: `(n, 12, 48) float32` what each box shows, from `patch`.
    """

    t_s: float
    xyxy_px: NDArray[np.float32]
    scores: NDArray[np.float32]
    corners: Corners
    patches: NDArray[np.float32]


def patch(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A box's content as a small picture `(12, 48)` of mean 0 and length 1, to be compared with another by its dot product."""
    if grey.size == 0:
        return np.zeros(_PATCH_SHAPE, np.float32)
    small = cv2.resize(grey, _PATCH_SHAPE[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 0.8)
    small -= small.mean()
    return np.asarray(small / max(1e-6, float(np.linalg.norm(small))), np.float32)
