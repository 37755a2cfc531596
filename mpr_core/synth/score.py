"""Airings held against the truth: seconds recall by letter size, and seconds precision, on the film's own frame grid.

Every frame weighs the time it is on screen. A (brand, frame) is *wanted* when some instance is legible there:

- `visible_ratio >= 0.6`: most of it is inside the frame and nothing stands in front;
- `blur_px < 0.35 * letter_height_px`: a longer smear melts the strokes of neighbouring letters into one;
- `squeeze_ratio >= 0.4`: an oblique view leaves the letters at least two fifths of their width (or height);
- `opacity_ratio >= 0.6`: in a dissolve, its scene prevails.

The largest such instance gives the frame its size class. A (brand, frame) is *allowed* when at least a tenth of some
instance can be seen at all, whatever its size, blur or part in a transition: to report it is right, to miss it no loss.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from mpr_core.record import Record
from mpr_core.synth.truth import SynthTruth

WANTED_VISIBLE_RATIO = 0.6
WANTED_BLUR_PER_LETTER = 0.35
WANTED_SQUEEZE_RATIO = 0.4
WANTED_OPACITY_RATIO = 0.6
ALLOWED_VISIBLE_RATIO = 0.1
SIZE_CLASSES_PX: tuple[tuple[str, float, float], ...] = (
    ("<12", 0.0, 12.0),
    ("12-16", 12.0, 16.0),
    ("16-32", 16.0, 32.0),
    ("32-64", 32.0, 64.0),
    (">=64", 64.0, float("inf")),
    (">=16", 16.0, float("inf")),
)
_LISTED = 25

Grid = NDArray[np.bool_]


class ScoredAiring(Record):
    """One reported airing: half-open, seconds of the film's own clock."""

    brand: str
    start_s: float
    end_s: float

    @model_validator(mode="after")
    def _ordered(self) -> ScoredAiring:
        if self.end_s < self.start_s:
            raise ValueError(f"airing of {self.brand!r} ends at {self.end_s} before it starts at {self.start_s}")
        return self


class SizeRecall(Record):
    """Recall in one class of letter heights. `recall` is None where nothing was wanted."""

    size_class: str
    wanted_s: float
    found_s: float
    recall: float | None


class BrandSpan(Record):
    """A stretch of film missed or falsely reported. `letter_height_px` is the largest wanted there, 0 if none."""

    brand: str
    start_s: float
    end_s: float
    letter_height_px: float = 0.0


class SynthScore(Record):
    """How well airings fit the truth. `precision` is None where nothing was reported.

    `misses` (of text at least 16 px high) and `falses` list the longest stretches first, at most 25 each.
    """

    recalls: tuple[SizeRecall, ...]
    reported_s: float
    false_s: float
    precision: float | None
    misses: tuple[BrandSpan, ...]
    falses: tuple[BrandSpan, ...]

    def recall(self, size_class: str = ">=16") -> float | None:
        """Recall of a size class by its name. Raises `KeyError` for an unknown one."""
        return {one.size_class: one.recall for one in self.recalls}[size_class]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """A plain table, heading first: measure, seconds in the truth (or reported), seconds right, ratio."""
        table = [("measure", "of seconds", "right", "ratio")]
        for one in self.recalls:
            table.append(
                (f"recall {one.size_class} px", f"{one.wanted_s:.1f}", f"{one.found_s:.1f}", _ratio(one.recall))
            )
        right = self.reported_s - self.false_s
        table.append(("precision", f"{self.reported_s:.1f}", f"{right:.1f}", _ratio(self.precision)))
        return table


