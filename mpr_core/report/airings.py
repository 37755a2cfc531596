"""From sightings to airings: one brand's continuous presences, whatever segments and chunks the sightings came from.

Two steps keep the result free of how the work was cut. First, pieces of one sighting that a segment border had split
are put together again (`_Look`). Then every figure is an integral over time, never a count of sightings.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from mpr_core.report.geometry import GRID_CELLS, Polygon, area, grid_shares, union_area, unit_polygon
from mpr_core.report.model import Airing, Box
from mpr_core.report.sighting import Quad, Sighting
from mpr_core.report.spans import TOUCH_S, Span, length_s, union

# What makes two sightings pieces of one: all that was seen, but neither span nor the names that cutting the work gives.
_Identity = tuple[float, Quad, int, int, float, float, str, str]


@dataclass(slots=True)
class _Look:
    """One sampled view of a brand and the whole span it stands for."""

    identity: _Identity
    span: Span
    frame_keys: set[str]
    tracks: set[str]
    chunk_indexes: set[int]
    crop: tuple[float, str] | None

    @property
    def order(self) -> tuple[Span, _Identity]:
        return (self.span, self.identity)


@dataclass(slots=True)
class Presence:
    """The sightings of one airing, not yet described."""

    brand: str
    spans: list[Span]
    looks: list[_Look]
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = length_s(self.spans)

    @property
    def sightings(self) -> int:
        """Distinct sampled instants."""
        return len({look.identity[0] for look in self.looks})


def build_airings(
    sightings: Iterable[Sighting], *, gap_s: float, min_airing_s: float = 0.0, min_sightings: int = 1
) -> list[Airing]:
    """Airings of all brands, by start.

    Args:
        sightings: in any order; spans of one brand may overlap.
        gap_s: spans of a brand at most this far apart are one airing; the gap itself does not count as time on screen.
        min_airing_s: presences with less time on screen are dropped.
        min_sightings: presences seen at fewer sampled instants are dropped.
    Returns:
        The same airings for any order of the sightings and any cutting of their spans. Only `tracks`, `chunk_indexes`
        and store keys name the work's own pieces and may differ.
    """
    presences = group_presences(sightings, gap_s=gap_s)
    return describe_airings(p for p in presences if is_kept(p, min_airing_s=min_airing_s, min_sightings=min_sightings))


def is_kept(presence: Presence, *, min_airing_s: float, min_sightings: int) -> bool:
    """Whether a presence is long enough, and was seen often enough, to be an airing."""
    return presence.seconds + TOUCH_S >= min_airing_s and presence.sightings >= min_sightings


def group_presences(sightings: Iterable[Sighting], *, gap_s: float) -> list[Presence]:
    """Every brand's presences, by brand and start, before any is dropped."""
    by_brand: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting.end_s > sighting.start_s:
            by_brand[sighting.brand].append(sighting)
    presences = []
    for brand in sorted(by_brand):
        looks = sorted(_joined_looks(by_brand[brand]), key=lambda look: look.order)
        starts_s = [look.span[0] for look in looks]
        for start_s, end_s in union((look.span for look in looks), bridge_s=gap_s):
            inside = looks[bisect_left(starts_s, start_s) : bisect_left(starts_s, end_s)]
            presences.append(Presence(brand, union(look.span for look in inside), inside))
    return presences


def describe_airings(presences: Iterable[Presence]) -> list[Airing]:
    """Airing records with their ids, by start."""
    by_brand: dict[str, list[Presence]] = defaultdict(list)
    for presence in presences:
        by_brand[presence.brand].append(presence)
    slugs = brand_slugs(by_brand)
    airings = [
        _describe(presence, f"{slugs[brand]}-{number}")
        for brand, of_brand in by_brand.items()
        for number, presence in enumerate(sorted(of_brand, key=lambda p: p.spans), start=1)
    ]
    return sorted(airings, key=lambda airing: (airing.start_s, airing.brand, airing.end_s))


def brand_slugs(brands: Iterable[str]) -> dict[str, str]:
    """Brand to an ASCII name fit for ids; a digest marks brands that would share one or have no ASCII letters."""
    bare = {brand: _ascii_slug(brand) for brand in brands}
    uses = Counter(bare.values())
    digests = {brand: hashlib.sha256(brand.encode()).hexdigest()[:6] for brand in bare}
    return {
        brand: slug if slug and uses[slug] == 1 else f"{slug or 'brand'}-{digests[brand]}"
        for brand, slug in bare.items()
    }


