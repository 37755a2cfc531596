"""Dissolves, wipes and fades from the signatures of every decoded frame.

Each frame of a dissolve is a linear blend of the pictures at its two ends, the share of the second growing with time;
a pan blends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.clock import TICK_S, Stretch, Ticks, crossed, on_clock
from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.motion import likeness, motion_ratio, not_letterbox
from mpr_core.vision.wipes import wipe_stretches

# Lengths tried, in ticks; each 1.4 times the last, which the tolerance below bridges.
_LENGTHS = (4, 6, 8, 11, 15, 21, 30, 42, 59, 83)
_SAMPLES = 7
# Largest departure of the blend's share from straight growth: a step (a cut) departs by 0.5.
_MAX_BEND = 0.22
_MIN_FRAMES_BETWEEN = 3
# Ends more alike than this differ in light or by a small movement.
_MAX_LIKENESS = 0.85
_PLAIN_DEVIATION = 6.0
# Movement that leaves less than this share makes it a pan; a blend that fits this well is doubted only for much less.
_MOTION_RATIO = 0.5
_GOOD_RESIDUAL = 0.15
_MAX_LEFT_LEVELS = 13.0
_SHORT_TICKS = 11
_MAX_WIPE_TICKS = 21
# A thing that runs past the camera is gone after this long, and the picture is as it was.
_PASSES_S = 0.6
_RETURN_RATIO = 0.7
_MAX_WIPE_LIKENESS = 0.5
_MOTION_RATIO_OF_GOOD = 0.35
_WIPE_WORTH = 0.7
_MAX_TRIES = 4
_CHANGED_LEVELS = 8.0

GradualKind = Literal["dissolve", "wipe", "fade"]


@dataclass(frozen=True)
class GradualChange:
    """One gradual transition: its kind, `[start_s, end_s]` in the signatures' own seconds, score in (0.5, 1]."""

    kind: GradualKind
    start_s: float
    end_s: float
    score: float

    @property
    def at_s(self) -> float:
        """Its middle."""
        return (self.start_s + self.end_s) / 2


def find_blends(
    pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], cuts_s: NDArray[np.float64], config: FilterScenesConfig
) -> list[GradualChange]:
    """Dissolves, wipes and fades through a plain colour, none of them across one of `cuts_s`."""
    lengths = [ticks for ticks in _LENGTHS if ticks * TICK_S <= config.dissolve_max_s + 1e-9]
    ticks = on_clock(pts_s, signatures, max(lengths, default=0))
    stretches = [stretch for length in lengths for stretch in _stretches(ticks, length, cuts_s, config)]
    for length in (ticks_long for ticks_long in lengths if ticks_long <= _MAX_WIPE_TICKS):
        stretches += wipe_stretches(ticks, length, cuts_s, config)
    return _joined(_accepted(stretches, ticks, pts_s, signatures, config), config.dissolve_max_s)


def _accepted(
    stretches: list[Stretch],
    ticks: Ticks,
    pts_s: NDArray[np.float64],
    signatures: NDArray[np.uint8],
    config: FilterScenesConfig,
) -> list[GradualChange]:
    """The verified ones of stretches that do not share their place, in order of time."""
    found: list[GradualChange] = []
    kept: list[Stretch] = []
    failed: list[Stretch] = []
    for stretch in _by_worth(stretches):
        if not all(_apart(stretch, other) for other in kept):
            continue
        # What fails may be the right place with wrong ends; a few neighbours get their chance.
        if sum(not _apart(stretch, other) for other in failed) >= _MAX_TRIES:
            continue
        change = _verified(stretch, ticks, pts_s, signatures, config)
        if change is None:
            failed.append(stretch)
        else:
            kept.append(stretch)
            found.append(change)
    return sorted(found, key=lambda change: change.start_s)


