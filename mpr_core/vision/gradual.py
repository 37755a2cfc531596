"""Dissolves, wipes and fades from the signatures of every decoded frame.

A dissolve explains each frame in it as a linear blend of the pictures at its two ends, the share of the second
growing with time; a wipe as a patchwork of the two; a pan as neither. All judged on a fixed clock of 25 ticks a second
(the frame on screen at each tick), so frame rate, its changes and the window's first frame do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.motion import likeness, motion_ratio, not_letterbox

_TICK_S = 0.04
# Lengths tried, in ticks; each 1.4 times the last, which the tolerance below bridges.
_LENGTHS = (4, 6, 8, 11, 15, 21, 30, 42, 59, 83)
_SAMPLES = 7
# Largest departure of the blend's share from straight growth: a step (a cut) departs by 0.5.
_MAX_BEND = 0.22
_MIN_FRAMES_BETWEEN = 3
# A shorter wipe is a thing that enters the picture quickly.
_MIN_WIPE_TICKS = 8
# Ends more alike than this differ in light or by a small movement.
_MAX_LIKENESS = 0.85
_PLAIN_DEVIATION = 6.0
# Movement that leaves less than this share makes it a pan; a blend that fits this well is doubted only for much less.
_MOTION_RATIO = 0.5
_GOOD_RESIDUAL = 0.15
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


@dataclass(frozen=True)
class _Ticks:
    """The frames on screen at the clock's ticks: indices `(m,)`, their pts, small pictures `(m, 9 * 16 * 3)`."""

    frame: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    small: NDArray[np.float32]
    lag_dots: NDArray[np.float32]
    """`lag_dots[d, k]` is the dot product of pictures k and k + d."""


@dataclass(frozen=True)
class _Stretch:
    """A stretch of ticks that may be a transition."""

    first: int
    length: int
    kind: Literal["dissolve", "wipe"]
    change: float
    residual: float

    @property
    def middle(self) -> float:
        return self.first + self.length / 2


def find_blends(
    pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], cuts_s: NDArray[np.float64], config: FilterScenesConfig
) -> list[GradualChange]:
    """Dissolves, wipes and fades through a plain colour, none of them across one of `cuts_s`."""
    lengths = [ticks for ticks in _LENGTHS if ticks * _TICK_S <= config.dissolve_max_s + 1e-9]
    ticks = _on_clock(pts_s, signatures, max(lengths, default=0))
    stretches = [stretch for length in lengths for stretch in _stretches(ticks, length, cuts_s, config)]
    found: list[GradualChange] = []
    kept: list[_Stretch] = []
    failed: list[_Stretch] = []
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
    return sorted(found, key=lambda change: change.at_s)


def _on_clock(pts_s: NDArray[np.float64], signatures: NDArray[np.uint8], max_lag: int) -> _Ticks:
    count = len(pts_s)
    first = int(np.ceil(pts_s[0] / _TICK_S)) if count else 0
    last = int(np.floor(pts_s[-1] / _TICK_S)) if count else -1
    clock = np.arange(first, last + 1) * _TICK_S
    # A hair late, so that a frame due exactly at a tick counts as shown.
    frame = np.maximum(np.searchsorted(pts_s, clock + 1e-6, side="right") - 1, 0)
    means = signatures.reshape(count, 9, 2, 16, 2, 3).mean(axis=(2, 4), dtype=np.float32).reshape(count, -1)
    small = np.ascontiguousarray(means[frame] - np.float32(128.0))
    dots = np.zeros((max_lag + 1, len(frame)), dtype=np.float32)
    for lag in range(min(max_lag, len(frame) - 1) + 1):
        dots[lag, : len(frame) - lag] = np.einsum("ij,ij->i", small[: len(frame) - lag], small[lag:])
    return _Ticks(frame=frame, pts_s=pts_s[frame], small=small, lag_dots=dots)


def _stretches(ticks: _Ticks, length: int, cuts_s: NDArray[np.float64], config: FilterScenesConfig) -> list[_Stretch]:
    """Stretches of one length whose ends differ and whose middle the two ends explain."""
    count = len(ticks.frame) - length
    if count <= 0:
        return []
    begin = np.arange(count)
    energy = ticks.lag_dots[0]
    span = energy[begin] + energy[begin + length] - 2 * ticks.lag_dots[length, begin]
    elements = ticks.small.shape[1]
    wide = span >= np.float32(config.dissolve_min_change**2 * elements)
    begin = begin[wide & ~_crossed(ticks, begin, length, cuts_s)]
    if begin.size == 0:
        return []
    span = np.maximum(span[begin], 1.0)
    share, left_over, tau = _blend_fit(ticks, begin, length, span)
    grows = (np.diff(share, axis=1) > -0.08).all(axis=1) & (np.abs(share - tau) <= _MAX_BEND).all(axis=1)
    between = ticks.frame[begin + length] - ticks.frame[begin] - 1
    grows &= between >= _MIN_FRAMES_BETWEEN
    found = []
    change = np.sqrt(span / elements)
    for row in np.flatnonzero(grows).tolist():
        kind: Literal["dissolve", "wipe"]
        if left_over[row] <= config.dissolve_max_residual:
            residual, kind = float(left_over[row]), "dissolve"
        elif length < _MIN_WIPE_TICKS:
            continue
        else:
            residual, kind = _patchwork_residual(ticks, int(begin[row]), length), "wipe"
            if residual > config.wipe_max_residual:
                continue
        found.append(
            _Stretch(
                int(begin[row]), length, "dissolve" if kind == "dissolve" else "wipe", float(change[row]), residual
            )
        )
    return found