def _ascii_slug(brand: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", brand).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


def _joined_looks(sightings: Iterable[Sighting]) -> Iterator[_Look]:
    pieces: dict[_Identity, list[Sighting]] = defaultdict(list)
    for s in sightings:
        identity = (s.t_s, s.quad_px, s.frame_width_px, s.frame_height_px, s.score, s.clarity, s.decided_by, s.text)
        pieces[identity].append(s)
    for identity, same in pieces.items():
        for start_s, end_s in union((s.start_s, s.end_s) for s in same):
            inside = [s for s in same if start_s <= s.start_s < end_s]
            crops = [(-s.crop_quality, s.crop_key) for s in inside if s.crop_key is not None]
            best = min(crops, default=None)
            yield _Look(
                identity,
                (start_s, end_s),
                {s.frame_key for s in inside},
                {s.track for s in inside},
                {s.chunk_index for s in inside},
                (-best[0], best[1]) if best else None,
            )


@dataclass(slots=True)
class _Integrals:
    """What an airing's figures are made of, each an integral over its time on screen."""

    area: float = 0.0
    max_area: float = 0.0
    clarity: float = 0.0
    max_clarity: float = 0.0
    score: float = 0.0


def _integrate(looks: list[_Look], polygons: Mapping[int, Polygon]) -> _Integrals:
    """One sweep over the looks' borders; between two borders nothing changes."""
    borders = sorted({border for look in looks for border in look.span})
    starts = defaultdict(list)
    for index, look in enumerate(looks):
        starts[look.span[0]].append(index)
    sums, active = _Integrals(), list[int]()
    for begin_s, end_s in pairwise(borders):
        active = [index for index in active if looks[index].span[1] > begin_s] + starts[begin_s]
        if not active:
            continue
        width_s = end_s - begin_s
        covered = union_area([polygons[index] for index in active])
        clarity = max(looks[index].identity[5] for index in active)
        sums.area += covered * width_s
        sums.clarity += clarity * width_s
        sums.score += max(looks[index].identity[4] for index in active) * width_s
        sums.max_area, sums.max_clarity = max(sums.max_area, covered), max(sums.max_clarity, clarity)
    return sums


def _describe(presence: Presence, airing_id: str) -> Airing:
    looks, seconds = presence.looks, presence.seconds
    polygons = {index: unit_polygon(*look.identity[1:4]) for index, look in enumerate(looks)}
    sums = _integrate(looks, polygons)
    deciders: dict[str, float] = defaultdict(float)
    texts: dict[str, float] = defaultdict(float)
    cells: dict[str, float] = defaultdict(float)
    for index, look in enumerate(looks):
        look_s = look.span[1] - look.span[0]
        _, quad_px, width_px, height_px, _, _, decided_by, text = look.identity
        deciders[decided_by] += look_s
        if text:
            texts[text] += look_s
        for cell, share in grid_shares(polygons[index], quad_px, width_px, height_px).items():
            cells[cell] += share * look_s
    ranked = _ranked(deciders)
    box_s = sum(cells.values())
    crop = min(((-look.crop[0], look.identity[0], look.crop[1]) for look in looks if look.crop), default=None)
    return Airing(
        id=airing_id,
        brand=presence.brand,
        start_s=presence.spans[0][0],
        end_s=presence.spans[-1][1],
        seconds=seconds,
        score=sums.score / seconds,
        decided_by=ranked[0],
        deciders=tuple(ranked),
        text=next(iter(_ranked(texts)), ""),
        mean_area_ratio=sums.area / seconds,
        max_area_ratio=sums.max_area,
        mean_clarity=sums.clarity / seconds,
        max_clarity=sums.max_clarity,
        position=dominant_cell(cells),
        position_share_ratio={cell: share / box_s for cell, share in cells.items()},
        spans_s=tuple(presence.spans),
        boxes=tuple(sorted((_box(look, polygons[i]) for i, look in enumerate(looks)), key=_box_order)),
        crop_key=crop[2] if crop else None,
        crop_quality=round(-crop[0], 3) if crop else 0.0,
        chunk_indexes=tuple(sorted(set().union(*(look.chunk_indexes for look in looks)))),
        tracks=len(set().union(*(look.tracks for look in looks))),
    )


def dominant_cell(cells: Mapping[str, float]) -> str:
    """The cell with the largest share; of equal ones the first in reading order."""
    return max(GRID_CELLS, key=lambda cell: (round(cells.get(cell, 0.0), 6), -GRID_CELLS.index(cell)))


def _ranked(weights: Mapping[str, float]) -> list[str]:
    return sorted(weights, key=lambda name: (-round(weights[name], 6), name))


def _box(look: _Look, polygon: Polygon) -> Box:
    t_s, quad_px, width_px, height_px, score, clarity, _, _ = look.identity
    return Box(
        t_s=t_s,
        start_s=look.span[0],
        end_s=look.span[1],
        quad_px=quad_px,
        frame_width_px=width_px,
        frame_height_px=height_px,
        area_ratio=area(polygon),
        clarity=clarity,
        score=score,
        frame_key=min(look.frame_keys),
    )


def _box_order(box: Box) -> tuple[float, float, Quad]:
    return (box.t_s, box.start_s, box.quad_px)
