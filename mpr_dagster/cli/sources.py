"""`mpr sources`: what media-in holds, and which timelines use it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import clock, many, size

if TYPE_CHECKING:
    from mpr_core.intake.sources import HeldChunk, HeldSource
    from mpr_dagster.home import Home

_SHOWN_TIMELINES = 3
_TOLD_OF_REFUSED = {"key", "timeline", "size_bytes", "reason", "since"}


def sources_command(
    prefix: Annotated[str | None, typer.Argument(help="Only this folder, with each of its chunks.")] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Let this folder's chunks, or this one, out of quarantine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the sources in media-in with what is known of them; nothing is decoded."""
    from mpr_core.errors import InputError
    from mpr_core.intake.sources import held_sources
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home

    home = Home()
    if release:
        _release(home, prefix, as_json)
        return
    found = held_sources(home.media_in(), Catalog(home.media_out()))
    if prefix is not None:
        found = [source for source in found if source.prefix == prefix.strip("/")]
        if not found:
            raise InputError(
                "no such source",
                where=prefix,
                why="no folder of media-in has this name",
                remedy="mpr sources lists them",
            )
    if as_json:
        print_json([_document(source) for source in found])
    elif not found:
        say("no sources yet: mpr ingest VIDEO --timeline ID, or mpr chunk VIDEO --seconds N", whole=True)
    elif prefix is not None:
        _show_chunks(found[0])
    else:
        _show_sources(found)


def _release(home: Home, prefix: str | None, as_json: bool) -> None:
    """What is put aside is tried again at the sensor's next ticks."""
    from mpr_core.errors import InputError
    from mpr_core.intake.intake_documents import release

    if prefix is None:
        raise typer.BadParameter("--release needs a folder or a key")
    freed = release(home.media_out(), prefix.strip("/"))
    if not freed:
        raise InputError(
            "nothing is in quarantine",
            where=prefix,
            why="no chunk of this name was refused",
            remedy="mpr sources lists what was",
        )
    if as_json:
        print_json([one.model_dump(mode="json") for one in freed])
    else:
        say(f"{many(len(freed), 'chunk')} released: the sensor new_chunks tries again", whole=True)


def _show_sources(found: list[HeldSource]) -> None:
    numbers = ("chunks", "length", "fps", "frames", "size")
    rows = table("source", *numbers[:2], "video", *numbers[2:], "timelines", right=numbers, whole=("source", "video"))
    for source in found:
        one = _document(source)
        chunks = f"{one['chunks_there']}/{one['chunks_planned']}" if one["chunks_planned"] else str(one["chunks_there"])
        rows.add_row(source.prefix, chunks, *_figures(one), size(one["size_bytes"]), _timelines(source.timelines))
    show(rows)
    for source in found:
        for problem in _problems(source):
            say(f"{source.prefix}: {problem}", style="yellow", whole=True)


def _show_chunks(source: HeldSource) -> None:
    numbers = ("starts", "length", "fps", "frames", "size")
    rows = table(*numbers[:2], "video", *numbers[2:], "file", "timelines", right=numbers, whole=("video", "file"))
    for held in source.chunks:
        one = _chunk_document(held)
        starts = "?" if one["start_s"] is None else clock(one["start_s"])
        name = held.key.rsplit("/", 1)[-1]
        rows.add_row(starts, *_figures(one), size(held.size_bytes), name, _timelines(held.timelines))
    show(rows)
    for problem in _problems(source):
        say(problem, style="yellow", whole=True)


def _problems(source: HeldSource) -> list[str]:
    found = [source.problem] if source.problem else []
    if source.missing:
        found.append(f"{many(len(source.missing), 'chunk')} gone, the first {source.missing[0]}: run mpr chunk again")
    manifest = source.manifest
    lost = [] if manifest is None else [cut for cut in manifest.chunks if cut.chunk is None]
    found += [f"chunk {cut.number} at {clock(float(cut.start_s))} is lost: {cut.lost}" for cut in lost]
    if manifest is not None and not manifest.complete:
        found.append(f"not cut to its end: run mpr chunk again for {manifest.source.name}")
    return found + [f"in quarantine: {one.key}: {one.reason}" for one in source.refused]


def _figures(one: dict[str, Any]) -> tuple[str, str, str, str]:
    """Length, video, fps and frames; '?' for what nobody has looked at yet."""
    length = "?" if one["duration_s"] is None else clock(one["duration_s"])
    video = "not probed" if one["codec"] is None else f"{one['codec']} {one['width_px']}x{one['height_px']}"
    fps = "?" if one["fps"] is None else f"{one['fps']:.2f}"
    return length, video, fps, "?" if one["frames"] is None else str(one["frames"])


def _timelines(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN_TIMELINES
    return ", ".join(names[:_SHOWN_TIMELINES]) + (f" and {more} more" if more > 0 else "")


def _document(source: HeldSource) -> dict[str, Any]:
    manifest = source.manifest
    chunks = [_chunk_document(held) for held in source.chunks]
    known = [held.chunk for held in source.chunks if held.chunk is not None]
    whole = bool(known) and len(known) == len(source.chunks)
    first = known[0].probe if known else None
    return {
        "source": source.prefix,
        "name": None if manifest is None else manifest.source.name,
        "digest": None if manifest is None else manifest.source.digest,
        "complete": None if manifest is None else manifest.complete,
        "chunks_planned": None if manifest is None else manifest.planned,
        "chunks_there": len(chunks),
        "missing": list(source.missing),
        "lost": [] if manifest is None else [cut.number for cut in manifest.chunks if cut.chunk is None],
        "problem": source.problem or None,
        "quarantine": [one.model_dump(mode="json", include=_TOLD_OF_REFUSED) for one in source.refused],
        "duration_s": sum(one["duration_s"] for one in chunks) if whole else None,
        "codec": first.codec if first else manifest.source.codec if manifest else None,
        "width_px": first.width_px if first else manifest.source.width_px if manifest else None,
        "height_px": first.height_px if first else manifest.source.height_px if manifest else None,
        "fps": _fps(first.average_fps if first else manifest.source.average_fps if manifest else None),
        "frames": sum(one["frames"] for one in chunks) if whole else None,
        "size_bytes": sum(held.size_bytes for held in source.chunks),
        "timelines": list(source.timelines),
        "chunks": chunks,
    }


def _chunk_document(held: HeldChunk) -> dict[str, Any]:
    chunk = held.chunk
    probe = None if chunk is None else chunk.probe
    return {
        "key": held.key,
        "size_bytes": held.size_bytes,
        "digest": chunk and chunk.digest,
        "start_s": None if chunk is None else round(float(chunk.offset_s), 6),
        "duration_s": None if chunk is None else round(float(chunk.duration_s), 6),
        "codec": probe and probe.codec,
        "width_px": probe and probe.width_px,
        "height_px": probe and probe.height_px,
        "fps": _fps(probe and probe.average_fps),
        "vfr": probe and probe.is_vfr,
        "frames": probe and probe.frame_count,
        "damaged_from_s": None
        if probe is None or probe.damaged_from_s is None
        else round(float(probe.damaged_from_s), 6),
        "timelines": list(held.timelines),
    }


def _fps(rate: Fraction | None) -> float | None:
    return None if rate is None else round(float(rate), 3)
