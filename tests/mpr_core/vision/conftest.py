"""Drawn footage: panoramas a camera moves over, and the tiny pictures of every frame made of it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
VIEW = (144, 256)


def draw_panorama(seed: int, height: int = 360, width: int = 1400) -> Picture:
    """A scene wider than the view: shaded ground and sky, buildings, blobs, grain."""
    random = np.random.default_rng(seed)
    top, bottom = random.integers(30, 220, 3), random.integers(30, 220, 3)
    ramp = np.linspace(0, 1, height)[:, None, None]
    picture = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (height, width, 3)).astype(np.uint8).copy()
    for _ in range(45):
        colour = tuple(int(v) for v in random.integers(10, 245, 3))
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        w, h = int(random.integers(15, 120)), int(random.integers(15, 110))
        if random.random() < 0.5:
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
        else:
            cv2.ellipse(picture, (x, y), (w // 2 + 3, h // 2 + 3), 0, 0, 360, colour, -1)
    return picture


class Footage:
    """Frames in the making: each shot is a function of its own seconds to a full picture."""

    def __init__(self, fps: float = 25.0, grain: float = 3.0, seed: int = 1) -> None:
        self.fps, self.grain = fps, grain
        self.pts: list[float] = []
        self.signatures: list[Picture] = []
        self._random = np.random.default_rng(seed)
        self.now = 0.0

    def add(self, seconds: float, shot: Callable[[float], Picture], step_s: float | None = None) -> Footage:
        start, step = self.now, step_s or 1.0 / self.fps
        for index in range(round(seconds / step)):
            picture = shot(index * step).astype(np.float32)
            noisy = picture + self._random.normal(0, self.grain, picture.shape).astype(np.float32)
            small = cv2.resize(np.clip(noisy, 0, 255).astype(np.uint8), (32, 18), interpolation=cv2.INTER_AREA)
            self.pts.append(start + index * step)
            self.signatures.append(small)
        self.now = start + round(seconds / step) * step
        return self

    def arrays(self) -> tuple[NDArray[np.float64], Picture]:
        return np.array(self.pts), np.array(self.signatures)


def still(panorama: Picture, x: float = 100, y: float = 80) -> Callable[[float], Picture]:
    return pan(panorama, 0.0, x=x, y=y)


def pan(
    panorama: Picture, px_per_s: float, x: float = 100, y: float = 80, tilt_per_s: float = 0.0
) -> Callable[[float], Picture]:
    """A view moving sideways; 256 px per second is one picture width per second."""

    def shot(seconds: float) -> Picture:
        height, width = VIEW
        centre = (x + width / 2 + px_per_s * seconds, y + height / 2 + tilt_per_s * seconds)
        return np.asarray(cv2.getRectSubPix(panorama, (width, height), centre), dtype=np.uint8)

    return shot


def zoom(panorama: Picture, per_s: float) -> Callable[[float], Picture]:
    def shot(seconds: float) -> Picture:
        factor = (1 + per_s) ** -seconds
        height, width = round(VIEW[0] * 2 * factor), round(VIEW[1] * 2 * factor)
        crop = cv2.getRectSubPix(panorama, (width, height), (400, 180))
        return np.asarray(cv2.resize(crop, (VIEW[1], VIEW[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)

    return shot


def blend(
    first: Callable[[float], Picture], second: Callable[[float], Picture], seconds: float
) -> Callable[[float], Picture]:
    def shot(now: float) -> Picture:
        share = np.clip(now / seconds, 0, 1)
        return np.clip(first(now) * (1 - share) + second(now) * share, 0, 255).astype(np.uint8)

    return shot


def plain(level: int) -> Callable[[float], Picture]:
    return lambda _: np.full((*VIEW, 3), level, np.uint8)


def noisy(picture: Picture, sigma: float, seed: int = 3) -> Picture:
    random = np.random.default_rng(seed)
    return np.clip(picture + random.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


# The pitch's far border and the boards' upper edge above it, at 1280 x 720.
FAR_BORDER_PX = ((0.0, 300.0), (1280.0, 250.0))
BOARD_TOP_PX = ((0.0, 252.0), (1280.0, 206.0))


def draw_pitch(*, shadow: bool = False, players: int = 12, seed: int = 5) -> Picture:
    """A broadcast view, 1280 x 720: crowd, a row of boards, the pitch with mown stripes, lines and players."""
    random = np.random.default_rng(seed)
    height, width = 720, 1280
    crowd = random.integers(30, 200, (height // 6, width // 6, 3)).astype(np.uint8)
    picture = cv2.resize(crowd, (width, height), interpolation=cv2.INTER_LINEAR)
    (x0, y0), (x1, y1) = FAR_BORDER_PX
    (_, t0), (_, t1) = BOARD_TOP_PX
    grass = np.zeros_like(picture)
    for stripe in range(-4, 20):
        left, right = stripe * 90, (stripe + 1) * 90
        colour = (52, 142, 74) if stripe % 2 else (46, 124, 64)
        corners = [(left, 200), (right, 200), (right * 3 - 1280, height), (left * 3 - 1280, height)]
        cv2.fillConvexPoly(grass, np.array(corners, np.int32), colour)
    field = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(field, np.array([(x0, y0), (x1, y1), (width, height), (0, height)], np.int32), 255)
    picture[field > 0] = grass[field > 0]
    for board in range(10):
        left, right = board * 128, (board + 1) * 128
        share = np.array([left, right]) / width
        low, top = y0 + (y1 - y0) * share, t0 + (t1 - t0) * share
        colour = tuple(int(v) for v in random.integers(20, 235, 3))
        corners = [(left, top[0]), (right, top[1]), (right, low[1]), (left, low[0])]
        cv2.fillConvexPoly(picture, np.array(corners, np.int32), colour)
        at = (left + 14, int(low[0]) - 14)
        cv2.putText(picture, f"BRAND{board}", at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (250, 250, 250), 2)
    cv2.line(picture, (0, 330), (width, 278), (235, 240, 235), 3)
    cv2.ellipse(picture, (700, 480), (180, 70), 0, 0, 360, (235, 240, 235), 3)
    cv2.line(picture, (640, 275), (760, 720), (235, 240, 235), 3)
    for _ in range(players):
        x, y = int(random.integers(30, width - 30)), int(random.integers(330, 640))
        tall = 30 + (y - 300) // 6
        shirt = (30, 30, 200) if random.random() < 0.5 else (230, 230, 230)
        cv2.ellipse(picture, (x, y), (tall // 4, tall // 2), 0, 0, 360, shirt, -1)
    if shadow:
        half = picture[:, 700:].astype(np.float32) * 0.5
        picture[:, 700:] = half.astype(np.uint8)
    return noisy(cv2.GaussianBlur(picture, (3, 3), 0), 4.0)


def draw_street(seed: int = 6) -> Picture:
    """A street, 1280 x 720: houses, a green shop front with its name, trees with leaves, grey asphalt."""
    random = np.random.default_rng(seed)
    picture = np.full((720, 1280, 3), (200, 180, 160), np.uint8)
    cv2.rectangle(picture, (0, 120), (1280, 520), (120, 140, 170), -1)
    cv2.rectangle(picture, (520, 260), (1000, 500), (60, 120, 40), -1)
    cv2.putText(picture, "GREEN GROCER", (560, 330), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (240, 240, 240), 4)
    cv2.rectangle(picture, (0, 520), (1280, 720), (95, 95, 98), -1)
    for x, y in ((150, 180), (330, 160), (1150, 170)):
        for _ in range(1500):
            leaf = (int(random.integers(10, 60)), int(random.integers(50, 190)), int(random.integers(20, 90)))
            at = (int(random.normal(x, 75)), int(random.normal(y, 75)))
            cv2.circle(picture, at, int(random.integers(3, 9)), leaf, -1)
        cv2.rectangle(picture, (x - 12, y + 130), (x + 12, 540), (40, 60, 80), -1)
    return noisy(picture, 3.0)


class Kit:
    """The drawing functions above, for tests."""

    footage = Footage
    panorama = staticmethod(draw_panorama)
    still = staticmethod(still)
    pan = staticmethod(pan)
    zoom = staticmethod(zoom)
    blend = staticmethod(blend)
    plain = staticmethod(plain)
    view = VIEW
    noisy = staticmethod(noisy)
    pitch = staticmethod(draw_pitch)
    street = staticmethod(draw_street)
    far_border_px = FAR_BORDER_PX
    board_top_px = BOARD_TOP_PX


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit
