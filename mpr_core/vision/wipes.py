"""Wipes: a front runs over the picture, before it the old scene, behind it the new; a broad band may run between.

Each place shows the old scene up to some time and the new from some later time on. In a wipe these times are ordered
over the picture as a front is; where things or the camera move they are not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.clock import Stretch, Ticks, crossed
from mpr_core.vision.configs import FilterScenesConfig

# A shorter one is a thing that enters the picture quickly.
_MIN_TICKS = 11
_STRIDE = 2
_CLEAR_LEVELS = 12.0
_NEAR_RATIO = 0.4
# Both scenes' shares of the picture at a quarter, half and three quarters of the way.
_FIRST_SHARE = 0.3
_LATE_SHARE = 0.4
_MIN_PLACES = 30
# The front must take its time: deviation of the times, of the stretch.
_MIN_DEVIATION = 0.1

_ROW, _COLUMN = (axis.ravel() / 8.0 - 1.0 for axis in np.mgrid[0:9, 0:16].astype(np.float64))
_FRONT_TERMS = np.stack([np.ones(144), _ROW, _COLUMN, _ROW**2, _COLUMN**2, _ROW * _COLUMN], axis=1)


def wipe_stretches(ticks: Ticks, length: int, cuts_s: NDArray[np.float64], config: FilterScenesConfig) -> list[Stretch]:
    """Stretches of one length, in ticks, over which a front runs; `residual` is what the front leaves unexplained."""
    count = len(ticks.frame) - length
    if length < _MIN_TICKS or count <= 0:
        return []
    begin = np.arange(-ticks.first_tick % _STRIDE, count, _STRIDE)
    span = ticks.lag_dots[0, begin] + ticks.lag_dots[0, begin + length] - 2 * ticks.lag_dots[length, begin]
    elements = ticks.small.shape[1]
    begin = begin[(span >= config.dissolve_min_change**2 * elements) & ~crossed(ticks, begin, length, cuts_s)]
    cells = ticks.small.reshape(len(ticks.frame), -1, 3)
    found = []
    for first in begin[_shares_pass(cells, begin, length, config.wipe_changed_ratio)].tolist():
        order = _front_order(cells[first : first + length + 1])
        if order >= config.wipe_min_order_ratio:
            change = float(np.sqrt(np.square(cells[first + length] - cells[first]).mean()))
            found.append(Stretch(first, length, "wipe", change, 1.0 - order))
    return found


def _shares_pass(
    cells: NDArray[np.float32], begin: NDArray[np.int64], length: int, changed_ratio: float
) -> NDArray[np.bool_]:
    """`(k,)`: whether the old scene's share shrinks and the new one's grows as they do in a wipe."""
    if begin.size == 0:
        return np.zeros(0, dtype=bool)
    old, new = cells[begin], cells[begin + length]
    apart = np.abs(new - old).mean(axis=2)
    clear = apart > _CLEAR_LEVELS
    places = np.maximum(clear.sum(axis=1), 1)
    shares = []
    for part in (0.25, 0.5, 0.75):
        now = cells[begin + round(length * part)]
        near_old = (np.abs(now - old).mean(axis=2) < _NEAR_RATIO * apart) & clear
        near_new = (np.abs(now - new).mean(axis=2) < _NEAR_RATIO * apart) & clear
        shares.append((near_old.sum(axis=1) / places, near_new.sum(axis=1) / places))
    (old_1, new_1), (old_2, new_2), (old_3, new_3) = shares
    passes = (clear.mean(axis=1) >= changed_ratio) & (old_1 >= _FIRST_SHARE) & (new_3 >= _FIRST_SHARE)
    passes &= (old_1 > old_2) & (old_2 > old_3) & (new_1 < new_2) & (new_2 < new_3)
    return np.asarray(passes & (old_3 <= _LATE_SHARE) & (new_1 <= _LATE_SHARE))


def _front_order(run: NDArray[np.float32]) -> float:
    """How well a smooth front explains when places leave the old scene and when they reach the new one.

    Args:
        run: `(length + 1, 144, 3)` pictures of 9 x 16 places.
    Returns:
        The lesser R2 of the two, 0 to 1; 0 when most places change at the same time.
    """
    length = len(run) - 1
    apart = np.abs(run[-1] - run[0]).mean(axis=1)
    clear = apart > _CLEAR_LEVELS
    if int(clear.sum()) < _MIN_PLACES:
        return 0.0
    limit = _NEAR_RATIO * apart[clear]
    leaves = (np.abs(run[:, clear] - run[0, clear]).mean(axis=2) < limit).sum(axis=0)
    reached = length + 1 - (np.abs(run[:, clear] - run[-1, clear]).mean(axis=2) < limit).sum(axis=0)
    terms = _FRONT_TERMS[clear]
    return min(_explained(terms, when.astype(np.float64), length) for when in (leaves, reached))


def _explained(terms: NDArray[np.float64], when: NDArray[np.float64], length: int) -> float:
    if float(when.std()) < _MIN_DEVIATION * length:
        return 0.0
    solution = np.linalg.lstsq(terms, when, rcond=None)[0]
    left = float(np.square(when - terms @ solution).sum())
    return max(0.0, 1.0 - left / float(np.square(when - when.mean()).sum()))
