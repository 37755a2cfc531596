"""`mpr brands accept|reject|merge|import`: decisions about names, and the runs that match again because of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table

if TYPE_CHECKING:
    from mpr_core.brands.brand_list import Brand
    from mpr_core.brands.registry.entries import Entry
    from mpr_core.brands.registry.records import Decision
    from mpr_dagster.brand_decisions import Outcome
    from mpr_dagster.home import Home
    from mpr_dagster.launch import Finished, Launch

DECIDED_FORMAT = "mpr.brands-decided/1"

_Timelines = Annotated[
    list[str] | None,
    typer.Option("--timeline", metavar="ID", help="Where it acts (default: where it was found); may be repeated."),
]
_All = Annotated[bool, typer.Option("--all", help="It acts in every timeline that there is.")]
_Run = Annotated[bool, typer.Option("--run/--no-run", help="Whether those timelines are matched again now.")]
_Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


def accept_command(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names as `mpr brands list` shows them.")],
    called: Annotated[
        str | None, typer.Option("--as", metavar="BRAND", help="What reports call it (default: as it was read).")
    ] = None,
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="NAME", help="One more name for it; may be repeated.")
    ] = None,
    timeline: _Timelines = None,
    everywhere: _All = False,
    run: _Run = True,
    as_json: _Json = False,
) -> None:
    """Make names brands of the timelines in which they were found, and match those again; nothing before matching runs."""
    from mpr_core.brands.registry.decide import accept

    if len(names) > 1 and (called is not None or alias):
        raise typer.BadParameter("--as and --alias are for one name")
    session = _Session(timeline, everywhere)
    for name in names:
        entry = session.find(name)
        made = accept(session.entries, entry, session.now, name=called, aliases=alias or ())
        session.decided(made, _found_in(entry))
    session.apply(run=run, as_json=as_json)


def reject_command(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names as `mpr brands list` shows them.")],
    run: _Run = True,
    as_json: _Json = False,
) -> None:
    """Say that names are no brands: they are not proposed again, and what had been accepted is taken back."""
    from mpr_core.brands.registry.decide import reject

    session = _Session()
    for name in names:
        session.decided(reject(session.entries, session.find(name), session.now))
    session.apply(run=run, as_json=as_json)


def merge_command(
    name: Annotated[str, typer.Argument(help="The name, as `mpr brands list` shows it.")],
    into: Annotated[str, typer.Option("--into", metavar="BRAND", help="The brand whose alias it becomes.")],
    timeline: _Timelines = None,
    everywhere: _All = False,
    run: _Run = True,
    as_json: _Json = False,
) -> None:
    """Make a name an alias of a brand: an accepted one, or one of the list of a timeline in which the name was found."""
    from mpr_core.brands.registry.decide import merge

    session = _Session(timeline, everywhere)
    entry = session.find(name)
    target = session.target(into, entry)
    session.decided(merge(session.entries, entry, target, session.now), (*_found_in(entry), *entry.acts_in))
    session.apply(run=run, as_json=as_json)


def import_command(
    file: Annotated[Path, typer.Argument(help="Brand list, YAML or JSON.")],
    timeline: _Timelines = None,
    everywhere: _All = False,
    run: _Run = True,
    as_json: _Json = False,
) -> None:
    """Accept the brands of a file, whether a run found them or not."""
    from mpr_core.brands.brand_list import load_brand_file
    from mpr_core.brands.registry.decide import accept_all

    session = _Session(timeline, everywhere)
    found = load_brand_file(file)
    keys = {name for brand in found for name in _folded(brand)}
    seen = {place for entry in session.entries if entry.key in keys for place in _found_in(entry)}
    session.decided(accept_all(session.entries, found, session.now), tuple(seen))
    session.apply(run=run, as_json=as_json)


class _Session:
    """The registry as one command finds it, and the decisions that the command makes."""

    def __init__(self, timelines: Sequence[str] | None = None, everywhere: bool = False) -> None:
        from mpr_core.lineage.catalog import Catalog
        from mpr_dagster.brand_decisions import registry_entries
        from mpr_dagster.home import Home

        if timelines and everywhere:
            raise typer.BadParameter("--all and --timeline exclude each other")
        self.home: Home = Home()
        self.now = datetime.now(UTC)
        self.entries: list[Entry] = registry_entries(self.home)
        self._catalog = Catalog(self.home.media_out())
        self._chosen = (
            self._catalog.timelines() if everywhere else [self._catalog.timeline(t).id for t in timelines or ()]
        )
        self._decisions: dict[str, Decision] = {}
        self._put_into: set[str] = set(self._chosen)

    def find(self, name: str) -> Entry:
        from mpr_core.brands.registry.entries import find_entry

        return find_entry(self.entries, name)

    def target(self, name: str, entry: Entry) -> Entry | Brand:
        """What a name is merged into: a name of the registry, else a brand that a list of its timelines has."""
        from mpr_core.brands.joined_lists import owner_of
        from mpr_core.brands.normalise import fold_key

        if any(known.key == fold_key(name) for known in self.entries):
            return self.find(name)
        for timeline_id in self._chosen or _found_in(entry):
            timeline = self._catalog.timeline(timeline_id)
            listed = timeline.brand_list(self.home.profiles.load(timeline.profile).brands) or ()
            if (owner := owner_of(listed, name)) is not None:
                return owner
        return self.find(name)

    def decided(self, made: Sequence[Decision], found_in: Sequence[str] = ()) -> None:
        """Take decisions up; later ones of this command see them."""
        from dataclasses import replace

        from mpr_core.brands.registry.entries import Entry

        known = {entry.key: entry for entry in self.entries}
        for decision in made:
            self._decisions[decision.key] = decision
            before = known.get(decision.key) or Entry(decision.name, decision.state, decision.sources, ())
            known[decision.key] = replace(before, name=decision.name, state=decision.state, decision=decision)
        self.entries = list(known.values())
        if not self._chosen:
            self._put_into |= {name for name in found_in if self._catalog.has(name)}

    def apply(self, *, run: bool, as_json: bool) -> None:
        """Store the decisions, match again where they act, and say what that brought."""
        from mpr_dagster.brand_decisions import match_again, place_decisions

        decisions = list(self._decisions.values())
        timelines = place_decisions(self.home, decisions, self._put_into)
        if not as_json:
            _say_decisions(decisions)
        executed = _executed_quietly if as_json else _executed
        outcomes = [match_again(self.home, t, decisions, run=run, executed=executed) for t in timelines]
        if as_json:
            print_json(_document(decisions, outcomes))
        else:
            _say_outcomes(decisions, outcomes)


def _found_in(entry: Entry) -> tuple[str, ...]:
    """The timelines in which a name was read or answered."""
    return tuple(sight.timeline for sight in entry.sights if sight.found.sources)


def _folded(brand: Brand) -> list[str]:
    from mpr_core.brands.normalise import fold_key

    return [fold_key(name) for name in brand.names]


def _say_decisions(decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        also = f", also as {', '.join(decision.brand.aliases)}" if decision.brand.aliases else ""
        into = f" into {decision.into}" if decision.into else ""
        say(f"{decision.name}: {decision.state}{into}{also}")


def _executed(home: Home, launch: Launch, *, quiet: bool = False) -> Finished:
    """Run it, with live progress."""
    from mpr_dagster.cli.live import RunView
    from mpr_dagster.launch import execute

    if not quiet:
        say(f"run {launch.run_id[:8]}: timeline {launch.timeline}, {launch.stages[0]} and what comes after it")
    with RunView(home.events_path(launch.run_id), launch.stages, quiet=quiet):
        return execute(home, launch)


_executed_quietly = partial(_executed, quiet=True)


def _say_outcomes(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> None:
    """What each timeline gained, or why it was not matched again."""
    gained = [(outcome.timeline, gain) for outcome in outcomes for gain in outcome.gains]
    if gained:
        rows = table("timeline", "brand", "airings", "seconds", right=("airings", "seconds"))
        for timeline, gain in gained:
            airings = f"{gain.airings_before} -> {gain.airings}"
            rows.add_row(timeline, gain.brand, airings, f"{gain.seconds_before:.1f} -> {gain.seconds:.1f}")
        show(rows)
    for outcome in outcomes:
        if outcome.why:
            say(f"{outcome.timeline}: {outcome.why}", whole=True)
        elif outcome.report:
            say(f"look at it: mpr report {outcome.timeline} --open", whole=True)
    if not outcomes and any(decision.state == "accepted" for decision in decisions):
        say("it acts in no timeline yet: mpr brands accept NAME --timeline ID", whole=True)


def _document(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "format": DECIDED_FORMAT,
        "decisions": [
            {
                "name": decision.name,
                "state": decision.state,
                "into": decision.into,
                "aliases": list(decision.brand.aliases),
                "sources": list(decision.sources),
            }
            for decision in decisions
        ],
        "timelines": [asdict(outcome) for outcome in outcomes],
    }
