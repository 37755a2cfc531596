"""`mpr report`: the report of a timeline as a table, JSON, CSV, or in the browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import say, show, table
from mpr_dagster.wording import clock, found_in_words

if TYPE_CHECKING:
    from mpr_core.lineage.node import Node
    from mpr_core.report.model import Report
    from mpr_dagster.home import Home


def report_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    node_text: Annotated[
        str, typer.Option("--node", metavar="NODE", help="A node's id or label, instead of the head.")
    ] = "head",
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the airings as CSV.")] = False,
    show_page: Annotated[bool, typer.Option("--open", help="Open report.html in the browser.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link to report.html that opens for an hour without keys.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Copy the report's files there.")
    ] = None,
) -> None:
    """Show when each brand was on screen."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.references import HEAD
    from mpr_core.report.model import load_report
    from mpr_core.report.tables import airings_table, csv_text
    from mpr_dagster.cli.run import print_brands
    from mpr_dagster.home import Home
    from mpr_dagster.reports import copy_report, head_node, local_report, report_file, report_node

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    if link and (as_json or as_csv):
        raise typer.BadParameter("--link goes with neither --json nor --csv")
    home = Home()
    catalog = Catalog(home.media_out())
    node = head_node(catalog, timeline) if node_text == HEAD else report_node(catalog, timeline, node_text)
    text = report_file(catalog.store, node, "report.json").decode()
    if out is not None:
        copy_report(catalog.store, node, out)
    if as_json:
        print(text, end="")
        return
    report = load_report(text)
    if as_csv:
        print(csv_text(airings_table(report)), end="")
        return
    print_brands(report)
    _print_airings(report)
    for stage in report.stages:
        if stage.status != "done":
            words = found_in_words(stage.status, stage.reason, stage.counts)
            say(f"{stage.name} {stage.status}: {words}", style="dim")
    _print_place(home, node, out, link=link)
    if show_page:
        open_page(local_report(home, node))


def _print_place(home: Home, node: Node, out: Path | None, *, link: bool) -> None:
    from mpr_dagster.reports import report_link, report_location

    say(f"report: {report_location(home, node) if out is None else out / 'report.html'}", whole=True)
    if link:
        say(f"link: {report_link(home.media_out(), node)}", whole=True)


def open_page(page: Path) -> None:
    """Show a file in the browser, or say that there is none."""
    if not webbrowser.open(page.as_uri()):
        say(f"no browser was found here; open it yourself: {page.as_uri()}", whole=True)


def _print_airings(report: Report) -> None:
    rows = table(
        "start",
        "end",
        "brand",
        "score",
        "decided by",
        "text read",
        right=("start", "end", "score"),
        whole=("decided by",),
    )
    for airing in report.airings:
        times = clock(airing.start_s), clock(airing.end_s)
        rows.add_row(*times, airing.brand, f"{airing.score:.0f}", airing.decided_by, airing.text)
    if report.airings:
        say("")
        show(rows)
