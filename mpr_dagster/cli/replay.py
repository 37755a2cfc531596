"""`mpr replay` and `mpr retry`: a stage again with another knob; the rest of a run that did not finish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import print_json, say

if TYPE_CHECKING:
    from mpr_core.lineage.node import Node
    from mpr_dagster.home import Home
    from mpr_dagster.launch import Finished, Launch

_Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="STAGE.FIELD=VALUE", help="Change one knob; may be repeated.")
]


def replay_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    stage: Annotated[str, typer.Option("--stage", help="First stage that runs again.")],
    settings: _Settings = None,
    origin: Annotated[
        str | None, typer.Option("--from", metavar="NODE", help="Start from this node's inputs (default: the heads).")
    ] = None,
    only: Annotated[bool, typer.Option("--only/--downstream", help="Stop after the stage.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Make the new nodes the heads.")] = False,
    label: Annotated[str | None, typer.Option("--label", metavar="NAME", help="Name the last new node.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="Take every knob from this profile, not from the branch it starts from.")
    ] = None,
    brands: Annotated[Path | None, typer.Option(help="Another brand list, for this replay alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Run a stage again, and what comes after it, as a branch beside the heads; everything before it is taken as it is."""
    from mpr_core.brands.brand_list import load_brand_file
    from mpr_dagster.cli.run import run_and_summarise
    from mpr_dagster.home import Home
    from mpr_dagster.replay import ReplayOptions, prepare_replay

    home = Home()
    options = ReplayOptions(
        stage=stage,
        settings=settings or (),
        origin=origin,
        only=only,
        promote=promote,
        label=label,
        profile=profile,
        brands=load_brand_file(brands) if brands is not None else None,
    )
    launch, started_from = prepare_replay(home, timeline, options)
    before = _report_before(home, timeline, started_from)
    outcome = run_and_summarise(
        home, launch, quiet=as_json, afterwards=lambda finished: _what_changed(home, launch, finished, before)
    )
    if as_json:
        print_json(outcome | {"pins": _pins(launch), "promoted": promote, "label": label})


def retry_command(
    run: Annotated[str, typer.Argument(help="Id of the run, or the beginning of it.")],
    settings: _Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Go on with a failed or cancelled run where it stopped; finished stages and segments are kept."""
    from mpr_dagster.cli.run import run_and_summarise
    from mpr_dagster.home import Home
    from mpr_dagster.retry import prepare_retry

    home = Home()
    launch = prepare_retry(home, run, settings or ())
    outcome = run_and_summarise(home, launch, quiet=as_json)
    if as_json:
        print_json(outcome | {"pins": _pins(launch)})


def _pins(launch: Launch) -> dict[str, str]:
    from mpr_dagster.run_tags import pins_of

    return pins_of(launch.tags)


def _report_before(home: Home, timeline: str, started_from: Node | None) -> Node | None:
    """The report that the new one is held against: that of the branch it starts from, else the head's."""
    from mpr_core.lineage.catalog import Catalog

    if started_from is not None and started_from.stage == "compile_report":
        return started_from
    return Catalog(home.media_out()).head(timeline, "compile_report")


def _what_changed(home: Home, launch: Launch, finished: Finished, before: Node | None) -> None:
    """Where the new nodes are, and how to go on from them."""
    from mpr_core.lineage.catalog import Catalog

    last = finished.nodes[launch.stages[-1]]
    if launch.moves_heads:
        said = ""
    elif Catalog(home.media_out()).head_id(launch.timeline, last.stage) == last.id:
        said = ", which is the head: nothing is new"
    else:
        said = f"; the heads stay, mpr promote {last.id} moves them"
    say(f"node: {last.stage} {last.id}{said}")
    if before is not None and last.stage == "compile_report" and before.id != last.id:
        say(f"against {before.id}: {_difference(home, before, last)}")
        say(f"what changed, and why: mpr diff {launch.timeline} {before.id} {last.id}", whole=True)


def _difference(home: Home, before: Node, after: Node) -> str:
    from mpr_core.compare.diff import diff_reports
    from mpr_core.compare.summary import summary_of
    from mpr_dagster.reports import published_report

    store = home.media_out()
    return summary_of(diff_reports(published_report(store, before), published_report(store, after)))
