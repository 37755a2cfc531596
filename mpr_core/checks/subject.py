"""What checks look at: a node, its timeline, the nodes it rests on, and columns of its parts' tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from mpr_core.errors import PartMissing
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node, NodePart
from mpr_core.store import keys
from mpr_core.store.tables import from_parquet
from mpr_core.timeline.timeline import Timeline

_AT_ONCE = 64


class Subject:
    """One node under examination. Everything beside the node is read when it is asked for."""

    def __init__(self, catalog: Catalog, node: Node) -> None:
        self._catalog, self.node = catalog, node
        self._timeline: Timeline | None = None
        self._known: dict[str, Node] = {}

    @property
    def timeline(self) -> Timeline:
        if self._timeline is None:
            self._timeline = self._catalog.timeline(self.node.timeline)
        return self._timeline

    def count(self, name: str) -> int:
        """One of the node's counts."""
        return round(self.node.counts.get(name, 0))

    def ancestor(self, stage: str) -> Node:
        """The node of an earlier stage that this one rests on.

        Raises:
            PartMissing: its manifest is gone.
        """
        if stage not in self._known:
            found = self._catalog.node(self.node.timeline, stage, self.node.ancestors[stage])
            if found is None:
                raise _gone(f"{stage} {self.node.ancestors[stage]}", self.node.timeline)
            self._known[stage] = found
        return self._known[stage]

    def tables(
        self, name: str, columns: Sequence[str], parts: Sequence[NodePart] | None = None
    ) -> Iterator[tuple[NodePart, pa.Table]]:
        """Some columns of a table of each part (or of `parts`), in order; only a few are in memory at once.

        Raises:
            PartMissing: a part is gone.
        """
        parts = self.node.parts if parts is None else parts
        for first in range(0, len(parts), _AT_ONCE):
            some = parts[first : first + _AT_ONCE]
            wanted = [f"{keys.part_folder(self.node.stage, part.recipe)}/{name}.parquet" for part in some]
            for part, key, data in zip(some, wanted, self._catalog.store.get_many(wanted), strict=True):
                if data is None:
                    raise _gone(key, self.node.timeline)
                yield part, from_parquet(data, columns)

    def clock_s(self, part: NodePart) -> float:
        """The timeline second at which a part's segment begins."""
        if part.segment is None:
            return 0.0
        return float(self.timeline.starts_s()[part.segment.chunk_index] + part.segment.start_s)


def _gone(where: str, timeline_id: str) -> PartMissing:
    return PartMissing(
        "what a check looks at is gone",
        where=where,
        why="its cache was deleted",
        remedy=f"mpr run {timeline_id} (only what is missing is computed)",
    )
