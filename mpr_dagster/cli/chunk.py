"""`mpr chunk`: a long source cut into chunks in media-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mpr_dagster.cli.screen import console, say
from mpr_dagster.wording import clock, many, size, speed_in_words

if TYPE_CHECKING:
    from mpr_core.intake.chunking import Cut
    from mpr_core.intake.cut_events import CutEvent
    from mpr_core.store.object_store import ObjectStore

_PLAIN_EVERY_S = 5.0
_SAID_AT_ONCE = ("retry", "lost")  # what ends the command is said at its end


def chunk_command(
    source: Annotated[str, typer.Argument(help="Video file, or its key in media-in.")],
    seconds: Annotated[str, typer.Option("--seconds", help="Longest chunk, as 60 or 2.5.")],
    to: Annotated[str | None, typer.Option("--to", metavar="KEYPREFIX", help="Folder in media-in.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Chunks made at once.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print each step as a line of JSON.")] = False,
) -> None:
    """Cut a source at keyframes, without encoding it again; run it again to go on after an interruption."""
    from mpr_core.intake.chunking import ChunkRequest, cut_source
    from mpr_dagster.home import Home

    home = Home()
    home.check_stores(ingests=True)
    media_in = home.media_in()
    length = _length(seconds)
    with _local(media_in, source) as (path, name), _View(as_json) as view:
        request = ChunkRequest(path, name, length, None if to is None else to.strip("/"), workers)
        cut = cut_source(request, media_in=media_in, limits=home.settings.limits(), sink=view.take)
    if not as_json:
        _summarise(cut)


def _length(text: str) -> Fraction:
    from mpr_core.errors import InputError
    from mpr_core.exact import parse_fraction

    try:
        return parse_fraction(text)
    except ValueError as error:
        raise InputError(
            "not a length",
            where=f"--seconds {text}",
            why="it is no number of seconds",
            remedy="for example --seconds 60",
        ) from error


@contextmanager
def _local(media_in: ObjectStore, source: str) -> Iterator[tuple[Path, str]]:
    """The source as a local file, and its name: a path and its last step, else an object of media-in and its key."""
    from mpr_core.errors import MediaRefused
    from mpr_core.intake.cut_lookup import key_in

    path = Path(source)
    if "://" in source:
        raise MediaRefused(
            "not a file",
            where=source,
            why="it is an address; nothing was fetched from it",
            remedy="download or record it to a file first",
        )
    key = None if path.exists() else key_in(media_in, path)
    if key is None or not media_in.exists(key):
        yield path, path.name
        return
    with media_in.as_file(key) as copy:
        yield copy, key


class _View:
    """The steps as they come: JSON lines, a bar on a terminal, plain lines now and then elsewhere."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._lock = threading.Lock()
        self._said = time.monotonic()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[at]}", markup=False),
            TimeRemainingColumn(),
        )
        self._bars = Progress(*columns, console=console(), transient=True, disable=as_json or not console().is_terminal)
        self._task = self._bars.add_task("reading", total=1.0, at="")

    def __enter__(self) -> _View:
        self._bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def take(self, event: CutEvent) -> None:
        """Show one step; called from every worker's thread."""
        with self._lock:
            if self._as_json:
                print(event.model_dump_json(exclude_defaults=True), flush=True)
            elif event.kind in _SAID_AT_ONCE:
                say(
                    f"{event.kind}: chunk {event.number} of {event.chunks}: {event.message}", style="yellow", whole=True
                )
            else:
                self._draw(event)

    def _draw(self, event: CutEvent) -> None:
        if event.kind == "reading":
            self._bars.update(self._task, completed=event.read_ratio)
            return
        line = _figures(event)
        self._bars.update(self._task, description="cutting", total=event.total_s, completed=event.media_s, at=line)
        if self._bars.disable and event.kind == "done" and time.monotonic() - self._said >= _PLAIN_EVERY_S:
            self._said = time.monotonic()
            say(f"cutting: {line}", whole=True)


def _figures(event: CutEvent) -> str:
    rate = f", {speed_in_words(event.speed_ratio)} real time" if event.speed_ratio else ""
    through = f", {size(event.bytes_per_s)}/s" if event.bytes_per_s else ""
    return f"{event.finished}/{many(event.chunks, 'chunk')}, {event.processing} at work{rate}{through}"


def _summarise(cut: Cut) -> None:
    """What was cut, what is worth knowing of it, and what to do next."""
    from mpr_core.intake.chunking import longer_than_asked

    manifest, source = cut.manifest, cut.manifest.source
    made = "all were there" if not cut.made else f"{cut.made} cut now, {manifest.planned - cut.made} kept"
    length_s = manifest.cuts_s[-1] - manifest.cuts_s[0]
    say(f"{cut.prefix}: {many(manifest.planned, 'chunk')} of {clock(float(length_s))} ({made})", whole=True)
    longer = longer_than_asked(manifest)
    if longer:
        number, longest = max(longer, key=lambda one: one[1])
        say(
            f"longer than asked: {len(longer)} of {many(manifest.planned, 'chunk')}, up to {float(longest):.3f} s (chunk {number}): "
            "the source has no keyframe to cut at in between",
            style="yellow",
            whole=True,
        )
    for one in manifest.chunks:
        if one.chunk is None or one.chunk.probe.damaged_from_s is not None:
            lost = one.lost if one.chunk is None else one.chunk.probe.damage_reason
            say(f"damaged: chunk {one.number} at {clock(float(one.start_s))}: {lost}", style="yellow", whole=True)
    if source.sound is None:
        say("no sound in the chunks: the source has none, or one that their container does not hold", style="dim")
    say(f"next: mpr ingest {cut.prefix} --timeline ID", whole=True)
