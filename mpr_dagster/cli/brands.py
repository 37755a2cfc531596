"""`mpr brands`: the names of the registry, and brand files. Deciding about names: `brand_decisions`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli import brand_decisions
from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import clock, many

if TYPE_CHECKING:
    from mpr_core.brands.registry.entries import Entry, Sight
    from mpr_core.store.object_store import ObjectStore

app = typer.Typer(
    help="Names that runs found and no list had, and brand files.", no_args_is_help=True, rich_markup_mode=None
)
app.command("accept")(brand_decisions.accept_command)
app.command("reject")(brand_decisions.reject_command)
app.command("merge")(brand_decisions.merge_command)
app.command("import")(brand_decisions.import_command)

LIST_FORMAT = "mpr.brand-registry/1"


class StateName(StrEnum):
    """What `--state` may be."""

    proposed = "proposed"
    accepted = "accepted"
    rejected = "rejected"
    merged = "merged"


class Order(StrEnum):
    """What `--sort` may be; numbers stand with the largest first."""

    seconds = "seconds"
    airings = "airings"
    name = "name"


@app.callback()
def brands() -> None:
    """Names that runs found and no list had, and brand files."""


@app.command("list")
def list_command(
    state: Annotated[StateName | None, typer.Option(help="Only names in this state.")] = None,
    sort: Annotated[Order, typer.Option(help="What the names are ordered by.")] = Order.seconds,
    evidence: Annotated[bool, typer.Option("--evidence", help="Also where the best crop of each name is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the names that were found, how long they were on screen, and what was decided about them."""
    from mpr_dagster.brand_decisions import registry_entries
    from mpr_dagster.home import Home

    home = Home()
    entries = [entry for entry in registry_entries(home) if state is None or entry.state == state.value]
    if sort is Order.name:
        entries.sort(key=lambda entry: entry.key)
    elif sort is Order.airings:
        entries.sort(key=lambda entry: (-entry.airings, -entry.seconds, entry.key))
    store = home.media_out()
    if as_json:
        print_json({"format": LIST_FORMAT, "names": [_document(entry) for entry in entries]})
        return
    if not entries:
        say("no names yet: a run proposes what it reads and no list has" if state is None else f"no name is {state}")
        return
    rows = table("name", "state", "seconds", "airings", "in", "source", right=("seconds", "airings", "in"))
    for entry in entries:
        timelines = len({sight.timeline for sight in entry.sights})
        seconds = f"{entry.seconds:.1f}"
        rows.add_row(entry.name, _state(entry), seconds, str(entry.airings), str(timelines), ", ".join(entry.sources))
    show(rows)
    if evidence:
        say("")
        for entry in entries:
            say(f"{entry.name}: {_place(entry.evidence, store) or 'no crop'}", whole=True)
    if any(entry.state == "proposed" for entry in entries):
        say("\nmpr brands accept NAME... | reject NAME... | merge NAME --into BRAND", style="dim", whole=True)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="The name, in whatever case and spacing.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show where one name was seen, its evidence, and its history."""
    from mpr_core.brands.registry.entries import find_entry
    from mpr_dagster.brand_decisions import registry_entries
    from mpr_dagster.home import Home

    home = Home()
    entry = find_entry(registry_entries(home), name)
    store = home.media_out()
    if as_json:
        print_json({"format": LIST_FORMAT, **_document(entry)})
        return
    say(f"{entry.name}: {_state(entry)}, {entry.seconds:.1f} s on screen in {many(entry.airings, 'airing')}")
    decided = entry.decision
    if decided is not None and decided.brand.aliases:
        say(f"also: {', '.join(decided.brand.aliases)}")
    if decided is not None and decided.state == "accepted":
        say(f"on top of the list of {', '.join(entry.acts_in)}" if entry.acts_in else "on top of no timeline's list")
    if entry.sights:
        say("")
        numbers = ("seconds", "airings", "first", "last", "score")
        rows = table("timeline", "read as", "source", *numbers, right=numbers)
        for sight in entry.sights:
            rows.add_row(*_seen(sight))
        show(rows)
    for sight in entry.sights:
        if place := _place(sight, store):
            say(f"{sight.timeline}: {place}", whole=True)
    for change in () if decided is None else decided.history:
        told = (
            f" into {change.into}"
            if change.into
            else f" by {change.source}, run {change.run_id[:8]}" * bool(change.run_id)
        )
        say(f"{change.at:%Y-%m-%d %H:%M}  {change.state}{told}", style="dim")


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="Where to: YAML, or JSON for a name that ends in .json.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the accepted brands as a brand file."""
    from mpr_core.brands.registry.brand_files import accepted_brands, write_brand_file
    from mpr_core.brands.registry.registry import BrandRegistry
    from mpr_dagster.home import Home

    found = accepted_brands(BrandRegistry(Home().media_out()).decisions())
    write_brand_file(found, file)
    if as_json:
        print_json({"path": str(file), "brands": [brand.model_dump(mode="json") for brand in found]})
    else:
        say(f"{file}: {many(len(found), 'brand')}", whole=True)


@app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(help="Brand list, YAML or JSON.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a brand list: errors stop it, advice does not."""
    from mpr_core.brands.brand_list import check_brand_list, load_brand_file

    found = load_brand_file(file)
    advice = check_brand_list(found)
    if as_json:
        print_json({"brands": [b.model_dump(mode="json") for b in found], "advice": advice})
        return
    say(f"{file}: {many(len(found), 'brand')}, no mistakes" + (", but:" if advice else ""), whole=True)
    for line in advice:
        say(f"- {line}")


def _state(entry: Entry) -> str:
    into = None if entry.decision is None else entry.decision.into
    return f"merged into {into}" if into else entry.state


def _seen(sight: Sight) -> list[str]:
    found = sight.found
    times = [clock(found.first_s), clock(found.last_s)]
    source = ", ".join(found.sources) or "matched"
    return [
        sight.timeline,
        found.name,
        source,
        f"{found.seconds:.1f}",
        str(found.airings),
        *times,
        f"{found.score:.0f}",
    ]


def _place(sight: Sight | None, store: ObjectStore) -> str:
    """Where the crop of a sight can be opened; empty when there is none, or it was deleted."""
    key = None if sight is None else sight.found.crop_key
    if key is None or not store.exists(key):
        return ""
    return store.link(key) or store.named(key)


def _document(entry: Entry) -> dict[str, Any]:
    """An entry as JSON. Crops are named by their keys: a signed link belongs on a screen alone."""
    decided = entry.decision
    return {
        "name": entry.name,
        "state": entry.state,
        "into": None if decided is None else decided.into,
        "aliases": [] if decided is None else list(decided.brand.aliases),
        "sources": list(entry.sources),
        "seconds": entry.seconds,
        "airings": entry.airings,
        "acts_in": list(entry.acts_in),
        "seen": [
            {"timeline": sight.timeline, "run_id": sight.run_id, **sight.found.model_dump(mode="json")}
            for sight in entry.sights
        ],
        "history": [] if decided is None else [change.model_dump(mode="json") for change in decided.history],
    }
