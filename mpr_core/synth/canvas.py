"""One frame while it is being drawn, and what of each brand on it can be seen.

Every painted thing stamps the pixels it covers with a rising number. What is visible of an instance is then the share
of its pixels that carry no later stamp: occlusion is measured on the very shapes that were drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.synth.camera import Floats
from mpr_core.synth.textures import Image, Mark, Surface, Texture

_NEAR_M = 0.3
_SHIFT = 4  # sub-pixel bits of OpenCV's drawing functions
_MAX_BLUR_PX = 61.0


@dataclass(frozen=True)
class Instance:
    """One brand's lettering on one frame: a row of the truth. Pixels; ratios in [0, 1].

    `letter_height_px` is measured across the baseline as it lies on the screen. `squeeze_ratio` is 1 where letters keep
    their proportions and falls as an oblique view narrows or flattens them.
    """

    brand: str
    surface: Surface
    quad_px: Floats
    letter_height_px: float
    squeeze_ratio: float
    visible_ratio: float
    opacity_ratio: float
    blur_px: float


@dataclass
class _Placed:
    brand: str
    surface: Surface
    quad: Floats
    letter_px: float
    squeeze: float
    window: Floats
    stamp: int
    blur_px: float = 0.0


class Canvas:
    """A frame of `height x width` BGR pixels."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.image: Image = np.zeros((height_px, width_px, 3), dtype=np.uint8)
        self._stamps: NDArray[np.uint16] = np.zeros((height_px, width_px), dtype=np.uint16)
        self._count = 0
        self._placed: list[_Placed] = []

    def clear(self) -> None:
        """Forgets everything but the pixels."""
        self._stamps.fill(0)
        self._count = 0
        self._placed = []

    def wash(self, colour: tuple[int, int, int]) -> None:
        """Fills the whole frame; much faster than numpy's broadcast of a colour."""
        cv2.rectangle(self.image, (0, 0), (self.width_px, self.height_px), colour, -1)

    def paint(
        self, texture: Texture, homography: Floats, *, window: tuple[float, float, float, float] | None = None
    ) -> None:
        """Paints a texture, or only its `window` (x0, y0, x1, y1 in its pixels), through a homography to the image."""
        width, height = texture.size_px
        x0, y0, x1, y1 = window or (0.0, 0.0, float(width), float(height))
        corners = _before_camera(np.array(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), float), homography)
        if len(corners) < 3:
            return
        shape = _mapped(homography, corners)
        roi = self._roi(shape)
        if roi is None:
            return
        _warp(texture, homography, corners, shape, (x0, y0, x1, y1), self.image, roi)
        self.cover(shape)
        for mark in texture.marks:
            if mark.quad[:, 0].max() > x0 and mark.quad[:, 0].min() < x1:
                self._place(mark, homography, shape)

    def _place(self, mark: Mark, homography: Floats, window: Floats) -> None:
        points = np.vstack((mark.quad, mark.rule))
        depth = points @ homography[2, :2] + homography[2, 2]
        if depth.min() <= 0:
            return
        seen = _mapped(homography, points)
        if self._roi(seen[:4]) is None:
            return
        along, rise = (seen[1] - seen[0] + seen[2] - seen[3]) / 2, seen[5] - seen[4]
        length = max(hypot(*along), 1e-9)
        height = abs(float(along[0] * rise[1] - along[1] * rise[0])) / length
        across = height / hypot(*(mark.rule[1] - mark.rule[0]))
        stretch = length / hypot(*(mark.quad[1] - mark.quad[0]))
        squeeze = min(across, stretch) / max(across, stretch, 1e-9)
        self._placed.append(_Placed(mark.brand, mark.surface, seen[:4], height, squeeze, window, self._count))

    def sprite(self, texture: Texture, x_px: float, y_px: float, opacity: float = 1.0) -> Floats:
        """Lays a flat graphic with its top-left corner at whole pixels; returns the shape it covers."""
        x, y = round(x_px), round(y_px)
        image = texture.levels[0]
        height, width = image.shape[:2]
        part = self.image[y : y + height, x : x + width]
        image = image[: part.shape[0], : part.shape[1]]
        alpha = texture.alpha if texture.alpha is not None else np.full(image.shape[:2], 255, np.uint8)
        weight = alpha[: part.shape[0], : part.shape[1], None].astype(np.float32) * np.float32(opacity / 255)
        part[:] = np.rint(part + (image.astype(np.float32) - part) * weight).astype(np.uint8)
        shape = np.array(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), float)
        if texture.alpha is None:
            self.cover(shape)
        shift = np.array(((1.0, 0.0, x), (0.0, 1.0, y), (0.0, 0.0, 1.0)))
        for mark in texture.marks:
            self._place(mark, shift, shape)
        return shape

    def fill(self, shapes: list[tuple[Floats, tuple[int, int, int]]]) -> None:
        """Draws polygons `(n, 2)` in order, as one thing in front of everything so far."""
        self._count += 1
        for points, colour in shapes:
            fixed = [_fixed(points)]
            cv2.fillPoly(self.image, fixed, colour, cv2.LINE_AA, _SHIFT)
            cv2.fillPoly(self._stamps, fixed, self._count, cv2.LINE_8, _SHIFT)

    def cover(self, shape: Floats) -> None:
        """Marks a polygon as hidden by something now in front, without drawing."""
        self._count += 1
        cv2.fillPoly(self._stamps, [_fixed(np.clip(shape, -30000, 30000))], self._count, cv2.LINE_8, _SHIFT)

    def shake(self, dx_px: float, dy_px: float) -> None:
        """Smears all that was drawn so far by the camera's move during the exposure."""
        kx, ky = _smear(dx_px), _smear(dy_px)
        if len(kx) > 1 or len(ky) > 1:
            self.image = cv2.sepFilter2D(self.image, -1, kx, ky, borderType=cv2.BORDER_REPLICATE)
        length = hypot(min(abs(dx_px), _MAX_BLUR_PX), min(abs(dy_px), _MAX_BLUR_PX))
        for placed in self._placed:
            placed.blur_px = length

    def instances(self, opacity: float = 1.0) -> list[Instance]:
        """All brand instances of which anything can be seen."""
        found = []
        for one in self._placed:
            seen = self._visible(one)
            if seen > 0.0:
                found.append(
                    Instance(one.brand, one.surface, one.quad, one.letter_px, one.squeeze, seen, opacity, one.blur_px)
                )
        return found

    def _visible(self, placed: _Placed) -> float:
        frame = np.array(((0, 0), (self.width_px, 0), (self.width_px, self.height_px), (0, self.height_px)), float)
        whole = abs(_area(placed.quad))
        if whole < 1e-6:
            return 0.0
        left = _common(_common(placed.quad, placed.window), frame)
        roi = self._roi(left) if len(left) >= 3 else None
        if roi is None:
            return 0.0
        inside = min(1.0, abs(_area(left)) / whole)
        x0, y0, x1, y1 = roi
        stamps = self._stamps[y0:y1, x0:x1]
        if int(stamps.max()) <= placed.stamp:
            return inside
        mask = np.zeros(stamps.shape, np.uint8)
        cv2.fillPoly(mask, [_fixed(left - (x0, y0))], 1, cv2.LINE_8, _SHIFT)
        drawn = int(np.count_nonzero(mask))
        seen = int(np.count_nonzero(mask[stamps <= placed.stamp]))
        return inside * seen / drawn if drawn else 0.0

    def _roi(self, shape: Floats) -> tuple[int, int, int, int] | None:
        """Whole-pixel bounds of a shape inside the frame; None when nothing of it is."""
        low, high = np.floor(shape.min(axis=0)), np.ceil(shape.max(axis=0))
        x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
        x1, y1 = min(self.width_px, int(high[0])), min(self.height_px, int(high[1]))
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _warp(
    texture: Texture,
    homography: Floats,
    corners: Floats,
    shape: Floats,
    window: tuple[float, float, float, float],
    image: Image,
    roi: tuple[int, int, int, int],
) -> None:
    """Warps the level whose pixels are closest to the image's into the region of interest."""
    shrink = np.sqrt(max(abs(_area(corners)), 1e-9) / max(abs(_area(shape)), 1e-9))
    level = int(np.clip(np.floor(np.log2(max(shrink, 1.0)) + 0.35), 0, len(texture.levels) - 1))
    source = texture.levels[level]
    fx, fy = source.shape[1] / texture.size_px[0], source.shape[0] / texture.size_px[1]
    left, top = int(window[0] * fx), int(window[1] * fy)
    right, bottom = max(left + 1, round(window[2] * fx)), max(top + 1, round(window[3] * fy))
    x0, y0, x1, y1 = roi
    # OpenCV counts from pixel centres, everything here from pixel edges: hence the halves.
    to_full = np.array(((1 / fx, 0, (left + 0.5) / fx), (0, 1 / fy, (top + 0.5) / fy), (0, 0, 1)))
    to_roi = np.array(((1.0, 0, -x0 - 0.5), (0, 1.0, -y0 - 0.5), (0, 0, 1)))
    cv2.warpPerspective(
        np.ascontiguousarray(source[top:bottom, left:right]),
        to_roi @ homography @ to_full,
        (x1 - x0, y1 - y0),
        dst=image[y0:y1, x0:x1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def _mapped(homography: Floats, points: Floats) -> Floats:
    mapped = np.column_stack((points, np.ones(len(points)))) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:3])


