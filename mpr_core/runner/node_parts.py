"""The parts of a node, by their number, read back from the store."""

from __future__ import annotations

import pyarrow as pa

from mpr_core.errors import PartMissing
from mpr_core.lineage.node import Node
from mpr_core.runner.parts import Part, find_parts, load_payload, part_file
from mpr_core.runner.payload import Payload
from mpr_core.stages.registry import STAGES
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.tables import from_parquet


def part_of(store: ObjectStore, node: Node, index: int) -> Part:
    """The record of a node's part for the segment of that number (0 for the report); imports no stage.

    Raises:
        PartMissing: the part is gone.
    """
    recipe = node.parts[index].recipe
    part = find_parts(store, node.stage, [recipe])[0]
    if part is None:
        raise PartMissing(
            "a part is gone",
            where=f"{node.stage} part {recipe} of {node.timeline}",
            why="its cache was deleted",
            remedy=f"mpr run {node.timeline} (only what is missing is computed)",
        )
    return part


def payload_of(store: ObjectStore, node: Node, index: int) -> Payload:
    """The payload of a node's part for the segment of that number (0 for the report).

    Raises:
        PartMissing: the part is gone or damaged.
    """
    return load_payload(store, part_of(store, node, index), STAGES[node.stage].module().PAYLOAD)


def table_of_part(store: ObjectStore, node: Node, index: int, name: str) -> pa.Table:
    """One table of a node's part; without rows where the version that made the part had no such table.

    Raises:
        PartMissing: the part is gone or damaged.
    """
    part = part_of(store, node, index)
    file = f"{name}.parquet"
    if file in part.files:
        return from_parquet(part_file(store, part, file))
    return STAGES[node.stage].module().PAYLOAD.SCHEMAS[name].empty_table()
