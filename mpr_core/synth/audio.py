"""The sound: a crowd's murmur with a whistle now and then. It carries no information; films have sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000


class Murmur:
    """An endless mono signal, the same for the same seed however it is cut."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 0xA0D10])
        self._last = 0.0
        self._at = 0

    def next(self, count: int) -> NDArray[np.float32]:
        """The next `count` samples in [-1, 1]."""
        white = self._rng.normal(0.0, 1.0, count + 1)
        white[0], self._last = self._last, white[-1]
        t_s = (np.arange(count) + self._at) / RATE_HZ
        self._at += count
        swell = 0.05 * (1.0 + 0.5 * np.sin(0.7 * t_s))
        whistle = 0.08 * np.sin(2 * np.pi * 2900 * t_s) * (t_s % 9.0 < 0.35)
        return np.asarray((white[1:] + white[:-1]) / 2 * swell + whistle, np.float32)
