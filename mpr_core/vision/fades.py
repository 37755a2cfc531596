"""Fades to and from black: the ramp before a picture turns black, or after it stops being black.

PySceneDetect's ThresholdDetector has the idea; it pairs a fade-out with the next fade-in, however far, so its answer
depends on where the window begins. Here each end of a black stretch stands for itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.gradual import GradualChange

# A stretch counts as black when it lasts this long: one dark frame is a flash's opposite.
_BLACK_S = 0.12
# The ramp begins where brightness has left 90% of the level it comes from.
_FULL_RATIO = 0.9
_MIN_DROP = 12.0
_MAX_STEP_RATIO = 0.5


def find_fades(
    pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], cuts_s: NDArray[np.float64], config: FilterScenesConfig
) -> list[GradualChange]:
    """Fades to black and from black, in order. A jump to black is one of `cuts_s` and none of these."""
    if len(pts_s) < 2:
        return []
    luma = signatures.reshape(len(pts_s), -1, 3).astype(np.float32) @ np.array([0.114, 0.587, 0.299], np.float32)
    # The brighter parts, not the mean: a letterbox or a night scene is dark without being black.
    level = np.percentile(luma, 90, axis=1).astype(np.float64)
    black = level < config.fade_level
    out = _ramps(pts_s, level, black, config)
    # A fade-in is a fade-out seen backwards.
    back = _ramps(-pts_s[::-1], level[::-1], black[::-1], config)
    found = [GradualChange("fade", start, end, score) for start, end, score in out]
    found += [GradualChange("fade", -end, -start, score) for start, end, score in back]
    found = [fade for fade in found if not ((cuts_s >= fade.start_s) & (cuts_s <= fade.end_s)).any()]
    return sorted(found, key=lambda fade: fade.start_s)


def _ramps(
    times: NDArray[np.float64], level: NDArray[np.float64], black: NDArray[np.bool_], config: FilterScenesConfig
) -> list[tuple[float, float, float]]:
    found = []
    for index in (np.flatnonzero(black[1:] & ~black[:-1]) + 1).tolist():
        after = np.searchsorted(times, times[index] + _BLACK_S, side="right")
        if not black[index:after].all():
            continue
        low = int(np.searchsorted(times, times[index] - config.fade_max_s, side="left"))
        before = level[low:index]
        full = float(before.max())
        drop = full - float(level[index])
        if drop < _MIN_DROP:
            continue
        start = low + int(np.flatnonzero(before >= level[index] + _FULL_RATIO * drop)[-1])
        steps = -np.diff(level[start : index + 1])
        # Half the drop in one step is a cut to black, however the rest went.
        if times[index] - times[start] < config.fade_min_s or float(steps.max()) > _MAX_STEP_RATIO * drop:
            continue
        found.append((float(times[start]), float(times[index]), drop / (drop + _MIN_DROP)))
    return found