def _blend_fit(
    ticks: _Ticks, begin: NDArray[np.int64], length: int, span: NDArray[np.float32]
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


def _crossed(ticks: _Ticks, begin: NDArray[np.int64], length: int, cuts_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    low = np.searchsorted(cuts_s, ticks.pts_s[begin] - _TICK_S, side="right")
    high = np.searchsorted(cuts_s, ticks.pts_s[begin + length] + _TICK_S, side="left")
    return np.asarray(high > low)


def _patchwork_residual(ticks: _Ticks, begin: int, length: int) -> float:
    """What remains when each place of each frame between is taken from the nearer end; share of the ends' change."""
    offsets = np.unique(np.round(np.linspace(0, length, _SAMPLES)).astype(np.int64))[1:-1]
    cells = ticks.small.reshape(len(ticks.frame), -1, 3)
    start, end, between = cells[begin], cells[begin + length], cells[begin + offsets]
    to_start = np.abs(between - start).sum(axis=2)
    to_end = np.abs(between - end).sum(axis=2)
    whole = np.abs(end - start).sum()
    return float((np.minimum(to_start, to_end).sum(axis=1) / max(float(whole), 1.0)).mean())


def _by_worth(stretches: list[_Stretch]) -> list[_Stretch]:
    """Those that explain most change first; a dissolve before the wipe that some of its frames resemble."""

    def worth(stretch: _Stretch) -> tuple[float, int, int]:
        doubt = 1.0 if stretch.kind == "dissolve" else _WIPE_WORTH
        return (doubt * stretch.change * (1.0 - stretch.residual), stretch.length, -stretch.first)

    return sorted(stretches, key=worth, reverse=True)


def _apart(stretch: _Stretch, other: _Stretch) -> bool:
    return abs(stretch.middle - other.middle) >= max(stretch.length, other.length) / 2


def _verified(
    stretch: _Stretch,
    ticks: _Ticks,
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
    if stretch.kind == "wipe" and _front_order(stretch, ticks) < config.wipe_min_order_ratio:
        return None
    if not plain and (likeness(before[seen], after[seen]) > _MAX_LIKENESS or _moves(stretch, ticks, signatures)):
        return None
    start_s, end_s = _ends(stretch, ticks, pts_s)
    limit = config.dissolve_max_residual if stretch.kind == "dissolve" else config.wipe_max_residual
    score = 1.0 - 0.5 * stretch.residual / max(limit, 1e-9)
    label: GradualKind = "fade" if plain and stretch.kind == "dissolve" else stretch.kind
    return GradualChange(kind=label, start_s=start_s, end_s=end_s, score=min(1.0, max(0.5, score)))


def _deviation(pixels: NDArray[np.uint8]) -> float:
    return float(pixels.astype(np.float32).std(axis=0).max())


def _front_order(stretch: _Stretch, ticks: _Ticks) -> float:
    """How well a smooth front explains when each place of the picture changes over: R2 of a quadratic, 0 to 1."""
    run = ticks.small[stretch.first : stretch.first + stretch.length + 1].reshape(stretch.length + 1, 9 * 16, 3)
    to_start = np.abs(run - run[0]).sum(axis=2)
    to_end = np.abs(run - run[-1]).sum(axis=2)
    clear = to_end[0] > 3 * _CHANGED_LEVELS
    if int(clear.sum()) < 20:
        return 0.0
    when = (to_start < to_end).sum(axis=0).astype(np.float64)[clear]
    row, column = (axis.ravel()[clear] for axis in np.mgrid[0:9, 0:16].astype(np.float64))
    terms = np.stack([np.ones_like(row), row, column, row**2, column**2, row * column], axis=1)
    solution = np.linalg.lstsq(terms, when, rcond=None)[0]
    spread = float(np.square(when - when.mean()).sum())
    return 1.0 - float(np.square(when - terms @ solution).sum()) / spread if spread > 0 else 0.0


def _moves(stretch: _Stretch, ticks: _Ticks, signatures: NDArray[np.uint8]) -> bool:
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


def _ends(stretch: _Stretch, ticks: _Ticks, pts_s: NDArray[np.float64]) -> tuple[float, float]:
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
