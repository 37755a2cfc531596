"""What became of every airing of one report in another: lost, gained, split, moved, changed, or decided for another brand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.compare.airing_match import Group, holder_of, matched_groups, redecided_pairs
from mpr_core.compare.model import AiringChange, AiringKind, AiringView, SameAiring, ValueChange
from mpr_core.report.model import Airing
from mpr_core.report.spans import length_s, union


@dataclass(frozen=True)
class Tolerance:
    """Differences up to these are none: OCR's scores and the crop that stands for an airing vary a little from batch to batch."""

    seconds: float = 0.01
    score: float = 1.0
    area_ratio: float = 0.1
    """Of the larger of the two areas."""
    clarity: float = 0.05


@dataclass(frozen=True)
class AiringDiff:
    """The airings that differ and those that do not, by time."""

    changes: tuple[AiringChange, ...]
    same: tuple[SameAiring, ...]


def diff_airings(a: Sequence[Airing], b: Sequence[Airing], tolerance: Tolerance | None = None) -> AiringDiff:
    """Two reports' airings, held against each other; `why` is left empty."""
    limits = tolerance or Tolerance()
    groups = matched_groups(a, b)
    lost = [ours[0] for ours, theirs in groups if not theirs]
    gained = [theirs[0] for ours, theirs in groups if not ours]
    pairs = redecided_pairs(lost, gained)
    changes = [_change("redecided", ((lost[i],), (gained[j],)), limits, gained[j].brand) for i, j in pairs.items()]
    changes += [_change("lost", ((x,), ()), limits, holder_of(x, b)) for i, x in enumerate(lost) if i not in pairs]
    taken = set(pairs.values())
    changes += [_change("gained", ((), (x,)), limits, holder_of(x, a)) for j, x in enumerate(gained) if j not in taken]
    same: list[SameAiring] = []
    for group in groups:
        kind = _kind(group, limits) if all(group) else None
        if kind is not None:
            changes.append(_change(kind, group, limits, None))
        elif all(group):
            same.append(_same(*group[0], *group[1]))
    return AiringDiff(
        tuple(sorted(changes, key=lambda c: (c.start_s, c.brand, c.end_s, c.kind))),
        tuple(sorted(same, key=lambda s: (s.start_s, s.brand, s.end_s))),
    )


def view(airing: Airing) -> AiringView:
    """An airing without its boxes."""
    return AiringView(**{name: getattr(airing, name) for name in AiringView.model_fields})


def _same(a: Airing, b: Airing) -> SameAiring:
    return SameAiring(brand=a.brand, a=a.id, b=b.id, start_s=b.start_s, end_s=b.end_s)


def _kind(group: Group, limits: Tolerance) -> AiringKind | None:
    """What happened to airings that both sides have; None: nothing."""
    ours, theirs = group
    if len(ours) > 1 or len(theirs) > 1:
        return "split" if len(ours) == 1 else ("merged" if len(theirs) == 1 else "regrouped")
    moved = max(abs(theirs[0].start_s - ours[0].start_s), abs(theirs[0].end_s - ours[0].end_s))
    if moved > limits.seconds:
        return "moved"
    return "changed" if _value_changes(ours[0], theirs[0], limits) else None


def _change(kind: AiringKind, group: Group, limits: Tolerance, other_brand: str | None) -> AiringChange:
    ours, theirs = group
    both = bool(ours and theirs)
    pair = both and len(ours) == len(theirs) == 1
    return AiringChange(
        kind=kind,
        brand=(ours or theirs)[0].brand,
        other_brand=other_brand,
        a=tuple(view(airing) for airing in ours),
        b=tuple(view(airing) for airing in theirs),
        start_moved_s=_first(theirs) - _first(ours) if both else None,
        end_moved_s=_last(theirs) - _last(ours) if both else None,
        seconds_delta=_seconds(theirs) - _seconds(ours),
        changes=tuple(_value_changes(ours[0], theirs[0], limits)) if pair else (),
        why="",
    )


def _value_changes(a: Airing, b: Airing, limits: Tolerance) -> list[ValueChange]:
    """What differs besides start and end, in the order of interest."""
    found = []
    if a.decided_by != b.decided_by:
        found.append(ValueChange(field="decided_by", a=a.decided_by, b=b.decided_by))
    if a.text != b.text:
        found.append(ValueChange(field="text", a=a.text, b=b.text))
    if abs(a.seconds - b.seconds) > limits.seconds:
        found.append(ValueChange(field="seconds", a=a.seconds, b=b.seconds))
    if abs(a.score - b.score) > limits.score:
        found.append(ValueChange(field="score", a=a.score, b=b.score))
    if abs(a.mean_area_ratio - b.mean_area_ratio) > limits.area_ratio * max(a.mean_area_ratio, b.mean_area_ratio):
        found.append(ValueChange(field="mean_area_ratio", a=a.mean_area_ratio, b=b.mean_area_ratio))
    if abs(a.mean_clarity - b.mean_clarity) > limits.clarity:
        found.append(ValueChange(field="mean_clarity", a=a.mean_clarity, b=b.mean_clarity))
    return found


def _first(airings: Sequence[Airing]) -> float:
    return min(airing.start_s for airing in airings)


def _last(airings: Sequence[Airing]) -> float:
    return max(airing.end_s for airing in airings)


def _seconds(airings: Sequence[Airing]) -> float:
    return length_s(union(span for airing in airings for span in airing.spans_s))
