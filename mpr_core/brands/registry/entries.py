"""The registry as one looks at it: every name once, where it was seen, what was decided, and where that acts."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mpr_core.brands.normalise import fold_key
from mpr_core.brands.registry.records import Decision, FoundName, FoundNames, Source, State
from mpr_core.errors import InputError
from mpr_core.timeline.timeline import Timeline


@dataclass(frozen=True)
class Sight:
    """A name in the report of one timeline."""

    timeline: str
    run_id: str
    found_at: datetime
    found: FoundName


@dataclass(frozen=True)
class Entry:
    """One name of the registry.

    Attributes:
        sights: by seconds, the most first; of a merged name none: they count for the brand it was merged into.
        acts_in: timelines that have it on top of their list.
    """

    name: str
    state: State
    sources: tuple[Source, ...]
    sights: tuple[Sight, ...]
    acts_in: tuple[str, ...] = ()
    decision: Decision | None = None

    @property
    def key(self) -> str:
        return fold_key(self.name)

    @property
    def seconds(self) -> float:
        """Time on screen in all timelines together."""
        return round(sum(sight.found.seconds for sight in self.sights), 3)

    @property
    def airings(self) -> int:
        return sum(sight.found.airings for sight in self.sights)

    @property
    def evidence(self) -> Sight | None:
        """The sight whose crop shows the name best."""
        shown = [sight for sight in self.sights if sight.found.crop_key]
        return max(shown, key=lambda sight: sight.found.score) if shown else None


def entries_of(
    found: Sequence[FoundNames], decisions: Sequence[Decision], timelines: Iterable[Timeline]
) -> list[Entry]:
    """Every name, the longest on screen first."""
    decided = {decision.key: decision for decision in decisions}
    owners = _owners(decided)
    sights: dict[str, list[Sight]] = defaultdict(list)
    for document in found:
        for name in document.names:
            sights[owners.get(name.key, name.key)].append(_sight(document, name))
        for brand in document.shown:
            owner = owners.get(brand.key)
            if owner is not None and decided[owner].state == "accepted":
                sights[owner].append(_sight(document, brand))
    acting: dict[str, list[str]] = defaultdict(list)
    for timeline in timelines:
        for added in timeline.added_brands:
            acting[fold_key(added.canonical_name)].append(timeline.id)
    entries = [_entry(sights.get(key, []), acting[key], decided.get(key)) for key in {**decided, **sights}]
    return sorted(entries, key=lambda entry: (-entry.seconds, entry.key))


def find_entry(entries: Sequence[Entry], name: str) -> Entry:
    """The entry of a name, whatever its case and spacing.

    Raises:
        InputError: nothing was found or decided under it; the nearest name is said.
    """
    key = fold_key(name)
    for entry in entries:
        if entry.key == key:
            return entry
    owner = next(
        (e for e in entries if e.decision is not None and key in map(fold_key, e.decision.brand.aliases)), None
    )
    if owner is not None:  # a decision about an alias must not turn into one about its brand
        raise InputError(
            "an alias is no name of its own",
            where=name,
            why=f"it is an alias of {owner.name}",
            remedy=f"name {owner.name}",
        )
    near = difflib.get_close_matches(key, [entry.key for entry in entries], n=1)
    nearest = next((entry.name for entry in entries if near and entry.key == near[0]), None)
    known = ", ".join(entry.name for entry in entries[:5]) or "none yet"
    raise InputError(
        "no such name in the brand registry",
        where=name,
        why=f"did you mean {nearest}?" if nearest else f"names here: {known}",
        remedy="mpr brands list shows them; mpr brands import FILE takes in names that no run found",
    )


def _owners(decided: Mapping[str, Decision]) -> dict[str, str]:
    """Folded name -> key of the decision it counts for: an alias for its brand, a merged name for what it was merged into."""
    owners = {
        fold_key(name): decision.key
        for decision in decided.values()
        if decision.state == "accepted"
        for name in decision.brand.names
    }
    for key, decision in decided.items():
        seen = {key}
        while decision.into is not None and (into := fold_key(decision.into)) in decided and into not in seen:
            seen.add(into)
            decision = decided[into]
        owners[key] = decision.key
    return owners


def _entry(sights: list[Sight], acts_in: list[str], decision: Decision | None) -> Entry:
    ordered = tuple(sorted(sights, key=lambda sight: (-sight.found.seconds, sight.timeline, sight.found.name)))
    sources = {source for sight in ordered for source in sight.found.sources}
    if decision is None:
        return Entry(ordered[0].found.name, "proposed", tuple(sorted(sources)), ordered, tuple(acts_in))
    sources |= set(decision.sources)
    return Entry(decision.name, decision.state, tuple(sorted(sources)), ordered, tuple(acts_in), decision)


def _sight(document: FoundNames, name: FoundName) -> Sight:
    return Sight(document.timeline, document.run_id, document.found_at, name)
