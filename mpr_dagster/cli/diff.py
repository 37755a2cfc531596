"""`mpr diff`: what two nodes of a timeline differ in: how they were made, airings, brand totals; for other stages their rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import console, print_json, say, show, table
from mpr_dagster.wording import clock, many

if TYPE_CHECKING:
    from rich.text import Text

    from mpr_core.compare.model import AiringChange, BrandChange, Diff, TableDiff

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_ROWS_SHOWN = 40
_NARROW_COLUMNS = 120
_LEAST_COLUMNS = 72  # with fewer, a table has no room for names


def diff_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    a: Annotated[
        str, typer.Argument(metavar="A", help="A node: its id or the beginning of it, a label, head, or a stage.")
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The node to hold against it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON (docs/diff.schema.json).")] = False,
    as_html: Annotated[
        bool, typer.Option("--html", help="Write a page below MPR_HOME/reports and print where.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the page to this file.")
    ] = None,
) -> None:
    """Show what two nodes differ in: airings gained, lost and moved, and why; for other stages boxes, crops, texts."""
    from mpr_core.compare.diff import diff_nodes
    from mpr_core.compare.resolve import find_pair
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.diff_page import write_page
    from mpr_dagster.home import Home

    page = as_html or output is not None
    if as_json and page:
        raise typer.BadParameter("--json and --html exclude each other")
    home = Home()
    catalog = Catalog(home.media_out())
    diff = diff_nodes(catalog, *find_pair(catalog, timeline, a, b))
    if as_json:
        print_json(diff.model_dump(mode="json"))
    elif page:
        say(str(write_page(home, diff, output)), whole=True)
    else:
        print_diff(diff)


def print_diff(diff: Diff) -> None:
    """A difference as text: how the sides were made, what changed, brand totals, and one closing line."""
    from mpr_core.compare.summary import closing_line

    say(f"{diff.timeline}: {diff.a.stage} {diff.a.node} (A), {diff.b.node} (B)")
    if not diff.same_node:
        _print_lineage(diff)
        _print_airings(diff.airings)
        _print_brands(diff.brands)
        for found in diff.tables:
            _print_rows(found)
        say("")
    say(closing_line(diff))


def _print_lineage(diff: Diff) -> None:
    from mpr_core.compare.lineage_diff import edit_in_words, in_words

    if diff.a.profile != diff.b.profile:
        say(f"profile {diff.a.profile} -> {diff.b.profile}", whole=True)
    for change in diff.lineage.changes:
        say(in_words(change), whole=True)
    for edit in diff.lineage.brands:
        say(edit_in_words(edit))
    if not diff.lineage.changes and not diff.lineage.brands:
        say("no knob, model or brand list differs")


def _print_airings(changes: tuple[AiringChange, ...]) -> None:
    from rich.text import Text

    from mpr_core.compare.wording import airing_in_words, sign_of

    if not changes:
        return
    if console().width < _LEAST_COLUMNS:
        for change in changes:
            sign = sign_of(change.kind)
            times = f"{clock(change.start_s)} to {clock(change.end_s)}"
            head = Text(f"{sign} {change.brand}", style=_COLOURS[sign])
            _print_entry(head, times, airing_in_words(change), change.why)
        return
    narrow = console().width < _NARROW_COLUMNS
    columns = ("what changed and why",) if narrow else ("what changed", "why")
    rows = table("", "brand", "start", "end", *columns, right=("start", "end"), whole=("",))
    for change in changes:
        sign = Text(sign_of(change.kind), style=_COLOURS[sign_of(change.kind)])
        times = clock(change.start_s), clock(change.end_s)
        said = (airing_in_words(change), change.why)
        rows.add_row(sign, change.brand, *times, *(["\n".join(filter(None, said))] if narrow else said))
    say("")
    show(rows)


def _print_brands(brands: tuple[BrandChange, ...]) -> None:
    from rich.text import Text

    differ = [brand for brand in brands if brand.differs]
    if not differ:
        return
    numbers = ("airings", "seconds", "change", "share")
    rows = table("brand", *numbers, right=numbers)
    for brand in differ:
        figures = _figures(brand)
        rows.add_row(brand.brand, *figures)
        if console().width < _LEAST_COLUMNS:
            _print_entry(Text(brand.brand), *(f"{n} {f}" for n, f in zip(numbers, figures, strict=True) if f))
    say("")
    if console().width >= _LEAST_COLUMNS:
        show(rows)
    same = sum(1 for brand in brands if not brand.differs and brand.a.airings)
    if same:
        say(f"{many(same, 'other brand')} the same", style="dim")


def _print_entry(head: Text, *lines: str) -> None:
    """What a row would say, as a paragraph for a small screen."""
    from rich.padding import Padding
    from rich.text import Text

    say("")
    show(head)
    for line in filter(None, lines):
        show(Padding(Text(line), (0, 0, 0, 2)))


def _figures(brand: BrandChange) -> tuple[str, str, str, str]:
    a, b = brand.a, brand.b
    airings = str(a.airings) if a.airings == b.airings else f"{a.airings} -> {b.airings}"
    seconds = f"{a.seconds:.1f}" if a.seconds == b.seconds else f"{a.seconds:.1f} -> {b.seconds:.1f}"
    change = f"{brand.seconds_delta:+.1f}" if brand.seconds_delta else ""
    return airings, seconds, change, _shares(brand)


def _shares(brand: BrandChange) -> str:
    before, after = f"{brand.a.share_of_timeline_ratio:.1%}", f"{brand.b.share_of_timeline_ratio:.1%}"
    if brand.a.listed != brand.b.listed and not brand.a.airings and not brand.b.airings:
        return "now on the list" if brand.b.listed else "off the list"
    return before if before == after else f"{before} -> {after}"


def _print_rows(found: TableDiff) -> None:
    from rich.text import Text

    from mpr_core.compare.wording import row_in_words, sign_of

    if not found.rows:
        return
    rows = table("", "at", found.table, right=("at",), whole=("",))
    for row in found.rows[:_ROWS_SHOWN]:
        sign = sign_of(row.kind)
        rows.add_row(Text(sign, style=_COLOURS[sign]), clock(row.at_s), row_in_words(row))
    say("")
    show(rows)
    more = found.changed + found.gained + found.lost - min(_ROWS_SHOWN, len(found.rows))
    if more:
        say(f"{more} more; --json lists {'all' if not found.left_out else f'the first {len(found.rows)}'}", style="dim")
