"""How a plate comes to lie in a frame: size, tilt, perspective, light and blur, all of them by chance."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_service.train.plate import Channels, Plate

_WIDTH_RATIO = (0.07, 0.42)  # of the frame's width
_MOST_HEIGHT_RATIO = 0.6  # of the frame's height
_LEAST_SIDE_PX = 12.0
_MOST_TILT_DEG = 14.0
_MOST_CORNER_RATIO = 0.12  # of the sides, how far perspective moves a corner
_MOST_BLUR_RATIO = 0.035  # of the shorter side
_SOLID = 0.5


@dataclass(frozen=True)
class Laid:
    """A plate in the frame's pixels: as `Plate`, but `mark (h, w) bool` is what is solid of the logo, before any blur."""

    colour: Channels
    opacity: Channels
    mark: NDArray[np.bool_]


def lay(plate: Plate, frame_px: tuple[int, int], rng: np.random.Generator) -> Laid:
    """A plate somewhere in a frame of `(width, height)`, the logo's middle well inside."""
    quad = _quad(plate.aspect_ratio, frame_px, rng)
    shorter_px = float(min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1])))
    plate = _near_size(plate, float(np.linalg.norm(quad[1] - quad[0])))
    height, width = plate.mark.shape
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    # OpenCV counts from pixel centres.
    warp = cv2.getPerspectiveTransform(corners - 0.5, quad - 0.5)
    colour, opacity, mark = (
        cv2.warpPerspective(channel, warp, frame_px, flags=cv2.INTER_LINEAR, borderMode=border)
        for channel, border in (
            (plate.colour, cv2.BORDER_REPLICATE),
            (plate.opacity, cv2.BORDER_CONSTANT),
            (plate.mark, cv2.BORDER_CONSTANT),
        )
    )
    kernel = _blur(shorter_px, rng)
    opacity = cv2.filter2D(opacity, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    colour = cv2.filter2D(_lit(colour, rng), -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return Laid(colour, np.clip(opacity, 0, 1), mark >= _SOLID)


def _quad(aspect_ratio: float, frame_px: tuple[int, int], rng: np.random.Generator) -> Channels:
    """Corners `(4, 2)`, clockwise from the top-left."""
    frame = np.array(frame_px, float)
    width = frame[0] * np.exp(rng.uniform(*np.log(_WIDTH_RATIO)))
    width = min(width, frame[1] * _MOST_HEIGHT_RATIO * aspect_ratio)
    size = np.array((width * rng.uniform(0.7, 1.0), width / aspect_ratio * rng.uniform(0.8, 1.0)))
    size *= max(1.0, _LEAST_SIDE_PX / size.min())
    unit = np.array(((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)))
    unit += rng.uniform(-_MOST_CORNER_RATIO, _MOST_CORNER_RATIO, (4, 2)) * rng.random()
    angle = np.radians(rng.uniform(-_MOST_TILT_DEG, _MOST_TILT_DEG))
    turn = np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
    # Up to a tenth of it may lie outside.
    room = np.minimum(size * 0.4, frame / 2)
    middle = rng.uniform(room, frame - room)
    return np.asarray(unit * size @ turn + middle, np.float32)


def _near_size(plate: Plate, width_px: float) -> Plate:
    """A large plate shrunk to about its final size by averaging; a warp alone would drop most of its pixels."""
    height, width = plate.mark.shape
    scale = 1.2 * width_px / width
    if scale >= 1:
        return plate
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    return Plate(
        *(cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (plate.colour, plate.opacity, plate.mark))
    )


def _lit(colour: Channels, rng: np.random.Generator) -> Channels:
    """Under some light: brighter or darker, of some tint, more from one side than from the other."""
    height, width = colour.shape[:2]
    slope_x, slope_y = rng.uniform(-0.3, 0.3, 2)
    shade = 1 + slope_x * np.linspace(-1, 1, width)[None, :] + slope_y * np.linspace(-1, 1, height)[:, None]
    tint = rng.uniform(0.65, 1.2) * rng.uniform(0.93, 1.07, 3)
    return np.asarray(np.clip(colour * shade[..., None] * tint, 0, 255), np.float32)


def _blur(shorter_px: float, rng: np.random.Generator) -> Channels:
    """A kernel: out of focus, and smeared along the camera's way."""
    sigma = max(0.3, float(rng.uniform(0, _MOST_BLUR_RATIO)) * shorter_px)
    reach = int(np.ceil(3 * sigma))
    line = cv2.getGaussianKernel(2 * reach + 1, sigma, cv2.CV_32F)
    focus = line @ line.T
    steps = int(rng.integers(1, max(2, round(2 * _MOST_BLUR_RATIO * shorter_px) + 1)))
    smear = np.full((1, steps), 1 / steps, np.float32)
    smear = smear if rng.random() < 0.7 else smear.T
    padded = np.pad(focus, [(side // 2, side // 2) for side in smear.shape])
    return np.asarray(cv2.filter2D(padded, -1, smear, borderType=cv2.BORDER_CONSTANT), np.float32)
