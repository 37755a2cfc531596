"""How the camera moved from one sampled frame to the next, from corners (FAST, ORB) found again over the whole picture.

The method of `trackers.CMC` ("orb"), value for value, which a test holds it to. Taken apart here: corners are found once per
frame and on any thread, only they are kept instead of the picture, and no Python object is made per match.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDTH_PX = 480
_FAST_THRESHOLD = 12
_MARGIN_RATIO = 0.02
_RATIO_TEST = 0.9
# At two frames a second a pan crosses half the picture.
_REACH_RATIO = 0.6
_OUTLIER_DEVIATIONS = 2.5
_LEAST_MATCHES = 5
_RANSAC_PX = 3.0
_DESCRIPTOR_BYTES = 32


@dataclass(frozen=True)
class Corners:
    """What a frame is recognised by, on a small picture of it.

    Attributes:
        points_px: `(n, 2) float32` x, y on the small picture.
        descriptors: `(n, 32) uint8` ORB bits.
        size_px: width and height of the small picture.
        scale: its width over the frame's.
    """

    points_px: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    size_px: tuple[int, int]
    scale: float


def corners(grey: NDArray[np.uint8]) -> Corners:
    """The corners of a frame `(h, w) uint8`."""
    small, scale = _small(grey)
    height, width = small.shape
    inner = np.zeros_like(small)
    top, bottom = int(_MARGIN_RATIO * height), int((1 - _MARGIN_RATIO) * height)
    left, right = int(_MARGIN_RATIO * width), int((1 - _MARGIN_RATIO) * width)
    inner[top:bottom, left:right] = 255
    found, described = cv2.ORB.create().compute(
        small, cv2.FastFeatureDetector.create(_FAST_THRESHOLD).detect(small, inner)
    )
    if described is None or not len(found):
        return Corners(np.zeros((0, 2), np.float32), np.zeros((0, _DESCRIPTOR_BYTES), np.uint8), (width, height), scale)
    points = np.asarray(cv2.KeyPoint.convert(found), np.float32)
    return Corners(points, np.asarray(described, np.uint8), (width, height), scale)


def camera_motion(before: Corners, after: Corners) -> NDArray[np.float64]:
    """The affine `(2, 3)` (shift, turn, zoom) from one small picture to another; identity where too little is found again."""
    still = np.eye(2, 3)
    old, new = _found_again(before, after)
    if len(old) < _LEAST_MATCHES:
        return still
    shift = old - new
    usual = (np.abs(shift - shift.mean(axis=0)) < _OUTLIER_DEVIATIONS * (shift.std(axis=0) + 1e-6)).all(axis=1)
    if usual.sum() < _LEAST_MATCHES:
        return still
    motion, _ = cv2.estimateAffinePartial2D(old[usual], new[usual], method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PX)
    return still if motion is None else np.asarray(motion, np.float32).astype(np.float64)


def _found_again(before: Corners, after: Corners) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """`(m, 2)` places before and after of the corners whose best match is much better than the next best, within reach."""
    nothing = np.zeros((0, 2), np.float32)
    if not len(before.points_px) or len(after.points_px) < 2:
        return nothing, nothing
    bits, nearest = cv2.batchDistance(before.descriptors, after.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2)
    clear = bits[:, 0] < _RATIO_TEST * bits[:, 1]
    old, new = before.points_px[clear], after.points_px[nearest[clear, 0]]
    near = (np.abs(old - new) < _REACH_RATIO * np.array(after.size_px, np.float32)).all(axis=1)
    return old[near], new[near]


def _small(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The frame `_WIDTH_PX` wide (never enlarged), and its scale.

    By a whole number first, which OpenCV does six times as fast as by 2.67, then by less than 2.
    """
    height, width = grey.shape
    scale = min(1.0, _WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    by = int(1 / scale)
    if by > 1:
        grey = np.asarray(cv2.resize(grey, (width // by, max(1, height // by)), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), np.uint8), scale
