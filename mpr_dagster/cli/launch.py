"""`mpr launch`: runs for the instance's queue. What computes them is where the daemon is, not this command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import print_json, say
from mpr_dagster.wording import many

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.submission import Submitted


def launch_command(
    timelines: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids of timelines.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every timeline that there is.")] = False,
    profile: Annotated[str | None, typer.Option(help="Profile (default: each timeline's).")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="STAGE.FIELD=VALUE", help="Change one knob; may be repeated.")
    ] = None,
    stages: Annotated[str, typer.Option(metavar="A,B", help="Only these stages.")] = "",
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Whether the new nodes become the heads.")
    ] = True,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", metavar="FILE", help="Where the code location is.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was launched as JSON.")] = False,
) -> None:
    """Check, then put runs into the queue; a daemon starts them. Several timelines are one backfill."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home, shipped_file
    from mpr_dagster.instance import open_instance
    from mpr_dagster.launch import prepare
    from mpr_dagster.run_tags import PROMOTE_TAG
    from mpr_dagster.submission import check_inputs, submit

    home = Home()
    catalog = Catalog(home.media_out())
    wanted = [s.strip() for s in stages.split(",") if s.strip()]
    launches = [
        prepare(home, timeline, profile, settings or [], wanted)
        for timeline in _chosen(catalog, timelines or [], everything)
    ]
    if not promote:
        launches = [replace(launch, tags=launch.tags | {PROMOTE_TAG: "false"}) for launch in launches]
    with open_instance(home) as instance:
        for launch in launches:
            check_inputs(instance, catalog, launch)
        submitted = submit(instance, launches, workspace or shipped_file("workspace.yaml"))
    if as_json:
        print_json(_document(submitted))
    else:
        _say(submitted)


def _chosen(catalog: Catalog, given: list[str], everything: bool) -> list[str]:
    """Each timeline once, in the order given."""
    from mpr_core.errors import InputError

    if everything and given:
        raise typer.BadParameter("--all and ids exclude each other")
    if not everything and not given:
        raise typer.BadParameter("name a timeline, or --all")
    found = catalog.timelines() if everything else list(dict.fromkeys(given))
    if not found:
        raise InputError(
            "nothing to launch", where="--all", why="no timelines yet", remedy="mpr ingest VIDEO --timeline ID"
        )
    return list(found)


def _say(submitted: Submitted) -> None:
    for launch in submitted.launches:
        say(f"queued {launch.run_id}: timeline {launch.timeline}, profile {launch.profile}", whole=True)
    for backfill in submitted.backfills:
        say(f"backfill {backfill}: stop or follow it in the UI", whole=True)
    short = submitted.launches[0].run_id[:8]
    say(f"follow it: mpr events {short} --follow    where it is: mpr status {short}", whole=True)
    if not submitted.daemon_lives:
        runs = many(len(submitted.launches), "run")
        say(f"no daemon is alive: {runs} will wait until one is: make ui, or dagster-daemon run", style="yellow")


def _document(submitted: Submitted) -> dict[str, object]:
    return {
        "runs": [
            {
                "run_id": launch.run_id,
                "timeline": launch.timeline,
                "profile": launch.profile,
                "stages": list(launch.stages),
            }
            for launch in submitted.launches
        ],
        "backfills": list(submitted.backfills),
        "daemon_lives": submitted.daemon_lives,
    }
