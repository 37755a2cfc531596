"""From what a user names to chunks that were cut: a folder of media-in stands for all its chunks, a chunk for itself."""

from __future__ import annotations

from pathlib import Path

from mpr_core.errors import InputError, MediaRefused
from mpr_core.intake.manifest import SourceManifest, read_manifest
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk


def cut_chunks(media_in: ObjectStore, path: Path, *, strict: bool = False) -> tuple[Chunk, ...] | None:
    """The chunks, each with its place in its source; None when the path names nothing that was cut.

    Args:
        path: a key or key prefix in media-in, or the path of one in a folder root. What is elsewhere is no chunk of a manifest.
        strict: refuse a folder whose source has a span of which no frame can be shown.
    Raises:
        InputError: the folder's source is not cut to its end.
        MediaRefused: a chunk is gone from media-in or was changed, or no chunk can be used.
    """
    key = key_in(media_in, path)
    if key is None:
        return None
    folder = key.rpartition("/")[0]
    beside = read_manifest(media_in, folder) if folder else None
    named = [chunk for chunk in beside.usable() if chunk.key == key] if beside is not None else []
    if named:
        return as_cut(media_in, tuple(named))
    whole = None if media_in.exists(key) else read_manifest(media_in, key)
    return None if whole is None else _whole(media_in, key, whole, strict)


def key_in(media_in: ObjectStore, path: Path) -> str | None:
    """The key that a path names: below a folder root, or, where no such file is there, as it is written; None for neither."""
    here = media_in.path_of(keys.CHUNKS)
    root = None if here is None else here.parent.resolve()
    if path.exists():
        found = path.resolve()
        return found.relative_to(root).as_posix() if root in found.parents and root is not None else None
    written = path.as_posix()
    return None if any(step in ("", ".", "..") for step in written.split("/")) else written


def _whole(media_in: ObjectStore, prefix: str, manifest: SourceManifest, strict: bool) -> tuple[Chunk, ...]:
    if not manifest.complete:
        raise InputError(
            "the source is not cut to its end",
            where=prefix,
            why=f"{len(manifest.chunks)} of {manifest.planned} chunks are there",
            remedy=f"let mpr chunk finish, or run it again for {manifest.source.name}",
        )
    lost = [cut for cut in manifest.chunks if cut.chunk is None]
    if lost and (strict or not manifest.usable()):
        raise MediaRefused(
            "a chunk is lost",
            where=prefix,
            why=f"chunk {lost[0].number}, from {float(lost[0].start_s):.3f} s on: {lost[0].lost}",
            remedy="get a whole copy of the source" + (", or leave out --strict to use the others" if strict else ""),
        )
    return as_cut(media_in, manifest.usable())


def as_cut(media_in: ObjectStore, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """The same chunks, if each is still the file that was cut.

    Raises:
        MediaRefused: one is gone from media-in or was changed.
    """
    for chunk in chunks:
        size = media_in.size_bytes(chunk.key)
        if size != chunk.size_bytes:
            raise MediaRefused(
                "a chunk is not the file that was cut",
                where=chunk.key,
                why="it is gone" if size is None else f"{size} bytes; it had {chunk.size_bytes} bytes when it was cut",
                remedy="run the same mpr chunk again: only what is missing is cut",
            )
    return chunks
