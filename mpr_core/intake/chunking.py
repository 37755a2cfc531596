"""A long source into chunks: indexed once, cut by several workers, every finished chunk committed, so that a killed run goes on.

Order of writes: the manifest with the cuts and without chunks, then each chunk and after it its record, the whole manifest, the mark
`_DONE`; last the records go. Chunks are the same bytes whenever they are cut, so two runs at once do no harm.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from mpr_core.errors import InputError, MediaRefused, MprError
from mpr_core.intake.chunk_making import ChunkMaker
from mpr_core.intake.cut_events import CutCounts, CutEvent, CutSink
from mpr_core.intake.cut_plan import CutPlan, plan_cuts
from mpr_core.intake.cut_workers import CutWorkers
from mpr_core.intake.manifest import CutChunk, CutSource, SourceManifest, read_manifest, save_manifest
from mpr_core.intake.packet_index import PacketIndex, index_packets
from mpr_core.media.digest import file_digest
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import REMEDY_AGAIN
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.ingest import key_name

# Reading packets takes no memory worth a limit, and cutting is the remedy for a video that is too long.
_ANY_LENGTH_S = 10**9


@dataclass(frozen=True)
class ChunkRequest:
    """What to cut.

    Attributes:
        path: the source as a local file.
        name: its file name, or its key in media-in.
        prefix: folder of the chunks in media-in; None gives each source and length one of its own.
        workers: chunks made at once.
    """

    path: Path
    name: str
    seconds: Fraction
    prefix: str | None = None
    workers: int = 2


@dataclass(frozen=True)
class Cut:
    """The finished manifest, where it lies, and how many of its chunks this call made."""

    prefix: str
    manifest: SourceManifest
    made: int


def cut_source(request: ChunkRequest, *, media_in: ObjectStore, limits: MediaLimits, sink: CutSink) -> Cut:
    """Cut a source, or go on with one that was begun.

    Raises:
        MediaRefused: not an accepted video, or one that cannot be cut without decoding it; nothing was written.
        InputError: the length is no length, or the prefix holds something else; nothing was written.
        MprError: a chunk could not be made; those that are done stay.
    """
    if request.seconds <= 0:
        raise InputError(
            "not a length",
            where=f"--seconds {float(request.seconds):g}",
            why="a chunk lasts longer than 0 s",
            remedy="for example --seconds 60",
        )
    if request.prefix is not None:
        _check_prefix(request.prefix)
    reading = limits.model_copy(update={"max_duration_s": _ANY_LENGTH_S})
    index = index_packets(request.path, reading, lambda part: sink(CutEvent(kind="reading", read_ratio=round(part, 4))))
    digest = file_digest(request.path)
    plan = plan_cuts(index, request.seconds, str(request.path))
    stem = key_name(Path(request.name).stem)
    prefix = request.prefix or f"{keys.CHUNKS}/{stem}-{digest[:8]}-{key_name(f'{float(request.seconds):g}')}s"
    planned = _manifest(request, index, plan, digest)
    known = _begun(media_in, prefix, planned)
    counts = CutCounts(sink, planned.planned, plan.cuts_s[-1] - plan.cuts_s[0])
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise MprError("cutting was stopped", where=request.name, remedy="run the same command again")

    maker = ChunkMaker(request.path, index, plan, prefix, stem, media_in, reading, check)
    cuts = CutWorkers(maker, counts, known, stopped).run(request.workers)
    _refuse_changed(request.path, index)
    if all(cut.chunk is None for cut in cuts):
        raise MediaRefused("no frame can be shown", where=str(request.path), why=cuts[0].lost, remedy=REMEDY_AGAIN)
    return _finish(media_in, prefix, planned, cuts, counts, known)


def _refuse_changed(path: Path, index: PacketIndex) -> None:
    """A recording that still grows is not cut to its end."""
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (index.size_bytes, index.mtime_ns):
        raise InputError(
            "the source was changed while it was cut",
            where=str(path),
            why=f"it had {index.size_bytes} bytes and has {now.st_size}",
            remedy="cut it when nothing writes to it any more, with another --to or after deleting these chunks",
        )


def _manifest(request: ChunkRequest, index: PacketIndex, plan: CutPlan, digest: str) -> SourceManifest:
    source = CutSource(
        name=request.name,
        digest=digest,
        size_bytes=index.size_bytes,
        container=index.container,
        codec=index.codec,
        width_px=index.size_px[0],
        height_px=index.size_px[1],
        average_fps=index.average_fps,
        sound=index.sound if plan.sound else None,
        damage_reason=index.damage_reason,
    )
    return SourceManifest(source=source, seconds=request.seconds, cuts_s=plan.cuts_s)


def _begun(media_in: ObjectStore, prefix: str, planned: SourceManifest) -> dict[int, CutChunk]:
    """The chunks that were committed before; writes the manifest of a source that is new here.

    Raises:
        InputError: the folder holds something else.
    """
    there = read_manifest(media_in, prefix)
    if there is None:
        if media_in.objects(prefix):
            raise _taken(prefix, "it holds files that were not cut here")
        save_manifest(media_in, prefix, planned)
        return {}
    if there.source.digest != planned.source.digest:
        raise _taken(prefix, f"it holds the chunks of another source: {there.source.name}")
    if there.cuts_s != planned.cuts_s:
        raise _taken(prefix, f"it holds this source cut for --seconds {float(there.seconds):g}")
    return {cut.number: cut for cut in there.chunks}


def _taken(prefix: str, why: str) -> InputError:
    return InputError(
        "the prefix is taken", where=prefix, why=why, remedy="name another one with --to, or leave --to out"
    )


def _check_prefix(prefix: str) -> None:
    if any(key_name(step) != step for step in prefix.split("/")):
        raise InputError(
            "not a key prefix",
            where=f"--to {prefix}",
            why="steps of letters, digits, '.', '_' and '-', divided by '/', none of which begins or ends with '.' or '_'",
            remedy="for example --to chunks/final-2026",
        )


def _finish(
    media_in: ObjectStore,
    prefix: str,
    planned: SourceManifest,
    cuts: list[CutChunk],
    counts: CutCounts,
    known: dict[int, CutChunk],
) -> Cut:
    """The whole manifest, then the mark; the records of single chunks have served."""
    whole = planned.model_copy(update={"chunks": tuple(sorted(cuts, key=lambda cut: cut.number))})
    made = sum(1 for cut in cuts if known.get(cut.number) is not cut)
    if made or not media_in.exists(keys.source_done(prefix)):
        save_manifest(media_in, prefix, whole)
        media_in.put(keys.source_done(prefix), f"{whole.planned} chunks\n".encode())
        media_in.delete([keys.cut_record(prefix, number) for number in range(1, whole.planned + 1)])
    counts.over(prefix)
    return Cut(prefix, whole, made)


def longer_than_asked(manifest: SourceManifest) -> list[tuple[int, Fraction]]:
    """(number, length in seconds) of the chunks for which no keyframe was in reach."""
    spans = pairwise(manifest.cuts_s)
    lengths = ((number, end - start) for number, (start, end) in enumerate(spans, start=1))
    return [(number, length) for number, length in lengths if length > manifest.seconds]
