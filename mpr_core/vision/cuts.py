"""Hard cuts from the signatures of every decoded frame.

PySceneDetect's content score finds the candidates. Its adaptive window and its flash filter count frames and carry
state from the last cut on, so the same tests are made here on seconds and on the neighbourhood only: any window of
signatures gives the same answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scenedetect import ContentDetector, FrameTimecode, StatsManager

from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.motion import likeness, motion_ratio, not_letterbox

# Neighbours a candidate is held against: this far, and never fewer than two frames on each side.
_NEIGHBOURS_S = 0.25
_NEIGHBOURS_MIN = 2
# Movement that explains more than two thirds of the change makes it a jerk of the camera.
_MOTION_RATIO = 0.33
# A picture is "back" when it differs from the one before by less than this share of the change.
_RETURN_RATIO = 0.45
# Shares of the asked ratio: for the mean change, and for the change of quiet places where pictures stay alike.
_PLAIN_SHARE = 0.7
_ALIKE_SHARE = 1.5
_ALIKE = 0.6
# Boards may take a third of the picture; the places that change least are the ones to ask.
_QUIET_PERCENT = 35
_EPSILON = 0.5


def frame_changes(
    pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], config: FilterScenesConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each frame differs from the one before.

    Args:
        pts_s: `(n,)` seconds.
        signatures: `(n, h, w, 3) uint8 BGR`.
    Returns:
        PySceneDetect's content score and the mean absolute change of B, G, R, both `(n,)` in 8-bit levels, 0 first.
        The score is 0 too where no frame nearby changes enough for a cut: it costs most of the time.
    """
    count = len(signatures)
    content, change = np.zeros(count), np.zeros(count)
    if count < 2:
        return content, change
    change[1:] = np.abs(np.diff(signatures.astype(np.int16), axis=0)).mean(axis=(1, 2, 3))
    stats = StatsManager()
    detector = ContentDetector(threshold=256.0, min_scene_len=0)
    stats.register_metrics(detector.get_metrics())
    detector.stats_manager = stats
    wanted = _near_candidates(pts_s, change >= config.cut_min_change)
    # Each score needs the frame before it.
    for index in np.flatnonzero(wanted | np.append(wanted[1:], False)).tolist():
        # Only a key here: seconds are kept apart, so the rate has no meaning.
        key = FrameTimecode(index, fps=25.0)
        detector.process_frame(key, signatures[index])
        value = stats.get_metrics(key, [ContentDetector.FRAME_SCORE_KEY])[0]
        content[index] = float(value) if wanted[index] and value is not None else 0.0
    return content, change


def _near_candidates(pts_s: NDArray[np.float64], candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`(n,)`: frames some candidate is held against."""
    wanted = np.zeros(len(pts_s), dtype=bool)
    for index in np.flatnonzero(candidates).tolist():
        low, high = _neighbourhood(pts_s, index)
        wanted[low:high] = True
    return wanted


def _neighbourhood(pts_s: NDArray[np.float64], index: int) -> tuple[int, int]:
    low = int(np.searchsorted(pts_s, pts_s[index] - _NEIGHBOURS_S, side="left"))
    high = int(np.searchsorted(pts_s, pts_s[index] + _NEIGHBOURS_S, side="right"))
    return max(1, min(low, index - _NEIGHBOURS_MIN)), min(len(pts_s), max(high, index + _NEIGHBOURS_MIN + 1))


def verified_cuts(
    pts_s: NDArray[np.float64],
    signatures: NDArray[np.uint8],
    content: NDArray[np.float64],
    change: NDArray[np.float64],
    config: FilterScenesConfig,
) -> list[tuple[int, float]]:
    """First frames of new scenes, each with how many times its change exceeds its neighbours', before thinning out.

    Args:
        content, change: as `frame_changes` gives them.
    """
    floor = (content >= config.cut_min_score) & (change >= config.cut_min_change)
    found: list[tuple[int, float]] = []
    for index in np.flatnonzero(floor).tolist():
        plain_ratio = _over_neighbours(change, pts_s, index)
        ratio = max(_over_neighbours(content, pts_s, index), plain_ratio)
        # Hue is noise where a picture is nearly black, as at the end of a fade: the content score alone is no proof.
        if ratio < config.cut_ratio or plain_ratio < _PLAIN_SHARE * config.cut_ratio:
            continue
        if not _everywhere(pts_s, signatures, index, config.cut_ratio):
            continue
        if _returns(pts_s, signatures, index, float(change[index]), config.flash_s):
            continue
        if motion_ratio(signatures[index - 1], signatures[index]) < _MOTION_RATIO:
            continue
        found.append((index, ratio))
    return found


def thin_out(
    pts_s: NDArray[np.float64], cuts: list[tuple[int, float]], strength: NDArray[np.float64], min_scene_s: float
) -> list[tuple[int, float]]:
    """Drops every cut that has a stronger one within `min_scene_s`.

    Held against all candidates, kept or not: a chain of candidates then cannot carry a decision far.
    """
    kept: list[tuple[int, float]] = []
    for index, ratio in cuts:
        rivals = [other for other, _ in cuts if other != index and abs(pts_s[other] - pts_s[index]) < min_scene_s]
        if all((strength[index], -index) > (strength[other], -other) for other in rivals):
            kept.append((index, ratio))
    return kept


def _everywhere(pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], index: int, cut_ratio: float) -> bool:
    """Whether even quiet places change more than usual: boards that switch their content change few of them.

    Pictures that stay alike as a whole need a much clearer change.
    """
    low, high = _neighbourhood(pts_s, index)
    changes = np.abs(np.diff(signatures[low - 1 : high].astype(np.int16), axis=0)).mean(axis=3)
    before, after = signatures[index - 1], signatures[index]
    seen = not_letterbox(before, after)
    needed = _PLAIN_SHARE if likeness(before[seen], after[seen]) <= _ALIKE else _ALIKE_SHARE
    return _ratio(np.percentile(changes[:, seen], _QUIET_PERCENT, axis=1), index - low) >= needed * cut_ratio


def _over_neighbours(values: NDArray[np.float64], pts_s: NDArray[np.float64], index: int) -> float:
    low, high = _neighbourhood(pts_s, index)
    return _ratio(values[low:high], index - low)


def _ratio(values: NDArray[np.float64], index: int) -> float:
    around = np.delete(values, index)
    # The upper quartile, not the mean: repeated frames (rate conversion) change nothing and would halve the mean.
    usual = float(np.percentile(around, 75)) if around.size else 0.0
    return float(values[index]) / max(usual, _EPSILON)


def _returns(
    pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], index: int, change: float, flash_s: float
) -> bool:
    """Whether the picture before `index` comes back, or that at `index` was there, less than `flash_s` away."""
    low = int(np.searchsorted(pts_s, pts_s[index] - flash_s, side="left"))
    high = int(np.searchsorted(pts_s, pts_s[index] + flash_s, side="right"))
    later, earlier = signatures[index + 1 : high], signatures[low : index - 1]
    nearest = min(
        _nearest(signatures[index - 1], later),
        _nearest(signatures[index], earlier),
    )
    return nearest < _RETURN_RATIO * change


def _nearest(picture: NDArray[np.uint8], others: NDArray[np.uint8]) -> float:
    if len(others) == 0:
        return float("inf")
    return float(np.abs(others.astype(np.int16) - picture.astype(np.int16)).mean(axis=(1, 2, 3)).min())
