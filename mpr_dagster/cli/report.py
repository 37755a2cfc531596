"""`mpr report`: the report of a timeline as a table, JSON, CSV, or in the browser."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from mpr_dagster.cli.screen import clock, console, table


def report_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the airings as CSV.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open report.html in the browser.")] = False,
) -> None:
    """Show when each brand was on screen."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.report.model import load_report
    from mpr_core.report.tables import airings_table, csv_text
    from mpr_dagster.cli.run import print_brands
    from mpr_dagster.home import Home
    from mpr_dagster.reports import head_node, local_report, report_file, report_location

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    home = Home()
    catalog = Catalog(home.media_out())
    node = head_node(catalog, timeline)
    text = report_file(catalog, node, "report.json").decode()
    if as_json:
        print(text, end="")
        return
    report = load_report(text)
    if as_csv:
        print(csv_text(airings_table(report)), end="")
        return
    print_brands(report)
    rows = table("start", "end", "brand", "score", "decided by", "text read", right=("start", "end", "score"))
    for airing in report.airings:
        rows.add_row(
            clock(airing.start_s),
            clock(airing.end_s),
            airing.brand,
            f"{airing.score:.0f}",
            airing.decided_by,
            airing.text,
        )
    if report.airings:
        console.print()
        console.print(rows, markup=False)
    for stage in report.stages:
        if stage.status != "done":
            console.print(f"{stage.name}: {stage.status}, {stage.reason}", style="dim")
    console.print(f"report: {report_location(home, node)}", soft_wrap=True)
    if show:
        webbrowser.open(local_report(home, node).as_uri())
