"""`mpr ingest`: files become chunks of a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mpr_dagster.cli.screen import clock, console, print_json, table

if TYPE_CHECKING:
    from mpr_dagster.home import Home


def ingest_command(
    paths: Annotated[list[Path], typer.Argument(help="Video files, in the order they follow each other.")],
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
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal) as bars:
        tasks = {path: bars.add_task(f"probing {path.name}", total=None, at="") for path in dict.fromkeys(paths)}

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
        return
    rows = table("chunk", "video", "size", "fps", "length", "", right=("length", "fps"))
    for chunk in result.added:
        probe = chunk.probe
        fps = f"{float(probe.average_fps):.2f}" if probe.average_fps else "?"
        damage = (
            f"damaged from {clock(float(probe.damaged_from_s))} on: {probe.damage_reason}"
            if probe.damaged_from_s
            else ""
        )
        video = f"{probe.codec} in {probe.container.split(',')[0]}"
        rate = fps + (" variable" if probe.is_vfr else "")
        rows.add_row(
            chunk.key, video, f"{probe.width_px}x{probe.height_px}", rate, clock(float(chunk.duration_s)), damage
        )
    if result.added:
        console.print(rows)
    made = result.timeline
    state = "created" if result.created else (f"{len(result.added)} chunk(s) added" if result.added else "unchanged")
    listed = f"{len(made.brands)} brands" if made.brands else "no brand list of its own"
    console.print(
        f"timeline [bold]{made.id}[/]: {state}; {len(made.chunks)} chunk(s), {clock(float(made.duration_s))}, "
        f"profile {made.profile}, {listed}"
    )
    console.print(f"next: mpr run {made.id}")


def _register(home: Home, timeline: str) -> None:
    """Tell Dagster's instance of the new partition."""
    from mpr_dagster.instance import open_instance
    from mpr_dagster.partitions import register

    with open_instance(home) as instance:
        register(instance, timeline)