def score_airings(truth: SynthTruth, airings: Sequence[ScoredAiring]) -> SynthScore:
    """Seconds recall per size class and seconds precision of reported airings.

    Brand names are compared as canonical names, ignoring case. Airings of one brand that overlap count once. Seconds of
    brands that the truth does not know, and seconds outside the film, are false.
    """
    edges = truth.frame_edges_s()
    weights = np.diff(edges)
    names = [brand.canonical_name for brand in truth.brands]
    wanted_px, allowed = _grids(truth, len(names), len(weights))
    reported, stray = _reported(names, edges, airings)
    recalls = []
    for label, low, high in SIZE_CLASSES_PX:
        wanted = (wanted_px >= max(low, 1e-6)) & (wanted_px < high)
        wanted_s, found_s = float((wanted @ weights).sum()), float(((wanted & reported) @ weights).sum())
        recall = found_s / wanted_s if wanted_s else None
        recalls.append(SizeRecall(size_class=label, wanted_s=wanted_s, found_s=found_s, recall=recall))
    stray_s = sum(span.end_s - span.start_s for span in stray)
    reported_s = float((reported @ weights).sum()) + stray_s
    false_s = float(((reported & ~allowed) @ weights).sum()) + stray_s
    return SynthScore(
        recalls=tuple(recalls),
        reported_s=reported_s,
        false_s=false_s,
        precision=1 - false_s / reported_s if reported_s else None,
        misses=_longest(_spans(names, edges, (wanted_px >= 16) & ~reported, wanted_px)),
        falses=_longest(_spans(names, edges, reported & ~allowed, wanted_px) + stray),
    )


def _grids(truth: SynthTruth, brands: int, frames: int) -> tuple[NDArray[np.float32], Grid]:
    """`(brands, frames)`: height of the largest wanted instance, 0 if none; and whether a report is allowed."""
    rows = truth.rows
    height = rows.letter_height_px
    legible = (
        (rows.visible_ratio >= WANTED_VISIBLE_RATIO)
        & (rows.blur_px < WANTED_BLUR_PER_LETTER * height)
        & (rows.squeeze_ratio >= WANTED_SQUEEZE_RATIO)
        & (rows.opacity_ratio >= WANTED_OPACITY_RATIO)
    )
    wanted_px = np.zeros((brands, frames), np.float32)
    np.maximum.at(wanted_px, (rows.brand[legible], rows.frame[legible]), height[legible])
    allowed = np.zeros((brands, frames), np.bool_)
    seen = rows.visible_ratio >= ALLOWED_VISIBLE_RATIO
    allowed[rows.brand[seen], rows.frame[seen]] = True
    return wanted_px, allowed


def _reported(
    names: list[str], edges: NDArray[np.float64], airings: Sequence[ScoredAiring]
) -> tuple[Grid, list[BrandSpan]]:
    """The frames that begin inside an airing, and the airings' parts that no frame can answer for."""
    known = {name.casefold(): index for index, name in enumerate(names)}
    grid = np.zeros((len(names), len(edges) - 1), np.bool_)
    stray: list[BrandSpan] = []
    for airing in airings:
        index = known.get(airing.brand.casefold())
        if index is None:
            stray.append(BrandSpan(brand=airing.brand, start_s=airing.start_s, end_s=airing.end_s))
            continue
        # A microsecond of slack: airings often start exactly on a frame, through other arithmetic.
        first, last = np.searchsorted(edges[:-1], (airing.start_s - 1e-6, airing.end_s - 1e-6))
        grid[index, first:last] = True
        for start, end in (
            (airing.start_s, min(airing.end_s, float(edges[0]))),
            (max(airing.start_s, float(edges[-1])), airing.end_s),
        ):
            if end - start > 1e-6:
                stray.append(BrandSpan(brand=names[index], start_s=start, end_s=end))
    return grid, stray


def _spans(names: list[str], edges: NDArray[np.float64], grid: Grid, wanted_px: NDArray[np.float32]) -> list[BrandSpan]:
    """Runs of true frames per brand."""
    spans = []
    for index, name in enumerate(names):
        steps = np.diff(np.concatenate(([False], grid[index], [False])).astype(np.int8))
        for first, last in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
            height = float(wanted_px[index, first:last].max())
            spans.append(
                BrandSpan(brand=name, start_s=float(edges[first]), end_s=float(edges[last]), letter_height_px=height)
            )
    return spans


def _longest(spans: list[BrandSpan]) -> tuple[BrandSpan, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_s - span.end_s, span.start_s, span.brand))[:_LISTED])


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
