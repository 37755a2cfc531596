"""Per-brand exposure figures, derived from the airings alone: a reader can recompute every one from the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from mpr_core.report.airings import dominant_cell
from mpr_core.report.model import Airing, BrandExposure
from mpr_core.report.spans import Span, length_s, overlap_s, union


def brand_exposures(
    airings: Iterable[Airing], *, duration_s: float, brand_list: Sequence[str] = ()
) -> list[BrandExposure]:
    """Figures of every brand that has an airing or was searched for, the longest on screen first.

    Args:
        airings: of all brands, in any order.
        duration_s: the timeline's; 0 gives shares of 0.
        brand_list: the names searched for; those without airings are returned with zeros and nulls.
    """
    by_brand: dict[str, list[Airing]] = {brand: [] for brand in brand_list}
    for airing in airings:
        by_brand.setdefault(airing.brand, []).append(airing)
    spans = {brand: union(span for airing in own for span in airing.spans_s) for brand, own in by_brand.items()}
    all_brands_s = sum(length_s(spans[brand]) for brand in sorted(spans))
    together = _together(spans)
    exposures = [
        _exposure(brand, own, spans[brand], duration_s, all_brands_s, brand in set(brand_list), together[brand])
        for brand, own in by_brand.items()
    ]
    return sorted(exposures, key=lambda exposure: (-exposure.seconds, exposure.brand))


def branded_seconds(airings: Iterable[Airing]) -> float:
    """Time with at least one brand on screen."""
    return length_s(union(span for airing in airings for span in airing.spans_s))


def _together(spans: dict[str, list[Span]]) -> dict[str, dict[str, float]]:
    """Brand to (other brand to the seconds both were on screen), pairs that never met left out."""
    together: dict[str, dict[str, float]] = defaultdict(dict)
    for first, second in combinations(sorted(spans), 2):
        # Half a millisecond would be written as 0.0: as good as never.
        if (shared_s := overlap_s(spans[first], spans[second])) >= 0.0005:
            together[first][second] = together[second][first] = shared_s
    return together


def _exposure(
    brand: str,
    own: list[Airing],
    spans: list[Span],
    duration_s: float,
    all_brands_s: float,
    listed: bool,
    simultaneous_s: dict[str, float],
) -> BrandExposure:
    seconds = length_s(spans)
    weights = [airing.seconds for airing in own]
    cells: dict[str, float] = defaultdict(float)
    for airing in sorted(own, key=lambda a: a.start_s):
        for cell, share in airing.position_share_ratio.items():
            cells[cell] += share * airing.seconds
    cell_s = sum(cells.values())
    return BrandExposure(
        brand=brand,
        listed=listed,
        airings=len(own),
        seconds=seconds,
        share_of_timeline_ratio=min(1.0, seconds / duration_s) if duration_s > 0 else 0.0,
        share_of_voice_ratio=seconds / all_brands_s if all_brands_s > 0 else 0.0,
        mean_area_ratio=_weighted([a.mean_area_ratio for a in own], weights) or 0.0,
        max_area_ratio=max((a.max_area_ratio for a in own), default=0.0),
        mean_clarity=_weighted([a.mean_clarity for a in own], weights),
        mean_score=_weighted([a.score for a in own], weights),
        position=dominant_cell(cells) if cell_s > 0 else None,
        position_share_ratio={cell: share / cell_s for cell, share in cells.items()} if cell_s > 0 else {},
        simultaneous_s=simultaneous_s,
        first_s=min((a.start_s for a in own), default=None),
        last_s=max((a.end_s for a in own), default=None),
    )


def _weighted(values: list[float], weights: list[float]) -> float | None:
    """Mean by weight; None where there is nothing to average."""
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total > 0 else None
