"""Sampled frames that show what an earlier one shows, and frames that show nothing.

Strict on purpose: a frame that another stands for is never read, so one changed digit must keep it. Noise is what
changes everywhere alike; what changes in one place only is content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.configs import FilterScenesConfig

# Places that change less than this (letterbox, burnt-out sky) say nothing about the noise elsewhere.
_STILL_LEVELS = 0.3
_MIN_NOISY_RATIO = 0.2


@dataclass(frozen=True)
class FrameDigest:
    """What is worth knowing of one small picture.

    `gray` is `(h, w) uint8`; `mean_level` and `deviation` are 8-bit levels; `sharpness` is the variance of the
    Laplacian.
    """

    gray: NDArray[np.uint8]
    mean_level: float
    deviation: float
    sharpness: float
    blank: bool


def frame_features(bgr_small: NDArray[np.uint8], *, blank_max_deviation: float = 10.0) -> FrameDigest:
    """The digest of a small picture, `(h, w, 3)` or `(h, w)` uint8; an empty one is blank."""
    gray = _as_gray(bgr_small)
    if gray.size == 0:
        return FrameDigest(gray=gray, mean_level=0.0, deviation=0.0, sharpness=0.0, blank=True)
    return FrameDigest(
        gray=gray,
        mean_level=float(gray.mean()),
        deviation=float(gray.std()),
        sharpness=float(cv2.Laplacian(gray, cv2.CV_32F).var()),
        blank=is_blank(gray, max_deviation=blank_max_deviation),
    )


def is_blank(gray: NDArray[np.uint8], *, max_deviation: float = 10.0) -> bool:
    """Whether a picture is one plain shade, noise and slow shading apart; small text on black is not.

    Args:
        gray: `(h, w) uint8`; colour is taken too.
        max_deviation: largest departure of any 3 x 3 px patch from the shade around it, 8-bit levels.
    """
    picture = _as_gray(gray)
    if picture.size == 0:
        return True
    side = max(3, min(picture.shape) // 4) | 1
    level = picture.astype(np.float32)
    shade = cv2.blur(level, (side, side), borderType=cv2.BORDER_REFLECT)
    patch = cv2.blur(level, (3, 3), borderType=cv2.BORDER_REFLECT)
    # A soft edge between two large areas departs little anywhere; the range of the shade tells it from a plain one.
    if float(np.ptp(shade)) > 6 * max_deviation:
        return False
    return bool(float(np.abs(patch - shade).max()) <= max_deviation)


def near_duplicate(frame: NDArray[np.uint8], kept: NDArray[np.uint8], config: FilterScenesConfig) -> bool:
    """Whether `frame` shows nothing that `kept` does not; both `(h, w) uint8`. Other shapes: False."""
    if frame.shape != kept.shape or frame.size == 0:
        return False
    change = cv2.absdiff(frame, kept).astype(np.float32)
    side = config.duplicate_block_px
    blocks = cv2.blur(change, (side, side), borderType=cv2.BORDER_REFLECT)
    noisy = blocks[blocks > _STILL_LEVELS]
    noise = float(np.median(noisy)) if noisy.size >= _MIN_NOISY_RATIO * blocks.size else 0.0
    if noise > config.duplicate_max_noise:
        return False
    return bool(float(blocks.max()) <= max(config.duplicate_min_change, config.duplicate_noise_factor * noise))


def stands_for(frames: Iterable[NDArray[np.uint8]], scene_ids: Sequence[int], config: FilterScenesConfig) -> list[int]:
    """For each sampled frame the index of the frame that stands for it: itself, or the kept one it repeats.

    Args:
        frames: grey thumbnails about 480 px wide, `(h, w) uint8`, in order; read once, one kept in memory.
        scene_ids: the scene of each frame.
        config: thresholds; with `drop_near_duplicates` off each frame stands for itself.
    Returns:
        One index per frame, `<=` its own. Each frame is held against the one kept, not against its predecessor: slow
        drift adds up until a new frame is kept.
    Raises:
        ValueError: `frames` and `scene_ids` differ in length.
    """
    result: list[int] = []
    kept_index, kept = -1, np.zeros((0, 0), np.uint8)
    for index, (frame, scene) in enumerate(zip(frames, scene_ids, strict=True)):
        gray = _as_gray(frame)
        same_scene = kept_index >= 0 and scene_ids[kept_index] == scene
        if config.drop_near_duplicates and same_scene and near_duplicate(gray, kept, config):
            result.append(kept_index)
            continue
        kept_index, kept = index, gray
        result.append(index)
    return result


def _as_gray(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.size == 0:
        return np.zeros((0, 0), np.uint8)
    if picture.ndim == 2:
        return picture
    if picture.shape[2] == 1:
        return np.ascontiguousarray(picture[:, :, 0])
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture[:, :, :3]), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
