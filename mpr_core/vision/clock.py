"""A fixed clock for gradual transitions: the picture on screen at each tick, whatever the frame rate.

Ticks lie at multiples of a constant, not at offsets from the first frame, so any window has the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TICK_S = 0.04


@dataclass(frozen=True)
class Ticks:
    """The frames on screen at the clock's ticks: indices `(m,)`, their pts, small pictures `(m, 9 * 16 * 3)`."""

    first_tick: int
    frame: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    small: NDArray[np.float32]
    lag_dots: NDArray[np.float32]
    """`lag_dots[d, k]` is the dot product of pictures k and k + d."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of ticks that may be a transition."""

    first: int
    length: int
    kind: Literal["dissolve", "wipe"]
    change: float
    residual: float

    @property
    def middle(self) -> float:
        """In ticks."""
        return self.first + self.length / 2


def on_clock(pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], max_lag: int) -> Ticks:
    """Signatures `(n, 18, 32, 3)` at the clock's ticks, halved in size, with dot products up to `max_lag` ticks."""
    count = len(pts_s)
    first = int(np.ceil(pts_s[0] / TICK_S)) if count else 0
    last = int(np.floor(pts_s[-1] / TICK_S)) if count else -1
    clock = np.arange(first, last + 1) * TICK_S
    # A hair late, so that a frame due exactly at a tick counts as shown.
    frame = np.maximum(np.searchsorted(pts_s, clock + 1e-6, side="right") - 1, 0)
    means = signatures.reshape(count, 9, 2, 16, 2, 3).mean(axis=(2, 4), dtype=np.float32).reshape(count, -1)
    small = np.ascontiguousarray(means[frame] - np.float32(128.0))
    dots = np.zeros((max_lag + 1, len(frame)), dtype=np.float32)
    for lag in range(min(max_lag, len(frame) - 1) + 1):
        dots[lag, : len(frame) - lag] = np.einsum("ij,ij->i", small[: len(frame) - lag], small[lag:])
    return Ticks(first_tick=first, frame=frame, pts_s=pts_s[frame], small=small, lag_dots=dots)


def crossed(ticks: Ticks, begin: NDArray[np.int64], length: int, cuts_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which stretches have one of `cuts_s` in them."""
    low = np.searchsorted(cuts_s, ticks.pts_s[begin] - TICK_S, side="right")
    high = np.searchsorted(cuts_s, ticks.pts_s[begin + length] + TICK_S, side="left")
    return np.asarray(high > low)
