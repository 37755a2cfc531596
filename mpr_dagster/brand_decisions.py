"""Decisions about names, into the timelines where they act: all is saved first, then matching runs again where it is stale."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from mpr_core.brands.normalise import fold_key
from mpr_core.brands.registry.entries import Entry, entries_of
from mpr_core.brands.registry.placing import placed
from mpr_core.brands.registry.records import Decision
from mpr_core.brands.registry.registry import BrandRegistry
from mpr_core.errors import FormatMismatch, InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.report.model import Report
from mpr_core.runner.inputs import chunks_of
from mpr_core.timeline.timeline import Timeline
from mpr_dagster.home import Home
from mpr_dagster.launch import Finished, Launch, execute
from mpr_dagster.replay import ReplayOptions, prepare_replay
from mpr_dagster.reports import published_report


@dataclass(frozen=True)
class Gain:
    """What a brand's exposure in a timeline was, and is."""

    brand: str
    airings_before: int
    airings: int
    seconds_before: float
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a decision did to one timeline.

    Attributes:
        run_id: the run that matched again; empty when none did.
        why: why no run did.
        report: node id of the new report.
    """

    timeline: str
    run_id: str = ""
    why: str = ""
    report: str = ""
    gains: tuple[Gain, ...] = ()


def registry_entries(home: Home) -> list[Entry]:
    """Every name of the registry, the longest on screen first."""
    catalog = Catalog(home.media_out())
    registry = BrandRegistry(catalog.store)
    return entries_of(registry.found(), registry.decisions(), _readable(catalog))


def place_decisions(home: Home, decisions: Sequence[Decision], put_into: Collection[str]) -> list[Timeline]:
    """Store decisions and change the timelines they act in; returns those, changed or not.

    Interrupted anywhere, the same call goes on.

    Args:
        put_into: timelines that an accepted brand comes to, where it is not yet.
    Raises:
        BrandListError: a name stands for another brand of one of the lists; nothing was changed.
        UnknownTimeline: one of `put_into` does not exist.
    """
    home.check_stores()
    catalog = Catalog(home.media_out())

    def decided(timeline: Timeline) -> Timeline:
        return placed(timeline, decisions, home.profiles.load(timeline.profile).brands, put_into)

    concerned = _concerned(catalog, decisions, put_into)
    for timeline in concerned:
        decided(timeline)  # refuses a contradiction before anything is stored
    BrandRegistry(catalog.store).decide(decisions)
    changed = [catalog.change_timeline(one.id, lambda now: now and decided(now))[1] for one in concerned]
    return [timeline for timeline in changed if timeline is not None]


def match_again(
    home: Home,
    timeline: Timeline,
    decisions: Sequence[Decision],
    *,
    run: bool = True,
    executed: Callable[[Home, Launch], Finished] = execute,
) -> Outcome:
    """Run a timeline again from match_brands on, if what it matched was another list than it has now.

    Args:
        run: False leaves it to the next `mpr run`.
        executed: runs it.
    """
    catalog = Catalog(home.media_out())
    listed = timeline.brand_list(home.profiles.load(timeline.profile).brands) or ()
    head = catalog.head(timeline.id, "match_brands")
    if head is None:
        return Outcome(timeline.id, why=f"it was never run: mpr run {timeline.id}")
    if head.config.get("brands") == [brand.model_dump(mode="json") for brand in listed]:
        return Outcome(timeline.id, why="its list says the same as before")
    if chunks_of(head) != list(enumerate(chunk.digest for chunk in timeline.chunks)):
        return Outcome(
            timeline.id, why=f"its source video changed since it ran, all of it has to: mpr run {timeline.id}"
        )
    if not run:
        return Outcome(timeline.id, why=f"not run; the next run matches again: mpr run {timeline.id}")
    # A replay keeps the knobs of the branch that the timeline stands at; a plain run would go back to the profile's. It is about names
    # alone: a question that a budget now has room for waits for the next run.
    options = ReplayOptions(stage="match_brands", promote=True, brands=listed, asks=False)
    launch, _ = prepare_replay(home, timeline.id, options)
    before = _report(catalog, catalog.head(timeline.id, "compile_report"))
    node = executed(home, launch).nodes["compile_report"]
    names = {decision.key: decision.name for decision in decisions}
    gains = _gains(before, published_report(catalog.store, node), names)
    return Outcome(timeline.id, launch.run_id, report=node.id, gains=gains)


def _concerned(catalog: Catalog, decisions: Sequence[Decision], put_into: Collection[str]) -> list[Timeline]:
    """The timelines that a brand is to come to, and those that have one of the names on top of their list."""
    keys = {decision.key for decision in decisions}
    chosen = {name: catalog.timeline(name) for name in put_into}
    for timeline in _readable(catalog):
        if any(fold_key(brand.canonical_name) in keys for brand in timeline.added_brands):
            chosen[timeline.id] = timeline
    return [chosen[name] for name in sorted(chosen)]


def _readable(catalog: Catalog) -> Iterable[Timeline]:
    """Every timeline but those that cannot be read: one of them must not stop what is not about it."""
    for name in catalog.timelines():
        try:
            yield catalog.timeline(name)
        except FormatMismatch:
            continue


def _report(catalog: Catalog, node: Node | None) -> Report | None:
    """The report before; None when there was none or it was deleted."""
    try:
        return None if node is None else published_report(catalog.store, node)
    except InputError:
        return None


def _gains(before: Report | None, after: Report, names: dict[str, str]) -> tuple[Gain, ...]:
    """By brand, for those that are on screen in either report."""
    old = {} if before is None else {fold_key(b.brand): b for b in before.brands}
    new = {fold_key(b.brand): b for b in after.brands}
    gains = []
    for key, name in names.items():
        was, now = old.get(key), new.get(key)
        airings = (0 if was is None else was.airings, 0 if now is None else now.airings)
        seconds = (0.0 if was is None else was.seconds, 0.0 if now is None else now.seconds)
        if any(airings) or now is not None:
            gains.append(Gain(name if now is None else now.brand, *airings, *seconds))
    return tuple(gains)
