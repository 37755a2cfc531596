"""All documents of a timeline, read at once; one that cannot be read is named and hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from mpr_core.errors import FormatMismatch
from mpr_core.lineage.catalog import Catalog, read_record
from mpr_core.lineage.node import Head, Label, Node
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.timeline.timeline import Timeline

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class TimelineDocuments:
    """What lies below `timelines/<id>/`.

    Attributes:
        timeline: None when it is not there or cannot be read.
        nodes: manifests that can be read.
        heads: stage -> node id.
        head_runs: runs that moved a head to where it stands.
        node_keys: `(stage, node id)` of every manifest, readable or not -> its key.
        sizes: key -> bytes.
        broken: key of each document that cannot be read -> why.
    """

    id: str
    timeline: Timeline | None
    nodes: tuple[Node, ...]
    heads: Mapping[str, str]
    labels: tuple[Label, ...]
    head_runs: frozenset[str]
    node_keys: Mapping[tuple[str, str], str]
    sizes: Mapping[str, int]
    broken: Mapping[str, str]

    def chunk_digests(self) -> set[str]:
        """Every chunk that the timeline has now or that a readable node has parts of."""
        now = set() if self.timeline is None else {chunk.digest for chunk in self.timeline.chunks}
        return now | {p.segment.chunk_digest for node in self.nodes for p in node.parts if p.segment is not None}


def timeline_documents(catalog: Catalog, timeline_id: str) -> TimelineDocuments:
    """One listing, then every document of one timeline."""
    listed = catalog.store.objects(f"{keys.TIMELINES}/{timeline_id}")
    sizes = {found.key: found.size_bytes for found in listed}
    reader = _Reader(dict(zip(sizes, catalog.store.get_many(list(sizes)), strict=True)))
    steps = {key: tuple(key.split("/")[2:]) for key in sizes}
    node_keys = {(s[1], s[2].removesuffix(".json")): key for key, s in steps.items() if s[0] == "nodes" and len(s) == 3}
    heads = {s[1].removesuffix(".json"): key for key, s in steps.items() if s[0] == "heads" and len(s) == 2}
    labels = [key for key, s in steps.items() if s[0] == "labels" and len(s) == 2]
    found_heads = {stage: reader.read(Head, key) for stage, key in heads.items()}
    return TimelineDocuments(
        id=timeline_id,
        timeline=reader.read(Timeline, keys.timeline(timeline_id)),
        nodes=tuple(node for key in node_keys.values() if (node := reader.read(Node, key)) is not None),
        heads={stage: head.node for stage, head in found_heads.items() if head is not None},
        head_runs=frozenset(head.run_id for head in found_heads.values() if head is not None),
        labels=tuple(label for key in labels if (label := reader.read(Label, key)) is not None),
        node_keys=node_keys,
        sizes=sizes,
        broken=reader.broken,
    )


class _Reader:
    def __init__(self, data: Mapping[str, bytes | None]) -> None:
        self._data = data
        self.broken: dict[str, str] = {}

    def read(self, kind: type[R], key: str) -> R | None:
        data = self._data.get(key)
        if data is None:
            return None
        try:
            return read_record(kind, data, key)
        except FormatMismatch as error:
            self.broken[key] = error.why
            return None