def _before_camera(corners: Floats, homography: Floats) -> Floats:
    """The part of a texture polygon that lies in front of the camera (Sutherland-Hodgman against the near plane)."""
    depth = corners @ homography[2, :2] + homography[2, 2] - _NEAR_M
    if depth.min() >= 0 or not homography[2, :2].any():
        return corners
    kept: list[Floats] = []
    for i in range(len(corners)):
        j = (i + 1) % len(corners)
        if depth[i] >= 0:
            kept.append(corners[i])
        if (depth[i] >= 0) != (depth[j] >= 0):
            kept.append(corners[i] + (corners[j] - corners[i]) * depth[i] / (depth[i] - depth[j]))
    return np.array(kept) if kept else np.zeros((0, 2))


def _fixed(points: Floats) -> NDArray[np.int32]:
    """Edge-based coordinates to OpenCV's fixed point, which counts from pixel centres."""
    return np.asarray(np.rint((points - 0.5) * (1 << _SHIFT)).astype(np.int32))


def _area(polygon: Floats) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    inner = np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])
    return float(inner + x[-1] * y[0] - y[-1] * x[0]) / 2


def _common(first: Floats, second: Floats) -> Floats:
    """Intersection of two convex polygons; empty `(0, 2)` when they do not meet."""
    if len(first) < 3:
        return np.zeros((0, 2))
    area, shape = cv2.intersectConvexConvex(first.astype(np.float32), second.astype(np.float32))
    return np.asarray(shape, float).reshape(-1, 2) if area > 0 and shape is not None else np.zeros((0, 2))


def _smear(length_px: float) -> Floats:
    """A box of exactly `length_px` pixels, fractional ends included; a single 1 below one pixel."""
    length = min(abs(length_px), _MAX_BLUR_PX)
    if length <= 1.0:
        return np.ones(1)
    side = (length - 1) / 2
    kernel = np.ones(2 * int(np.ceil(side)) + 1)
    kernel[0] = kernel[-1] = 1 - (np.ceil(side) - side)
    return np.asarray(kernel / kernel.sum())
