"""`mpr run`: a timeline through the stages, with live progress and a summary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import clock, console, print_json, table

if TYPE_CHECKING:
    from mpr_core.report.model import Report
    from mpr_dagster.home import Home
    from mpr_dagster.launch import Launch


def run_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    profile: Annotated[str | None, typer.Option(help="Profile (default: the timeline's).")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="STAGE.FIELD=VALUE", help="Change one knob; may be repeated.")
    ] = None,
    stages: Annotated[str, typer.Option(metavar="A,B", help="Only these stages.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a timeline with damaged chunks.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Materialize the stages of a timeline through Dagster; what is there already is not computed again."""
    from mpr_dagster.home import Home
    from mpr_dagster.launch import prepare

    home = Home()
    launch = prepare(home, timeline, profile, settings or [], [s.strip() for s in stages.split(",") if s.strip()])
    if strict:
        _refuse_damaged(home, timeline)
    outcome = run_and_summarise(home, launch, quiet=as_json)
    if as_json:
        print_json(outcome)


def run_and_summarise(home: Home, launch: Launch, *, quiet: bool = False) -> dict[str, Any]:
    """Run, show progress, print what was found, and return the outcome as a JSON document."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.cli.live import RunView
    from mpr_dagster.launch import execute
    from mpr_dagster.reports import head_report, report_location

    began = time.monotonic()
    if not quiet:
        console.print(f"run {launch.run_id[:8]}: timeline [bold]{launch.timeline}[/], profile {launch.profile}")
    with RunView(home.events_path(launch.run_id), launch.stages, quiet=quiet):
        finished = execute(home, launch)
    wall = time.monotonic() - began
    nodes = finished.nodes
    reported = nodes.get("compile_report")
    location = None if reported is None else report_location(home, reported)
    if not quiet:
        report = None if reported is None else head_report(Catalog(home.media_out()), launch.timeline)
        if report is not None:
            print_brands(report)
            console.print(f"report: {location}", soft_wrap=True)
        speed = (
            f" ({report.duration_s / wall:.1f}x real time)" if report is not None and finished.parts_computed else ""
        )
        console.print(
            f"done in {wall:.1f} s{speed}: {finished.parts_computed} parts computed, {finished.parts_reused} reused"
        )
    return {
        "run_id": launch.run_id,
        "timeline": launch.timeline,
        "profile": launch.profile,
        "wall_s": round(wall, 3),
        "parts": {"computed": finished.parts_computed, "reused": finished.parts_reused},
        "stages": [
            {"name": s, "status": n.status, "reason": n.reason, "node": n.id, "counts": n.counts}
            for s, n in nodes.items()
        ],
        "report": location,
    }


def print_brands(report: Report) -> None:
    """The brand table of a report, and what a reader must know of it."""
    found = [b for b in report.brands if b.airings]
    rows = table(
        "brand",
        "airings",
        "seconds",
        "share",
        "max area",
        "first",
        "last",
        right=("airings", "seconds", "share", "max area"),
    )
    for brand in found:
        rows.add_row(
            brand.brand,
            str(brand.airings),
            f"{brand.seconds:.1f}",
            f"{brand.share_of_timeline_ratio:.1%}",
            f"{brand.max_area_ratio:.2%}",
            clock(brand.first_s or 0),
            clock(brand.last_s or 0),
        )
    if found:
        console.print(rows)
    elif report.brand_list:
        console.print(f"no brand of the list ({len(report.brand_list)} names) was found")
    else:
        console.print("no brand list was given: mpr ingest ... --brands FILE, or brands in the profile")
    for damaged in report.damaged:
        console.print(f"[yellow]damaged[/]: {damaged.chunk_key} from {clock(damaged.start_s)} on: {damaged.reason}")
    if not found and report.unlisted_texts:
        texts = ", ".join(t.text for t in report.unlisted_texts[:8])
        console.print("legible text that is on no list: ", end="")
        console.print(texts, markup=False)


def _refuse_damaged(home: Home, timeline: str) -> None:
    from mpr_core.errors import MediaRefused
    from mpr_core.lineage.catalog import Catalog

    for chunk in Catalog(home.media_out()).timeline(timeline).chunks:
        if chunk.probe.damaged_from_s is not None:
            raise MediaRefused(
                "the timeline has a damaged chunk",
                where=chunk.key,
                why=f"from {float(chunk.probe.damaged_from_s):.3f} s on: {chunk.probe.damage_reason}",
                remedy="leave out --strict to use it up to the damage",
            )
