"""A pinhole camera, planes in front of it, and smooth moves.

World: x to the right along the touchline or the street, y away from the camera, z up; metres. Image: continuous pixels,
the frame covers `[0, width) x [0, height)`, y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, atan2, cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Position in metres, pan (to the right of +y) and tilt (down) in radians, focal length in pixels."""

    x_m: float
    y_m: float
    z_m: float
    pan_rad: float
    tilt_rad: float
    focal_px: float
    width_px: int
    height_px: int

    def matrix(self) -> Floats:
        """`(3, 4)` projection; the third component of a projected point is its depth in metres."""
        sp, cp, st, ct = sin(self.pan_rad), cos(self.pan_rad), sin(self.tilt_rad), cos(self.tilt_rad)
        forward = np.array((sp * ct, cp * ct, -st))
        right = np.array((cp, -sp, 0.0))
        down = np.cross(forward, right)
        rotation = np.stack((right, down, forward))
        centre = np.array((self.x_m, self.y_m, self.z_m))
        focal, mid_x, mid_y = self.focal_px, self.width_px / 2, self.height_px / 2
        intrinsic = np.array(((focal, 0.0, mid_x), (0.0, focal, mid_y), (0.0, 0.0, 1.0)))
        projection: Floats = intrinsic @ np.column_stack((rotation, -rotation @ centre))
        return projection


@dataclass(frozen=True)
class Plane:
    """A flat surface: its texture's top-left corner, metres, and the unit directions of its rows and columns."""

    origin_m: tuple[float, float, float]
    right: tuple[float, float, float]
    down: tuple[float, float, float]
    texture_px_per_m: float

    def homography(self, projection: Floats) -> Floats:
        """`(3, 3)` from texture pixels to image pixels, for a `(3, 4)` projection."""
        scale = 1.0 / self.texture_px_per_m
        basis = np.zeros((4, 3))
        basis[:3, 0] = np.array(self.right) * scale
        basis[:3, 1] = np.array(self.down) * scale
        basis[:3, 2] = self.origin_m
        basis[3, 2] = 1.0
        mapped: Floats = projection @ basis
        return mapped


class Path:
    """A quantity that eases from key to key, with a slow sway on top so that it is never quite still."""

    def __init__(self, keys: list[tuple[float, float]], sway: float = 0.0, phase: float = 0.0) -> None:
        self._times = np.array([t for t, _ in keys])
        self._values = np.array([v for _, v in keys])
        self._sway, self._phase = sway, phase

    def at(self, t_s: float) -> float:
        """The value at `t_s`; before the first and after the last key it keeps swaying there."""
        index = int(np.clip(np.searchsorted(self._times, t_s, side="right") - 1, 0, max(0, len(self._times) - 2)))
        value = float(self._values[index])
        if len(self._times) > 1:
            span = self._times[index + 1] - self._times[index]
            u = float(np.clip((t_s - self._times[index]) / span, 0.0, 1.0))
            value += float(self._values[index + 1] - self._values[index]) * u * u * u * (u * (6 * u - 15) + 10)
        return value + self._sway * (sin(1.3 * t_s + self._phase) + 0.4 * sin(2.9 * t_s + 2 * self._phase))


def project(projection: Floats, points_m: Floats) -> Floats:
    """`(n, 3)` world points to `(n, 3)`: image x, image y, depth in metres (not positive: behind the camera)."""
    mapped = np.column_stack((points_m, np.ones(len(points_m)))) @ projection.T
    depth = mapped[:, 2:3]
    safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
    return np.column_stack((mapped[:, :2] / safe, depth))


def aimed(
    position_m: tuple[float, float, float],
    aim_m: tuple[float, float, float],
    view_width_m: float,
    aim_row_ratio: float,
    size_px: tuple[int, int],
) -> Camera:
    """A camera that sees `view_width_m` across at the aim, which lies at `aim_row_ratio` of the frame's height."""
    width_px, height_px = size_px
    dx, dy = aim_m[0] - position_m[0], aim_m[1] - position_m[1]
    distance = hypot(dx, dy)
    # The width of view is set by a 16:9 frame, so that letters keep their share of the height in any shape of frame.
    focal = height_px * 16 / 9 * distance / view_width_m
    tilt = atan((position_m[2] - aim_m[2]) / distance) + atan((0.5 - aim_row_ratio) * height_px / focal)
    return Camera(*position_m, atan2(dx, dy), tilt, focal, width_px, height_px)


def drift_px(camera: Camera, later: Camera, depth_m: float) -> tuple[float, float]:
    """How far the point in the frame's centre at `depth_m` moves between the two cameras, pixels right and down."""
    sp, cp, st, ct = sin(camera.pan_rad), cos(camera.pan_rad), sin(camera.tilt_rad), cos(camera.tilt_rad)
    point = np.array(((camera.x_m + depth_m * sp * ct, camera.y_m + depth_m * cp * ct, camera.z_m - depth_m * st),))
    x, y, _ = project(later.matrix(), point)[0]
    return float(x - camera.width_px / 2), float(y - camera.height_px / 2)
