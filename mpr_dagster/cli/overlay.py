"""`mpr overlay`: frames with what a stage produced or considered drawn onto them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say
from mpr_dagster.wording import clock, many

if TYPE_CHECKING:
    from mpr_core.overlays.choice import Frame
    from mpr_core.overlays.source import Source
    from mpr_core.runner.branch import Branch
    from mpr_core.store.object_store import ObjectStore
    from mpr_dagster.home import Home

_PROGRESS_FROM = 4


def overlay_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    stage: Annotated[str, typer.Option("--stage", help="The stage whose work is shown.")],
    at_s: Annotated[
        float | None, typer.Option("--at", metavar="SECONDS", help="The frame at this second of the timeline.")
    ] = None,
    every_s: Annotated[float | None, typer.Option("--every", metavar="SECONDS", help="A frame every so often.")] = None,
    scene: Annotated[
        int | None,
        typer.Option("--scene", metavar="NUMBER", help="Frames of this scene, counted from 1 as in the report."),
    ] = None,
    node: Annotated[
        str | None,
        typer.Option("--node", help="A node of the stage or of a later one, or its label (default: the head)."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Copy the pictures there.")] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Pictures in a bucket as links that open for an hour without keys.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print where the pictures are as JSON.")] = False,
) -> None:
    """Draw what a stage produced or considered onto its frames: without a choice of frames, a contact sheet and the most telling ones."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.references import find_node
    from mpr_core.overlays.source import Source
    from mpr_core.profiles.profile import check_stage_name
    from mpr_core.runner.branch import Branch
    from mpr_dagster.home import Home

    if sum(choice is not None for choice in (at_s, every_s, scene)) > 1:
        raise typer.BadParameter("--at, --every and --scene exclude each other")
    home = Home()
    check_stage_name(stage, "--stage")
    catalog = Catalog(home.media_out())
    branch = Branch(catalog, find_node(catalog, node or stage, timeline_id=timeline, stage=stage))
    source = Source(branch, stage)
    frames = _chosen(source, at_s, every_s, scene)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    place = partial(_placed, home.media_out(), out, signed=link)
    sheet = _sheet(branch, stage, place) if (at_s, every_s, scene) == (None, None, None) else None
    with _progress(len(frames), quiet=as_json) as advance:
        pictures = list(_pictures(home, source, frames, place, advance))
    if as_json:
        found = {"timeline": timeline, "stage": stage, "node": source.node.id, "sheet": sheet, "overlays": pictures}
        print_json(found)
        return
    drawn = sum(picture["drawn"] for picture in pictures)
    say(f"{stage} {source.node.id} of {timeline}: {many(len(pictures), 'overlay')}, {drawn} drawn now")
    _print_places(sheet, pictures)


def _print_places(sheet: str | None, pictures: Sequence[dict[str, Any]]) -> None:
    if sheet:
        say(f"contact sheet  {sheet}", whole=True)
    for picture in pictures:
        say(f"{clock(picture['t_s'])}  {picture['path']}", whole=True)


def _chosen(source: Source, at_s: float | None, every_s: float | None, scene: int | None) -> Sequence[Frame]:
    from mpr_core.overlays.choice import frames_every, frames_of_scene
    from mpr_core.overlays.telling import telling_frames

    if at_s is not None:
        return [source.nearest(at_s)]
    if every_s is not None:
        return frames_every(source, every_s)
    return telling_frames(source) if scene is None else frames_of_scene(source, scene)


def _sheet(branch: Branch, stage: str, place: Callable[[str, str], str]) -> str | None:
    """Where the contact sheet lies; None where there is nothing to show."""
    from mpr_core.overlays.stored import node_sheet, sheet_key

    data = node_sheet(branch, stage)
    if data is None:
        return None
    return place(sheet_key(branch.node(stage).id), f"{stage}-sheet.webp")


def _pictures(
    home: Home, source: Source, frames: Sequence[Frame], place: Callable[[str, str], str], advance: Any
) -> Iterator[dict[str, Any]]:
    """Each overlay's second, sampling number, place, and whether it was drawn now."""
    from mpr_core.overlays.stored import stored_overlay

    services = home.services()
    try:
        for index, seq in frames:
            stored = stored_overlay(source, index, seq, services)
            name = f"{source.stage}-{stored.key.rsplit('/', 1)[-1]}"
            advance()
            yield {
                "t_s": round(source.second_of(index, stored.seq), 3),
                "chunk": source.branch.segments[index].chunk_index,
                "seq": stored.seq,
                "key": stored.key,
                "path": place(stored.key, name),
                "drawn": stored.drawn,
            }
    finally:
        services.close()


def _placed(store: ObjectStore, out: Path | None, key: str, name: str, *, signed: bool) -> str:
    """A path or URL of a stored picture, or of its copy in `out`."""
    if out is not None:
        (out / name).write_bytes(store.get(key))
        return str(out / name)
    return (store.link(key) if signed else None) or store.named(key)


@contextmanager
def _progress(count: int, *, quiet: bool) -> Iterator[Any]:
    """A bar on standard error while many pictures are drawn; on a terminal only."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    errors = Console(stderr=True)
    if quiet or count < _PROGRESS_FROM or not errors.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("drawing"), *Progress.get_default_columns()[1:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("drawing", total=count)
        yield lambda: progress.advance(task)
