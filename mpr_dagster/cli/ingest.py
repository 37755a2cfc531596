"""`mpr ingest`: files become chunks of a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mpr_dagster.cli.screen import console, print_json, say, show, table
from mpr_dagster.wording import clock, many

if TYPE_CHECKING:
    from mpr_core.timeline.ingest import Ingested
    from mpr_dagster.home import Home


def ingest_command(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Video files in order, or what mpr chunk cut: its folder in media-in, or single chunks."),
    ],
    timeline: Annotated[str, typer.Option("--timeline", help="Id of the timeline.")],
    profile: Annotated[str | None, typer.Option(help="Profile that plain runs follow (default: generic).")] = None,
    brands: Annotated[Path | None, typer.Option(help="Brand list, YAML or JSON.")] = None,
    append: Annotated[bool, typer.Option("--append", help="Add the files after those already there.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse damaged files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the timeline as JSON.")] = False,
) -> None:
    """Probe files, put them into media-in, and register the timeline as a partition."""
    from mpr_core.brands.brand_list import load_brand_file
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.timeline.ingest import IngestRequest, ingest
    from mpr_dagster.home import Home

    home = Home()
    if profile is not None:
        home.profiles.load(profile)
    request = IngestRequest(
        timeline=timeline,
        paths=paths,
        profile=profile,
        brands=load_brand_file(brands) if brands is not None else None,
        append=append,
        strict=strict,
    )
    home.check_stores(ingests=True)
    with _bars(as_json) as bars:
        tasks = {path: bars.add_task(path.name, total=None, at="") for path in dict.fromkeys(paths)}

        def progress(path: Path, done_s: float, claimed_s: float) -> None:
            bars.update(tasks[path], completed=done_s, total=max(claimed_s, done_s) or None, at=clock(done_s))

        result = ingest(
            request,
            media_in=home.media_in(),
            catalog=Catalog(home.media_out()),
            limits=home.settings.limits(),
            progress=progress,
        )
    _register(home, timeline)
    if as_json:
        print_json(result.timeline.model_dump(mode="json"))
    else:
        _summarise(result)


def _bars(quiet: bool) -> Progress:
    """A bar for each file that is probed."""
    columns = (
        TextColumn("probing {task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[at]}", markup=False),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console(), transient=True, disable=quiet or not console().is_terminal)


def _summarise(result: Ingested) -> None:
    """What was added, what of it is damaged, and the timeline as it now is."""
    rows = table("file", "video", "fps", "length", right=("fps", "length"), whole=("video",))
    for chunk in result.added:
        probe = chunk.probe
        fps = f"{float(probe.average_fps):.2f}" if probe.average_fps else "?"
        video = f"{probe.codec} {probe.width_px}x{probe.height_px}"
        name = chunk.key.rsplit("/", 1)[-1]
        rows.add_row(name, video, f"~{fps}" if probe.is_vfr else fps, clock(float(chunk.duration_s)))
    if result.added:
        show(rows)
    for chunk in result.added:
        if chunk.probe.damaged_from_s is not None:
            at = clock(float(chunk.probe.damaged_from_s))
            say(
                f"damaged: {chunk.key.rsplit('/', 1)[-1]} from {at} on, not used: {chunk.probe.damage_reason}",
                style="yellow",
            )
    if any(chunk.probe.is_vfr for chunk in result.added):
        say("~ variable frame rate; every frame keeps its exact second", style="dim")
    made = result.timeline
    happened = "created" if result.created else "changed" if result.changed else "unchanged"
    listed = f"{many(len(made.brands), 'brand')}" if made.brands else "no brand list of its own"
    say(
        f"timeline {made.id} {happened}: {many(len(made.chunks), 'chunk')}, {clock(float(made.duration_s))}, "
        f"profile {made.profile}, {listed}"
    )
    say(f"next: mpr run {made.id}", whole=True)


def _register(home: Home, timeline: str) -> None:
    """Tell Dagster's instance of the new partition."""
    from mpr_dagster.instance import open_instance
    from mpr_dagster.partitions import register

    with open_instance(home) as instance:
        register(instance, timeline)
