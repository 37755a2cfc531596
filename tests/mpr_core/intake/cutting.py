"""Cutting in one call, and what the chunks show on the source's clock."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from mpr_core.intake.chunking import ChunkRequest, Cut, cut_source
from mpr_core.intake.cut_events import CutEvent
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk
from tests.mpr_core.media.reading_back import LIMITS, Seen, read


def cut(
    path: Path, seconds: Fraction | int, media_in: ObjectStore, events: list[CutEvent] | None = None, **more: Any
) -> Cut:
    """`mpr chunk PATH --seconds N`; `more` goes to `ChunkRequest`."""
    told: list[CutEvent] = [] if events is None else events
    request = ChunkRequest(path, more.pop("name", path.name), Fraction(seconds), **more)
    return cut_source(request, media_in=media_in, limits=LIMITS, sink=told.append)


def shown(media_in: ObjectStore, chunk: Chunk) -> list[Seen]:
    """Every frame of a chunk, at its second in the source."""
    with media_in.as_file(chunk.key) as path:
        frames = read(path, chunk.probe)
    return [frame._replace(pts_s=frame.pts_s + chunk.offset_s) for frame in frames]
