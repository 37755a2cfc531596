"""Deleting what was computed for a timeline, and nothing that another timeline still needs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mpr_core.lineage.catalog import Catalog
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore


@dataclass(frozen=True)
class Deleted:
    objects: int
    size_bytes: int


def delete_cache(catalog: Catalog, timeline_id: str) -> Deleted:
    """Delete a timeline's nodes, heads, reports, and those of its parts and frames that no other timeline uses.

    The heads and nodes go first, so that an interrupted deletion leaves no node without its parts.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    timeline = catalog.timeline(timeline_id)
    store = catalog.store
    nodes = catalog.nodes(timeline_id)
    others = [name for name in catalog.timelines() if name != timeline_id]
    shared_parts = {(n.stage, p.recipe) for name in others for n in catalog.nodes(name) for p in n.parts}
    shared_chunks = {chunk.digest for name in others for chunk in catalog.timeline(name).chunks}
    folders = [f"{keys.TIMELINES}/{timeline_id}/{kind}" for kind in ("heads", "nodes")]
    folders.append(f"reports/{timeline_id}")
    mine = {(n.stage, p.recipe) for n in nodes for p in n.parts} - shared_parts
    alone = {chunk.digest for chunk in timeline.chunks} - shared_chunks
    mine |= _parts_of_chunks(store, alone) - shared_parts
    folders += [keys.part_folder(stage, recipe) for stage, recipe in sorted(mine)]
    folders += [f"frames/{digest}" for digest in sorted(alone)]
    objects = size = 0
    for folder in folders:
        found = list(store.keys(folder))
        # The commit record first: a part without it is no part.
        store.delete(sorted((key for key, _ in found), key=lambda key: not key.endswith("part.json")))
        objects += len(found)
        size += sum(length for _, length in found)
    return Deleted(objects, size)


def _parts_of_chunks(store: ObjectStore, digests: set[str]) -> set[tuple[str, str]]:
    """`(stage, recipe)` of every part of these chunks, those of a run that was killed before its node was written among them."""
    records = [key for key, _ in store.keys(keys.PARTS) if key.endswith("/part.json")]
    found = set()
    for key, data in zip(records, store.get_many(records), strict=True):
        segment = (json.loads(data) if data else {}).get("segment")
        if segment and segment["chunk_digest"] in digests:
            _, stage, _, recipe, _ = key.split("/")
            found.add((stage, recipe))
    return found
