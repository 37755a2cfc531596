"""Moving the heads of all that a node rests on, so that a promoted branch stands as one.

Unlike a promotion (promote.py) it leaves the later stages: a run that promotes its branch is about to make those.
"""

from __future__ import annotations

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node


def move_ancestor_heads(catalog: Catalog, node: Node, run_id: str) -> list[Node]:
    """Move the head of every stage that a node rests on to what it rests on; returns those that moved, in stage order."""
    moved = []
    for stage, identity in node.ancestors.items():
        if catalog.head_id(node.timeline, stage) == identity:
            continue
        ancestor = catalog.node(node.timeline, stage, identity)
        if ancestor is not None:
            catalog.move_head(ancestor, run_id)
            moved.append(ancestor)
    return moved
