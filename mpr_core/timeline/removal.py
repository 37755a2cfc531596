"""A timeline without one of its chunks: a file that was deleted, or taken in by mistake. What was computed of the others stays of use."""

from __future__ import annotations

from mpr_core.errors import InputError
from mpr_core.timeline.timeline import Chunk, Timeline


def without_chunk(timeline: Timeline, name: str) -> tuple[Timeline, tuple[Chunk, ...]]:
    """The timeline without a chunk, and the chunk: several where one file stands in it several times.

    Args:
        name: its key in media-in, or the end of the key from a '/' on.
    Raises:
        InputError: none or several files are so named, or nothing would be left.
    """
    keys = {chunk.key for chunk in timeline.chunks}
    meant = {key for key in keys if key == name} or {key for key in keys if key.endswith(f"/{name}")}
    if len(meant) != 1:
        shown = ", ".join(sorted(meant or keys)[:5])
        raise InputError(
            "no such chunk" if not meant else "several chunks of that name",
            where=f"{name} in timeline {timeline.id}",
            why=f"it has {shown}",
            remedy="give the whole key, as mpr sources shows it",
        )
    dropped = tuple(chunk for chunk in timeline.chunks if chunk.key in meant)
    kept = tuple(chunk for chunk in timeline.chunks if chunk.key not in meant)
    if not kept:
        raise InputError(
            "a timeline needs a chunk",
            where=f"{name} in timeline {timeline.id}",
            why="it is the only one",
            remedy="put its file back, or ingest other files under another id",
        )
    return timeline.model_copy(update={"chunks": kept}), dropped