def _stretches(ticks: Ticks, length: int, cuts_s: NDArray[np.float64], config: FilterScenesConfig) -> list[Stretch]:
    """Stretches of one length whose ends differ and whose middle the two ends explain."""
    count = len(ticks.frame) - length
    if count <= 0:
        return []
    begin = np.arange(count)
    energy = ticks.lag_dots[0]
    span = energy[begin] + energy[begin + length] - 2 * ticks.lag_dots[length, begin]
    elements = ticks.small.shape[1]
    wide = span >= np.float32(config.dissolve_min_change**2 * elements)
    begin = begin[wide & ~crossed(ticks, begin, length, cuts_s)]
    if begin.size == 0:
        return []
    span = np.maximum(span[begin], 1.0)
    share, left_over, tau = _blend_fit(ticks, begin, length, span)
    grows = (np.diff(share, axis=1) > -0.08).all(axis=1) & (np.abs(share - tau) <= _MAX_BEND).all(axis=1)
    between = ticks.frame[begin + length] - ticks.frame[begin] - 1
    grows &= between >= _MIN_FRAMES_BETWEEN
    change = np.sqrt(span / elements)
    fits = grows & (left_over <= config.dissolve_max_residual)
    # A great change may leave little in proportion and still more than a blend with moving ends would.
    good = left_over <= _GOOD_RESIDUAL
    # In a short one nothing moves far enough to excuse much.
    fits &= good if length < _SHORT_TICKS else good | (left_over * change <= _MAX_LEFT_LEVELS)
    return [
        Stretch(int(begin[row]), length, "dissolve", float(change[row]), float(left_over[row]))
        for row in np.flatnonzero(fits).tolist()
    ]


