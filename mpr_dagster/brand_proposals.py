"""What the report that a timeline stands at has found, into the brand registry."""

from __future__ import annotations

from mpr_core.brands.registry.found_names import found_names
from mpr_core.brands.registry.registry import BrandRegistry
from mpr_core.lineage.node import Node
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.reports import published_report


def propose_names(store: ObjectStore, node: Node, run_id: str) -> bool:
    """Propose what a compile_report node has found, in the place of what the timeline had before; False when that says the same.

    Raises:
        InputError: the published report was deleted.
    """
    return BrandRegistry(store).propose(found_names(published_report(store, node), node.id, run_id))
