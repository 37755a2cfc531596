"""Deleting what was computed for a timeline, and nothing that another timeline still needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.stored import (
    deletion_batches,
    stored_frames,
    stored_overlays,
    stored_parts,
    stored_reports,
)
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

PartName = tuple[str, str]
"""`(stage, recipe)`"""


@dataclass(frozen=True)
class Deleted:
    objects: int
    size_bytes: int


@dataclass(frozen=True)
class PartOwner:
    """Whose a part is, from its record.

    Attributes:
        chunk_digest: None for the part of a stage that reduces over the timeline.
        parent_nodes: ids of the nodes such a part was made from.
    """

    chunk_digest: str | None
    parent_nodes: frozenset[str]


def delete_cache(catalog: Catalog, timeline_id: str) -> Deleted:
    """Delete a timeline's nodes, heads, reports and overlays, and those of its parts and frames that no other timeline uses.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    timeline = catalog.timeline(timeline_id)
    store = catalog.store
    parts, frames = stored_parts(store), stored_frames(store)
    overlays, reports = stored_overlays(store), stored_reports(store)
    nodes = catalog.nodes(timeline_id)
    others = [name for name in catalog.timelines() if name != timeline_id]
    shared_parts = {(n.stage, p.recipe) for name in others for n in catalog.nodes(name) for p in n.parts}
    shared_chunks = {chunk.digest for name in others for chunk in catalog.timeline(name).chunks}
    mine = {(n.stage, p.recipe) for n in nodes for p in n.parts}
    alone = {chunk.digest for chunk in timeline.chunks} - shared_chunks
    owners = part_owners(store, [name for name in parts if name not in mine | shared_parts])
    mine |= {name for name, owner in owners.items() if owner.chunk_digest in alone}
    mine -= shared_parts
    ids = {node.id for node in nodes}
    gone = [folder for name, folder in parts.items() if name in mine]
    gone += [folder for (digest, _), folder in frames.items() if digest in alone]
    gone += [folder for node, folder in overlays.items() if node in ids]
    gone += [folder for (owner, _), folder in reports.items() if owner == timeline_id]
    documents = [
        stored for kind in ("heads", "nodes") for stored in store.objects(f"{keys.TIMELINES}/{timeline_id}/{kind}")
    ]
    doomed = [stored.key for stored in documents] + [key for folder in gone for key in folder.keys]
    for batch in deletion_batches(doomed):
        store.delete(batch)
    size = sum(stored.size_bytes for stored in documents) + sum(folder.size_bytes for folder in gone)
    return Deleted(len(doomed), size)


def part_owners(store: ObjectStore, names: Iterable[PartName]) -> dict[PartName, PartOwner]:
    """Whose parts these are, those of a run that was killed before its node was written among them.

    One request for each; a part whose record is not there, or cannot be read, is left out.
    """
    wanted = list(names)
    found = {}
    records = store.get_many([keys.part_manifest(stage, recipe) for stage, recipe in wanted])
    for name, data in zip(wanted, records, strict=True):
        try:
            record = json.loads(data) if data else {}
            segment, parents = record.get("segment"), record.get("parents", {})
            if segment is not None:
                found[name] = PartOwner(str(segment["chunk_digest"]), frozenset())
            elif parents:
                found[name] = PartOwner(None, frozenset(map(str, parents.values())))
        except (ValueError, KeyError, TypeError, AttributeError):  # no record that we wrote: nobody's
            continue
    return found
