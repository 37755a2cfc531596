"""What no head, label, or ancestor of one needs: the plan of `mpr gc`.

Listings are taken before manifests are read, so that whatever a run finishes meanwhile is seen as needed or not seen at all. Where a
document cannot be read, or a run is unfinished, what might belong to it is kept.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pydantic import ValidationError

from mpr_core.lineage.cache import PartName, part_owners
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.documents import TimelineDocuments, timeline_documents
from mpr_core.lineage.garbage import ANY_TIMELINE, GarbagePlan, Heap, InUse, NodeName, TimelineGarbage
from mpr_core.lineage.node import Node
from mpr_core.lineage.stored import stored_frames, stored_overlays, stored_parts, stored_reports
from mpr_core.stages.configs import ExtractFramesConfig
from mpr_core.store import keys


def plan_gc(
    catalog: Catalog, *, only: Collection[str] = (), in_use: InUse | None = None, made_before: datetime
) -> GarbagePlan:
    """What may go now; nothing is deleted.

    Args:
        only: timelines to look at; empty: all, and what belongs to none.
        in_use: timelines with a run that is not finished, or paused. They are left alone, and so is every part and frame of their chunks.
        made_before: anything made at or after this instant stays.
    Raises:
        UnknownTimeline: one of `only` does not exist.
    """
    return _Planner(catalog, only, in_use or {}, made_before).plan()


class _Planner:
    def __init__(self, catalog: Catalog, only: Collection[str], in_use: InUse, made_before: datetime) -> None:
        for name in only:
            if name not in catalog.timelines():
                catalog.timeline(name)
        store = catalog.store
        self.only, self.in_use, self.made_before, self.store = set(only), in_use, made_before, store
        self.parts, self.frames = stored_parts(store), stored_frames(store)
        self.overlays, self.reports = stored_overlays(store), stored_reports(store)
        self.documents = {name: timeline_documents(catalog, name) for name in store.folders(keys.TIMELINES)}
        self.alone = {name: self._left_alone(found) for name, found in self.documents.items()}
        self.kept = {name: self._kept(found) for name, found in self.documents.items()}
        self.guard_all, self.guarded = self._guards()
        self.needed = {
            (node.stage, part.recipe)
            for name, found in self.documents.items()
            for node in found.nodes
            if (node.stage, node.id) in self.kept[name]
            for part in node.parts
        }
        self.needed_frames, self.needed_chunks = self._needed_frames()

    def plan(self) -> GarbagePlan:
        shares = [self._share(found) for name, found in self.documents.items() if not self.only or name in self.only]
        return GarbagePlan(tuple(shares), self._orphans(), self.in_use, self._caution())

    def _left_alone(self, found: TimelineDocuments) -> str:
        if self.only and found.id not in self.only:
            return "not asked for"
        why = self.in_use.get(found.id) or self.in_use.get(ANY_TIMELINE)
        if why:
            return why
        if found.broken:
            key, reason = next(iter(found.broken.items()))
            return f"{key} cannot be read: {reason}"
        return "" if found.timeline is not None else "it has no timeline.json"

    def _kept(self, found: TimelineDocuments) -> set[NodeName]:
        """Nodes that stay: all of a timeline that is left alone, else heads, labels, what is young, and what these rest on."""
        if self.alone[found.id]:
            return set(found.node_keys)
        roots = set(found.heads.items()) | {(label.stage, label.node) for label in found.labels}
        kept: set[NodeName] = set()
        for node in found.nodes:
            if (node.stage, node.id) in roots or node.provenance.created_at >= self.made_before:
                kept |= {(node.stage, node.id)} | set(node.ancestors.items())
        return kept & set(found.node_keys)

    def _guards(self) -> tuple[bool, set[str]]:
        """Whether no part or frame at all may go, and else the chunks whose parts and frames stay."""
        unsure = [
            found
            for found in self.documents.values()
            if found.broken or found.id in self.in_use or ANY_TIMELINE in self.in_use
        ]
        if any(found.timeline is None for found in unsure):
            return True, set()
        return ANY_TIMELINE in self.in_use, {digest for found in unsure for digest in found.chunk_digests()}

    def _needed_frames(self) -> tuple[set[tuple[str, str]], set[str]]:
        """Samplings that kept nodes need, and chunks of which every sampling stays since it cannot be told which is needed."""
        folders: set[tuple[str, str]] = set()
        chunks: set[str] = set()
        for name, found in self.documents.items():
            for node in found.nodes:
                if node.stage != "extract_frames" or (node.stage, node.id) not in self.kept[name]:
                    continue
                known = _samplings(node, found)
                for digest in {p.segment.chunk_digest for p in node.parts if p.segment is not None}:
                    if known.get(digest, set()) & self.frames.keys():
                        folders |= known[digest]
                    else:
                        chunks.add(digest)
        return folders, chunks

    def _share(self, found: TimelineDocuments) -> TimelineGarbage:
        heap, kept = Heap(), self.kept[found.id]
        labels = tuple(label.name for label in found.labels)
        if not self.alone[found.id]:
            doomed = [node for node in found.nodes if (node.stage, node.id) not in kept]
            for node in doomed:
                self._take_node(node, found, heap)
            for (timeline, node_id), folder in list(self.reports.items()):
                if (
                    timeline == found.id
                    and node_id not in {i for _, i in kept}
                    and folder.written_at < self.made_before
                ):
                    heap.reports += bool(heap.add(self.reports.pop((timeline, node_id))))
        return TimelineGarbage(found.id, self.alone[found.id], len(kept), len(found.heads), labels, heap)

    def _take_node(self, node: Node, found: TimelineDocuments, heap: Heap) -> None:
        """A node and what only it needs; what is taken is struck from the listings, so that nothing is taken twice."""
        key = found.node_keys[(node.stage, node.id)]
        heap.nodes.append((node.stage, node.id))
        heap.keys.append(key)
        heap.size_bytes += found.sizes[key]
        if node.id in self.overlays and self.overlays[node.id].written_at < self.made_before:
            heap.overlays += heap.add(self.overlays.pop(node.id))
        for part in node.parts:
            name = (node.stage, part.recipe)
            digest = None if part.segment is None else part.segment.chunk_digest
            if name in self.parts and self._part_may_go(name, digest):
                heap.parts += bool(heap.add(self.parts.pop(name)))
        if node.stage == "extract_frames":
            digests = {p.segment.chunk_digest for p in node.parts if p.segment is not None}
            known = {folder for folders in _samplings(node, found).values() for folder in folders}
            for name in [n for n in self.frames if n[0] in digests and n in known and self._frames_may_go(n)]:
                heap.frames += heap.add(self.frames.pop(name))

    def _part_may_go(self, name: PartName, digest: str | None) -> bool:
        guarded = self.guard_all or digest in self.guarded
        return not guarded and name not in self.needed and self.parts[name].written_at < self.made_before

    def _frames_may_go(self, name: tuple[str, str]) -> bool:
        guarded = self.guard_all or name[0] in self.guarded
        needed = name in self.needed_frames or name[0] in self.needed_chunks
        return not guarded and not needed and self.frames[name].written_at < self.made_before

    def _orphans(self) -> Heap:
        """What no node names, after the timelines have taken theirs."""
        heap = Heap()
        if self.guard_all:
            return heap
        named = {(n.stage, p.recipe) for found in self.documents.values() for n in found.nodes for p in n.parts}
        candidates = [name for name in self.parts if name not in named and self._part_may_go(name, None)]
        for name in self._nobodys(candidates):
            heap.parts += bool(heap.add(self.parts[name]))
        chunks = {digest for name in self.only for digest in self.documents[name].chunk_digests()}
        for frames in [name for name in self.frames if self._frames_may_go(name)]:
            if not self.only or frames[0] in chunks:
                heap.frames += heap.add(self.frames[frames])
        nodes = {identity for found in self.documents.values() for _, identity in found.node_keys}
        for identity, folder in self.overlays.items():
            if not self.only and identity not in nodes and folder.written_at < self.made_before:
                heap.overlays += heap.add(folder)
        return heap

    def _nobodys(self, candidates: list[PartName]) -> list[PartName]:
        """Those of the parts that may go: all, unless it matters whose they are; then their records tell."""
        if not self.only and not self.guarded:
            return candidates
        owners = part_owners(self.store, candidates)
        chosen = {d for name in self.only for d in self.documents[name].chunk_digests()}
        reserved = {i for name, why in self.alone.items() if why for _, i in self.documents[name].node_keys}
        mine = {i for name in self.only for _, i in self.documents[name].node_keys}

        def may_go(name: PartName) -> bool:
            owner = owners.get(name)
            if owner is None:
                return False
            if owner.chunk_digest is None:
                return not owner.parent_nodes & reserved and (not self.only or bool(owner.parent_nodes & mine))
            return owner.chunk_digest not in self.guarded and (not self.only or owner.chunk_digest in chosen)

        return [name for name in candidates if may_go(name)]

    def _caution(self) -> str:
        if not self.guard_all:
            return ""
        unsure = [
            name
            for name, found in self.documents.items()
            if found.timeline is None and (found.broken or name in self.in_use)
        ]
        return f"the chunks of {', '.join(unsure)} are not known" if unsure else self.in_use[ANY_TIMELINE]


def _samplings(node: Node, found: TimelineDocuments) -> dict[str, set[tuple[str, str]]]:
    """Chunk digest -> the frame folders that an extract_frames node of this timeline reads."""
    try:
        config = ExtractFramesConfig.model_validate(node.config)
    except ValidationError:  # of another version: which folders it reads cannot be told
        return {}
    folders: dict[str, set[tuple[str, str]]] = {}
    for chunk in () if found.timeline is None else found.timeline.chunks:
        folders.setdefault(chunk.digest, set()).add((chunk.digest, config.sampling(chunk.offset_s)))
    return folders
