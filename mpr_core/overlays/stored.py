"""Overlays in the store, so that the second look at one is a read.

A name says all that a picture depends on: the node (which stands for the config and everything below it), the version of the drawing,
the chunk (sampling numbers count per chunk) and the sampling number.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpr_core.overlays.source import Shot, Source
from mpr_core.runner.branch import Branch
from mpr_core.runner.context import Services
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

DRAWING = "v2"
"""Raised whenever the same node would be drawn differently."""


@dataclass(frozen=True)
class Stored:
    """An overlay in the store; `drawn` when it was not there before."""

    key: str
    seq: int
    drawn: bool


def stored_overlay(source: Source, index: int, seq: int, services: Services) -> Stored:
    """The key of a frame's overlay, drawn now if it is not there; the nearest sampled frame's where none has the number.

    Raises:
        InputError: no frame was sampled in the segment.
        PartMissing: a part or a stored frame is gone.
    """
    store = source.branch.catalog.store
    key = overlay_key(source, index, seq)
    if store.exists(key):
        return Stored(key, seq, drawn=False)
    shot = source.shot(index, seq)
    key = overlay_key(source, index, shot.seq)
    if shot.seq != seq and store.exists(key):
        return Stored(key, shot.seq, drawn=False)
    store.put(key, _drawn(source, shot, services))
    return Stored(key, shot.seq, drawn=True)


def overlay_key(source: Source, index: int, seq: int) -> str:
    """The name of a frame's overlay."""
    return keys.overlay(source.node.id, DRAWING, source.branch.segments[index].chunk_index, seq)


def node_sheet(branch: Branch, stage: str) -> bytes | None:
    """The contact sheet of a node, read from the store or drawn and put there; None where there is nothing to show."""
    node = branch.node(stage)
    store, key = branch.catalog.store, sheet_key(node.id)
    found = _get(store, key)
    if found is None:
        from mpr_core.overlays.sheet import draw_sheet

        found = draw_sheet(Source(branch, stage))
        if found is not None:
            store.put(key, found)
    return found


def sheet_key(node_id: str) -> str:
    """The name of a node's contact sheet."""
    return f"{keys.overlay_folder(node_id)}/{DRAWING}/sheet.webp"


def _drawn(source: Source, shot: Shot, services: Services) -> bytes:
    from mpr_core.overlays.overlay import draw_overlay  # brings supervision, which a read does without

    return draw_overlay(source, shot, services)


def _get(store: ObjectStore, key: str) -> bytes | None:
    try:
        return store.get(key)
    except KeyError:
        return None
