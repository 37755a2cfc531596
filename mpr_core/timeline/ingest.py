"""From files to a timeline: every file checked and probed before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import InputError, MediaRefused, UnknownTimeline
from mpr_core.intake.cut_lookup import cut_chunks
from mpr_core.lineage.catalog import Catalog
from mpr_core.media.digest import file_digest
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.probe import probe_media
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk, Timeline, check_timeline_id

Progress = Callable[[Path, float, float], None]
"""(file, seconds probed, seconds the header claims or 0)"""


@dataclass(frozen=True)
class IngestRequest:
    """What to make a timeline of.

    Attributes:
        paths: video files, or what was cut: keys of chunks in media-in, or of the folder that holds a source's chunks.
        append: add to a timeline that exists; without it an existing timeline is only accepted if nothing would change.
        strict: refuse damaged files instead of using them up to the damage.
        replace: make an existing timeline anew of these files.
    """

    timeline: str
    paths: Sequence[Path]
    profile: str | None = None
    brands: tuple[Brand, ...] | None = None
    append: bool = False
    strict: bool = False
    replace: bool = False


@dataclass(frozen=True)
class Ingested:
    """The timeline as it now is, and what happened to it; one that exists may change without a new chunk, by its profile or brands."""

    timeline: Timeline
    added: tuple[Chunk, ...]
    created: bool
    changed: bool


def ingest(
    request: IngestRequest,
    *,
    media_in: ObjectStore,
    catalog: Catalog,
    limits: MediaLimits,
    progress: Progress = lambda _path, _done, _of: None,
) -> Ingested:
    """Probe every file, put it into media-in, and register the timeline last.

    Raises:
        MediaRefused: a file is not accepted; the timeline and media-in are unchanged.
        InputError: the timeline exists with other chunks and `append` was not asked for, or no file was given.
    """
    check_timeline_id(request.timeline)
    known_before = catalog.has(request.timeline) and not request.replace
    before = catalog.timeline(request.timeline) if known_before else None
    if before is None and request.append:
        raise _nothing_to_append_to(request)
    if not request.paths:
        raise InputError(
            "no file given", where=request.timeline, why="a timeline needs source video", remedy="name files"
        )
    found = [_Found.of(path, request, media_in, limits, progress) for path in request.paths]
    chunks = [chunk for one in found for chunk in one.chunks]
    added = chunks if before is None or request.append else _same_or_refused(before, chunks)
    for one in found:
        one.put_into(media_in)

    def with_added(now: Timeline | None) -> Timeline:
        """The timeline as it stands once all video has been read: a name may have been accepted, or video appended, meanwhile."""
        if request.replace:
            now = None
        elif before is not None and now is None:
            raise _nothing_to_append_to(request)
        # Somebody else made it meanwhile, perhaps of the same files.
        more = _same_or_refused(now, chunks) if before is None and now is not None else added
        return Timeline(
            id=request.timeline,
            chunks=(*(now.chunks if now else ()), *more),
            profile=request.profile or (now.profile if now else "generic"),
            brands=request.brands if request.brands is not None else (now.brands if now else None),
            added_brands=now.added_brands if now else (),
        )

    stood, timeline = catalog.change_timeline(request.timeline, with_added)
    assert timeline is not None  # `with_added` makes one
    return Ingested(timeline, tuple(added), created=before is None, changed=before is None or timeline != stood)


@dataclass(frozen=True)
class _Found:
    """The chunks that one path names; `upload` is the file of a chunk that media-in may not have yet."""

    chunks: tuple[Chunk, ...]
    upload: Path | None = None

    @classmethod
    def of(
        cls, path: Path, request: IngestRequest, media_in: ObjectStore, limits: MediaLimits, progress: Progress
    ) -> _Found:
        """Chunks that were cut are as their manifest says, with their place in their source; any other file is probed."""
        cut = cut_chunks(media_in, path, strict=request.strict)
        found = cls((_probed(path, limits, progress),), upload=path) if cut is None else cls(cut)
        for chunk in found.chunks:
            if request.strict and chunk.probe.damaged_from_s is not None:
                raise MediaRefused(
                    "the file is damaged",
                    where=str(path) if cut is None else chunk.key,
                    why=f"from {float(chunk.probe.damaged_from_s):.3f} s on: {chunk.probe.damage_reason}",
                    remedy="get a whole copy, or leave out --strict to use it up to the damage",
                )
        return found

    def put_into(self, media_in: ObjectStore) -> None:
        if self.upload is None:
            return
        for chunk in self.chunks:
            if media_in.size_bytes(chunk.key) != chunk.size_bytes:  # not there, or cut short since
                media_in.put_file(chunk.key, self.upload)


def _probed(path: Path, limits: MediaLimits, progress: Progress) -> Chunk:
    probe: MediaProbe = probe_media(path, limits, progress=lambda done, of: progress(path, done, of))
    digest = file_digest(path)
    # The digest in the folder keeps two files of one name apart, and a changed file from passing for the old one.
    key = f"chunks/{key_name(path.stem)}-{digest[:8]}/{key_name(path.name)}"
    return Chunk(key=key, digest=digest, size_bytes=path.stat().st_size, probe=probe)


def _nothing_to_append_to(request: IngestRequest) -> UnknownTimeline:
    return UnknownTimeline(
        "nothing to append to",
        where=request.timeline,
        why="no timeline has this id",
        remedy="leave out --append to create it",
    )


def _same_or_refused(before: Timeline, chunks: Sequence[Chunk]) -> list[Chunk]:
    """Nothing to add if the same files are ingested again; anything else needs --append."""
    if [c.digest for c in chunks] == [c.digest for c in before.chunks]:
        return []
    names = ", ".join(c.key.rsplit("/", 1)[-1] for c in before.chunks[:5])
    same = {c.digest for c in chunks} <= {c.digest for c in before.chunks}
    raise InputError(
        "the timeline exists",
        where=before.id,
        why=f"it has {len(before.chunks)} chunks, you gave {len(chunks)}"
        if same
        else f"it was made of other files: {names}",
        remedy="add --append to put the files after them, or choose another id",
    )


def key_name(name: str) -> str:
    """A file name as part of an object key: letters, digits, '.', '_' and '-' only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "file"
