"""Accepting, rejecting and merging names: the decisions that follow from what stands in the registry. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from mpr_core.brands.brand_list import Brand, brand_conflicts
from mpr_core.brands.joined_lists import with_all_names
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.registry.entries import Entry
from mpr_core.brands.registry.records import Change, Decided, Decision
from mpr_core.errors import BrandListError, InputError
from mpr_core.record import problems_of


def accept(
    entries: Sequence[Entry], entry: Entry, at: datetime, *, name: str | None = None, aliases: Sequence[str] = ()
) -> list[Decision]:
    """The name becomes a brand.

    Args:
        name: what the brand is called in reports; None: as it was read. If it has other letters, the found name is merged into it.
        aliases: more names for it.
    Raises:
        BrandListError: a name has no letters, or stands for another accepted brand already.
    """
    called = entry.name if name is None else name.strip()
    more = _named(called, (*_known_aliases(entry), *aliases))
    if fold_key(called) == entry.key:
        return _without_conflicts(entries, [_decided(entry, "accepted", more, at), *_released(entries, entry)])
    target = next((known for known in entries if known.key == fold_key(called)), None)
    lent = more.model_copy(update={"aliases": (*more.aliases, entry.name)})
    made = accept_listed(target, lent, at)
    return _without_conflicts(entries, [made, _merged(entry, made.name, at), *_released(entries, entry, called)])


def accept_listed(known: Entry | None, brand: Brand, at: datetime) -> Decision:
    """A brand that someone names, with what the registry has of it: it keeps the aliases that it had."""
    if known is None or known.decision is None or known.decision.state != "accepted":
        return _decided(known, "accepted", brand, at)
    joined = with_all_names([known.decision.brand], brand)[0]
    return _decided(known, "accepted", joined.model_copy(update={"canonical_name": brand.canonical_name}), at)


def accept_all(entries: Sequence[Entry], brands: Sequence[Brand], at: datetime) -> list[Decision]:
    """The brands of a file.

    Raises:
        BrandListError: a name of the file stands for another accepted brand already.
    """
    by_key = {entry.key: entry for entry in entries}
    made = [accept_listed(by_key.get(fold_key(brand.canonical_name)), brand, at) for brand in brands]
    taken = {decision.key for decision in made}
    released = [
        freed
        for decision in made
        if decision.key in by_key
        for freed in _released(entries, by_key[decision.key])
        if freed.key not in taken
    ]
    return _without_conflicts(entries, [*made, *released])


def reject(entries: Sequence[Entry], entry: Entry, at: datetime) -> list[Decision]:
    """The name is no brand: it is not proposed again, and where it was one it stops being one."""
    return [_decided(entry, "rejected", Brand(canonical_name=entry.name), at), *_released(entries, entry)]


def merge(entries: Sequence[Entry], entry: Entry, target: Entry | Brand, at: datetime) -> list[Decision]:
    """The name stands for another brand, which thereby is an accepted one.

    Args:
        target: an entry of the registry, or a brand of a timeline's list that the registry does not know.
    Raises:
        InputError: it is the name itself, or was not accepted.
        BrandListError: the name stands for a third brand already.
    """
    known = target if isinstance(target, Entry) else None
    named = target.name if isinstance(target, Entry) else target.canonical_name
    if fold_key(named) == entry.key:
        raise InputError(
            "a name cannot be merged into itself",
            where=entry.name,
            why="it is the same name; case, accents and spacing tell no names apart",
            remedy="nothing is needed: they count as one",
        )
    if known is not None and known.state != "accepted":
        raise InputError(
            "not an accepted brand",
            where=named,
            why=f"it is {known.state}"
            + (f" into {known.decision.into}" if known.state == "merged" and known.decision else ""),
            remedy=f"mpr brands accept '{named}', or merge into a brand that is accepted",
        )
    own = Brand(canonical_name=named, aliases=(*_known_aliases(entry), entry.name))
    made = accept_listed(known, own, at)
    return _without_conflicts(entries, [made, _merged(entry, named, at), *_released(entries, entry, named)])


def _decided(entry: Entry | None, state: Decided, brand: Brand, at: datetime, into: str | None = None) -> Decision:
    """A decision with the name's history; the same decision again adds no line to it."""
    history = () if entry is None else _history(entry)
    last = history[-1] if history else None
    if last is None or last.state != state or last.into != (into or ""):
        history = (*history, Change(state=state, at=at, source="manual", into=into or ""))
    sources = () if entry is None else entry.sources
    return Decision(brand=brand, state=state, into=into, sources=sources or ("manual",), history=history)


def _history(entry: Entry) -> tuple[Change, ...]:
    if entry.decision is not None:
        return entry.decision.history
    proposed = [
        Change(state="proposed", at=sight.found_at, source=source, run_id=sight.run_id, timeline=sight.timeline)
        for sight in entry.sights
        for source in sight.found.sources
    ]
    return tuple(sorted(proposed, key=lambda change: (change.at, change.timeline, change.source)))


def _merged(entry: Entry, into: str, at: datetime) -> Decision:
    return _decided(entry, "merged", Brand(canonical_name=entry.name), at, into=into)


def _named(name: str, aliases: tuple[str, ...]) -> Brand:
    """A brand of what someone typed."""
    try:
        return Brand(canonical_name=name, aliases=aliases)
    except ValidationError as error:
        raise BrandListError(
            "not a brand name", where=repr(name), why=problems_of(error), remedy="give a name with letters or digits"
        ) from error


def _known_aliases(entry: Entry) -> tuple[str, ...]:
    return () if entry.decision is None or entry.state != "accepted" else entry.decision.brand.aliases


def _released(entries: Sequence[Entry], entry: Entry, into: str | None = None) -> list[Decision]:
    """The brand that a merged name stood for, without it; nothing when it goes on to stand for it."""
    before = None if entry.decision is None else entry.decision.into
    if before is None or (into is not None and fold_key(into) == fold_key(before)):
        return []
    owner = next((known.decision for known in entries if known.key == fold_key(before)), None)
    if owner is None or owner.state != "accepted":
        return []
    aliases = tuple(alias for alias in owner.brand.aliases if fold_key(alias) != entry.key)
    return [owner.model_copy(update={"brand": owner.brand.model_copy(update={"aliases": aliases})})]


def _without_conflicts(entries: Sequence[Entry], made: list[Decision]) -> list[Decision]:
    """The decisions, if no name would stand for two accepted brands."""
    new = {decision.key: decision for decision in made}
    kept = [entry.decision for entry in entries if entry.decision is not None and entry.key not in new]
    accepted = [decision for decision in (*kept, *made) if decision.state == "accepted"]
    problems = brand_conflicts([decision.brand for decision in accepted])
    if problems:
        raise BrandListError(
            "the name contradicts the brand registry",
            where=made[0].name,
            why="\n       ".join(problems),
            remedy="mpr brands show NAME shows what each stands for; reject or merge one of them",
        )
    return made