def _blend_fit(
    ticks: Ticks, begin: NDArray[np.int64], length: int, span: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The second picture's share per stretch and sample; what the blend leaves per stretch; time from 0 to 1."""
    offsets = np.unique(np.round(np.linspace(0, length, _SAMPLES)).astype(np.int64))
    energy, dots = ticks.lag_dots[0], ticks.lag_dots
    start = energy[begin][:, None]
    at = begin[:, None] + offsets[None, :]
    here = energy[at]
    with_start = dots[offsets[None, :], begin[:, None]]
    with_end = dots[(length - offsets)[None, :], at]
    across = dots[length, begin][:, None]
    toward = with_end - with_start - across + start
    share = (toward / span[:, None]).astype(np.float64)
    from_start = here + start - 2 * with_start
    left = np.maximum(from_start - share**2 * span[:, None], 0.0)[:, 1:-1]
    pts = ticks.pts_s[at]
    tau = (pts - pts[:, :1]) / np.maximum(pts[:, -1:] - pts[:, :1], 1e-9)
    return share, np.sqrt(left.max(axis=1) / span), tau


def _joined(changes: list[GradualChange], longest_s: float) -> list[GradualChange]:
    """Dissolves that overlap become one, unless that would be longer than any: halves of one that moved too much."""
    result: list[GradualChange] = []
    for change in changes:
        last = result[-1] if result else None
        if (
            last is not None
            and last.kind == change.kind == "dissolve"
            and change.start_s < last.end_s
            and change.end_s - last.start_s <= longest_s + 2 * TICK_S
        ):
            result[-1] = GradualChange("dissolve", last.start_s, change.end_s, min(last.score, change.score))
        else:
            result.append(change)
    return result


def _by_worth(stretches: list[Stretch]) -> list[Stretch]:
    """Those that explain most change first; a dissolve before the wipe that some of its frames resemble."""

    def worth(stretch: Stretch) -> tuple[float, int, int]:
        doubt = 1.0 if stretch.kind == "dissolve" else _WIPE_WORTH
        return (doubt * stretch.change * (1.0 - stretch.residual), stretch.length, -stretch.first)

    return sorted(stretches, key=worth, reverse=True)


def _apart(stretch: Stretch, other: Stretch) -> bool:
    return abs(stretch.middle - other.middle) >= max(stretch.length, other.length) / 2


def _verified(
    stretch: Stretch,
    ticks: Ticks,
    pts_s: NDArray[np.float64],
    signatures: NDArray[np.uint8],
    config: FilterScenesConfig,
) -> GradualChange | None:
    """The stretch as a transition; None for a caption, a change of light or a movement."""
    before, after = (signatures[ticks.frame[stretch.first + offset]] for offset in (0, stretch.length))
    seen = not_letterbox(before, after)
    changed = float((np.abs(after[seen].astype(np.float32) - before[seen]).mean(axis=1) > _CHANGED_LEVELS).mean())
    if changed < (config.min_changed_ratio if stretch.kind == "dissolve" else config.wipe_changed_ratio):
        return None
    plain = min(_deviation(before[seen]), _deviation(after[seen])) < _PLAIN_DEVIATION
    alike = likeness(before[seen], after[seen])
    if stretch.kind == "wipe" and (alike > _MAX_WIPE_LIKENESS or _returns(stretch, ticks)):
        return None
    if not plain and (alike > _MAX_LIKENESS or _moves(stretch, ticks, signatures)):
        return None
    start_s, end_s = _ends(stretch, ticks, pts_s)
    limit = config.dissolve_max_residual if stretch.kind == "dissolve" else 1.0 - config.wipe_min_order_ratio
    score = 1.0 - 0.5 * stretch.residual / max(limit, 1e-9)
    label: GradualKind = "fade" if plain and stretch.kind == "dissolve" else stretch.kind
    return GradualChange(kind=label, start_s=start_s, end_s=end_s, score=min(1.0, max(0.5, score)))


def _deviation(pixels: NDArray[np.uint8]) -> float:
    return float(pixels.astype(np.float32).std(axis=0).max())


def _returns(stretch: Stretch, ticks: Ticks) -> bool:
    """Whether the picture before is back soon after, or the one after was there shortly before."""
    first, last, far = stretch.first, stretch.first + stretch.length, round(_PASSES_S / TICK_S)
    later, earlier = ticks.small[last + 1 : last + 1 + far], ticks.small[max(0, first - far) : first]
    back = np.concatenate([later - ticks.small[first], earlier - ticks.small[last]])
    return bool(len(back) and np.sqrt(np.square(back).mean(axis=1)).min() < _RETURN_RATIO * stretch.change)


def _moves(stretch: Stretch, ticks: Ticks, signatures: NDArray[np.uint8]) -> bool:
    """Whether movement explains the way from end to end, or its steps: most of them, or for a wipe each one.

    A wipe leaves the middle of the picture to the moving camera for most of its time.
    """
    offsets = np.round(np.linspace(0, stretch.length, 5)).astype(np.int64)
    pictures = [signatures[ticks.frame[stretch.first + offset]] for offset in offsets]
    limit = _MOTION_RATIO_OF_GOOD if stretch.residual < _GOOD_RESIDUAL else _MOTION_RATIO
    if motion_ratio(pictures[0], pictures[-1]) < limit:
        return True
    steps = [motion_ratio(one, two, zoom=False) for one, two in pairwise(pictures)]
    return (float(np.median(steps)) if stretch.kind == "dissolve" else max(steps)) < _MOTION_RATIO


def _ends(stretch: Stretch, ticks: Ticks, pts_s: NDArray[np.float64]) -> tuple[float, float]:
    """Where the straight growth of the second picture's share meets 0 and 1, within the stretch; pts of frames."""
    where = np.arange(stretch.first, stretch.first + stretch.length + 1)
    start, end = ticks.small[where[0]], ticks.small[where[-1]]
    way = end - start
    share = (ticks.small[where] - start) @ way / max(float(way @ way), 1e-9)
    times = ticks.pts_s[where]
    inner = (share > 0.15) & (share < 0.85)
    low, high = float(times[0]), float(times[-1])
    if int(inner.sum()) >= 3:
        slope, level = np.polyfit(times[inner], share[inner], 1)
        if slope > 1e-6:
            low, high = max(low, float(-level / slope)), min(high, float((1 - level) / slope))
    if low >= high:
        low, high = float(times[0]), float(times[-1])
    nearest = [float(pts_s[int(np.argmin(np.abs(pts_s - value)))]) for value in (low, high)]
    return nearest[0], nearest[1]
