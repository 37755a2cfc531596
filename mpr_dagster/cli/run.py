"""`mpr run`: a timeline through the stages, with live progress and a summary."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import clock, many, speed_in_words

if TYPE_CHECKING:
    from mpr_core.report.model import Report
    from mpr_dagster.home import Home
    from mpr_dagster.launch import Finished, Launch


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


def run_and_summarise(
    home: Home,
    launch: Launch,
    *,
    quiet: bool = False,
    afterwards: Callable[[Finished], None] = lambda _finished: None,
) -> dict[str, Any]:
    """Run, show progress, print what was found, and return the outcome as a JSON document.

    Args:
        afterwards: prints more before the closing line.
    """
    from mpr_dagster.cli.live import RunView
    from mpr_dagster.launch import execute
    from mpr_dagster.reports import report_location

    began = time.monotonic()
    if not quiet:
        kind = "run" if launch.run_type == "initial" else launch.run_type
        say(f"{kind} {launch.run_id[:8]}: timeline {launch.timeline}, profile {launch.profile}")
    with RunView(home.events_path(launch.run_id), launch.stages, quiet=quiet):
        finished = execute(home, launch)
    wall_s = time.monotonic() - began
    reported = finished.nodes.get("compile_report")
    location = None if reported is None else report_location(home, reported)
    if not quiet:
        _summarise(home, launch, finished, location)
        afterwards(finished)
        _close(home, launch, finished, wall_s)
    return {
        "run_id": launch.run_id,
        "run_type": launch.run_type,
        "timeline": launch.timeline,
        "profile": launch.profile,
        "wall_s": round(wall_s, 3),
        "parts": {"computed": finished.parts_computed, "reused": finished.parts_reused},
        "stages": [
            {
                "name": stage,
                "status": node.status,
                "reason": node.reason,
                "node": node.id,
                "counts": node.counts,
                "compute_s": finished.compute_s.get(stage, 0.0),
            }
            for stage, node in finished.nodes.items()
        ],
        "report": location,
    }


def _summarise(home: Home, launch: Launch, finished: Finished, location: str | None) -> None:
    from mpr_dagster.reports import published_report

    if location is None:
        return
    node = finished.nodes["compile_report"]
    say("")
    print_brands(published_report(home.media_out(), node))
    if launch.moves_heads and (count := _undecided(home, launch.timeline)):
        say(f"{many(count, 'name')} on no list, to accept or reject: mpr brands list --state proposed")
    say(f"report: {location}", whole=True)
    which = "" if launch.moves_heads else f" --node {node.id}"
    say(f"look at it: mpr report {launch.timeline}{which} --open", whole=True)


def _undecided(home: Home, timeline: str) -> int:
    """How many names the timeline's report has that nobody decided about."""
    from mpr_core.brands.registry.registry import BrandRegistry
    from mpr_core.errors import FormatMismatch

    registry = BrandRegistry(home.media_out())
    try:
        found = registry.found_in(timeline)
        decided = {decision.key for decision in registry.decisions()}
    except FormatMismatch:  # the run has said so where it proposed
        return 0
    return 0 if found is None else sum(name.key not in decided for name in found.names)


def _close(home: Home, launch: Launch, finished: Finished, wall_s: float) -> None:
    """The last line: how long, and how much had to be computed."""
    from mpr_core.lineage.catalog import Catalog

    if not finished.parts_computed:
        say(f"done in {wall_s:.1f} s: nothing had to be computed")
        return
    speed = ""
    if "compile_report" in finished.nodes:
        length_s = float(Catalog(home.media_out()).timeline(launch.timeline).duration_s)
        speed = f" ({speed_in_words(length_s / wall_s)} real time)"
    say(
        f"done in {wall_s:.1f} s{speed}: {many(finished.parts_computed, 'part')} computed, {finished.parts_reused} reused"
    )


def print_brands(report: Report) -> None:
    """The brand table of a report, and what a reader must know of it."""
    found = [b for b in report.brands if b.airings]
    numbers = ("airings", "seconds", "share", "max area", "first", "last")
    rows = table("brand", *numbers, right=numbers)
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
        show(rows)
    elif report.brand_list:
        say(f"none of the {many(len(report.brand_list), 'brand')} on the list was found")
    else:
        say("no brand list was given: mpr ingest ... --brands FILE, or brands in the profile")
    for damaged in report.damaged:
        name = damaged.chunk_key.rsplit("/", 1)[-1]
        say(f"damaged: {name} from {clock(damaged.start_s)} on, not used: {damaged.reason}", style="yellow")
    if not found and report.unlisted_texts:
        texts = ", ".join(t.text for t in report.unlisted_texts[:8])
        say(f"legible text that is on no list: {texts}")


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
