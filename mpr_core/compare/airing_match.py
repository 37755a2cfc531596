"""Which airings of two reports are the same presence: per brand by overlap in time, across brands by the boxes they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mpr_core.compare.places import SAME_PLACE_IOU, XyXy, bounds, iou, pair_off
from mpr_core.report.model import Airing
from mpr_core.report.spans import overlap_s

Group = tuple[tuple[Airing, ...], tuple[Airing, ...]]
"""The airings of A and of B that are the same presence."""

_STRONG_RATIO = 0.5
"""Two airings with this share of the shorter one in common are one presence; with less only if neither has a better partner."""


def matched_groups(a: Sequence[Airing], b: Sequence[Airing]) -> list[Group]:
    """Every airing of both sides in exactly one group: (one, one) pairs, splits, merges, and those with a side that is empty.

    Swapping the sides swaps the groups' sides and nothing else.
    """
    ours, theirs = _by_brand(a), _by_brand(b)
    groups: list[Group] = []
    for brand in sorted({*ours, *theirs}):
        groups += _groups_of_brand(ours.get(brand, []), theirs.get(brand, []))
    return groups


def redecided_pairs(lost: Sequence[Airing], gained: Sequence[Airing]) -> dict[int, int]:
    """Index of a lost airing -> index of a gained one of another brand, each holding most of the other's boxes; one-to-one."""
    scores = {}
    for i, one in enumerate(lost):
        for j, other in enumerate(gained):
            share = min(held_ratio(one, other), held_ratio(other, one)) if one.brand != other.brand else 0.0
            if share >= _STRONG_RATIO:
                scores[i, j] = share
    return pair_off(scores, lambda i, j: sorted((_identity(lost[i]), _identity(gained[j]))))


def holder_of(airing: Airing, others: Iterable[Airing]) -> str | None:
    """The other brand that holds most of an airing's boxes, None when none holds half of them."""
    shares = {(held_ratio(airing, other), other.brand) for other in others if other.brand != airing.brand}
    best = max(shares, default=(0.0, ""))
    return best[1] if best[0] >= _STRONG_RATIO else None


def held_ratio(airing: Airing, other: Airing) -> float:
    """The share of an airing's boxes that stand where one of the other's stands at the same instant."""
    if min(airing.end_s, other.end_s) <= max(airing.start_s, other.start_s) or not airing.boxes:
        return 0.0
    places: dict[int, list[XyXy]] = defaultdict(list)
    for box in other.boxes:
        places[round(1000 * box.t_s)].append(bounds(box.quad_px))
    held = 0
    for box in airing.boxes:
        here = bounds(box.quad_px)
        held += any(iou(here, place) >= SAME_PLACE_IOU for place in places.get(round(1000 * box.t_s), ()))
    return held / len(airing.boxes)


def _groups_of_brand(a: Sequence[Airing], b: Sequence[Airing]) -> list[Group]:
    """Strong links first; a weak one only joins two airings that have no other partner."""
    shares = {(i, j): share for i, x in enumerate(a) for j, y in enumerate(b) if (share := _time_share(x, y)) > 0}
    links = {pair for pair, share in shares.items() if share >= _STRONG_RATIO}
    settled_a, settled_b = {i for i, _ in links}, {j for _, j in links}
    weak = {(i, j): share for (i, j), share in shares.items() if i not in settled_a and j not in settled_b}
    links |= set(pair_off(weak, lambda i, j: sorted((_identity(a[i]), _identity(b[j])))).items())
    return [
        (tuple(a[i] for i in sorted(ours)), tuple(b[j] for j in sorted(theirs)))
        for ours, theirs in _components(len(a), len(b), links)
    ]


def _components(count_a: int, count_b: int, links: set[tuple[int, int]]) -> list[tuple[set[int], set[int]]]:
    """The connected components of a bipartite graph, those without a link among them."""
    of_a: dict[int, set[int]] = defaultdict(set)
    of_b: dict[int, set[int]] = defaultdict(set)
    for i, j in links:
        of_a[i].add(j)
        of_b[j].add(i)
    left, found = set(range(count_a)), []
    alone_b = [j for j in range(count_b) if not of_b[j]]
    while left:
        ours, theirs, todo = set[int](), set[int](), [min(left)]
        while todo:
            i = todo.pop()
            if i in ours:
                continue
            ours.add(i)
            theirs |= of_a[i]
            todo += [k for j in of_a[i] for k in of_b[j]]
        left -= ours
        found.append((ours, theirs))
    return [*found, *((set[int](), {j}) for j in alone_b)]


def _time_share(a: Airing, b: Airing) -> float:
    """Seconds on screen in common, as a share of the shorter airing's."""
    shorter = min(a.seconds, b.seconds)
    common = overlap_s(a.spans_s, b.spans_s)
    return min(1.0, common / shorter) if shorter > 0 else 0.0


def _by_brand(airings: Iterable[Airing]) -> dict[str, list[Airing]]:
    found: dict[str, list[Airing]] = defaultdict(list)
    for airing in airings:
        found[airing.brand].append(airing)
    return found


def _identity(airing: Airing) -> tuple[float, float, str, str]:
    return airing.start_s, airing.end_s, airing.brand, airing.id
