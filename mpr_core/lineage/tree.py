"""The checkpoint tree of a timeline: its nodes, each below the one it rests on most closely, with what sets it apart.

A node's tree parent is its ancestor of the nearest earlier stage. Of the nodes of one stage below one parent, the first made is what the
others are held against; it is itself held against its profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

from mpr_core.lineage.differences import Difference, node_differences, stated_changes
from mpr_core.lineage.node import Label, Node, Status
from mpr_core.record import Record
from mpr_core.stages.registry import STAGES
from mpr_core.store import keys

_ORDER = {stage: number for number, stage in enumerate(STAGES)}


class NodeReference(Record):
    """A node by its stage and id."""

    stage: str
    node: str


class TreeEntry(Record):
    """One node of the tree, references only.

    Attributes:
        key: where its manifest lies in media-out.
        parent: its tree parent; None at the root.
        gone: the nearer ancestors whose manifests are not there any more, nearest first.
        compared_with: the sibling it is held against; None: its profile.
        alone: no other node of its stage stands below its parent.
        stale: why it is not what a plain run would give now; for heads only.
    """

    stage: str
    node: str
    key: str
    parent: str | None
    gone: tuple[NodeReference, ...]
    compared_with: str | None
    alone: bool
    differs: tuple[Difference, ...]
    status: Status
    reason: str
    counts: dict[str, float]
    compute_s: float
    parts_computed: int
    parts_reused: int
    run_id: str
    run_type: Literal["initial", "replay", "retry"]
    profile: str
    made_at: datetime
    labels: tuple[str, ...]
    is_head: bool
    stale: tuple[str, ...]

    @property
    def cached(self) -> bool:
        """Nothing had to be computed for it."""
        return self.parts_computed == 0


class CheckpointTree(Record):
    """The nodes of a timeline, each after its parent and before its next sibling."""

    timeline: str
    entries: tuple[TreeEntry, ...]

    def children(self, entry: TreeEntry | None) -> tuple[TreeEntry, ...]:
        """The entries right below one, or the roots."""
        parent = None if entry is None else entry.node
        return tuple(found for found in self.entries if found.parent == parent)

    def leading_to(self, entry: TreeEntry) -> tuple[TreeEntry, ...]:
        """What one hangs below, from the root down to its parent."""
        by_id = {found.node: found for found in self.entries}
        path: list[TreeEntry] = []
        parent = entry.parent
        while parent is not None:
            path.insert(0, by_id[parent])
            parent = by_id[parent].parent
        return tuple(path)


def checkpoint_tree(
    timeline_id: str,
    nodes: Iterable[Node],
    *,
    heads: Mapping[str, str],
    labels: Iterable[Label] = (),
    stale: Mapping[str, tuple[str, ...]] | None = None,
) -> CheckpointTree:
    """The tree of a timeline's nodes. A node whose parent is gone stands below the next ancestor that is left.

    Args:
        heads: stage -> node id.
        stale: stage -> why its head is not what a plain run would give.
    """
    known = {node.id: node for node in nodes}
    named: dict[str, list[str]] = {}
    for label in labels:
        named.setdefault(label.node, []).append(label.name)
    siblings: dict[str | None, list[Node]] = {}
    for node in known.values():
        siblings.setdefault(tree_parent(node, known), []).append(node)
    for below in siblings.values():
        below.sort(key=lambda node: (_ORDER[node.stage], node.provenance.created_at, node.id))

    def entries(parent: str | None) -> Iterator[TreeEntry]:
        first: dict[str, Node] = {}
        below = siblings.get(parent, [])
        for node in below:
            reference = first.setdefault(node.stage, node)
            is_head = heads.get(node.stage) == node.id
            made = node.provenance
            yield TreeEntry(
                stage=node.stage,
                node=node.id,
                key=keys.node(timeline_id, node.stage, node.id),
                parent=parent,
                gone=tuple(_gone(node, known)),
                compared_with=None if reference is node else reference.id,
                alone=sum(other.stage == node.stage for other in below) == 1,
                differs=stated_changes(node) if reference is node else node_differences(reference, node),
                status=node.status,
                reason=node.reason,
                counts=node.counts,
                compute_s=made.compute_s,
                parts_computed=made.parts_computed,
                parts_reused=made.parts_reused,
                run_id=made.run_id,
                run_type=made.run_type,
                profile=made.profile,
                made_at=made.created_at,
                labels=tuple(sorted(named.get(node.id, []))),
                is_head=is_head,
                stale=(stale or {}).get(node.stage, ()) if is_head else (),
            )
            yield from entries(node.id)

    return CheckpointTree(timeline=timeline_id, entries=tuple(entries(None)))


def tree_parent(node: Node, known: Mapping[str, Node]) -> str | None:
    """The node's ancestor of the nearest earlier stage that is known; None at the root."""
    return next((identity for _, identity in _nearest_first(node) if identity in known), None)


def _gone(node: Node, known: Mapping[str, Node]) -> Iterator[NodeReference]:
    for stage, identity in _nearest_first(node):
        if identity in known:
            return
        yield NodeReference(stage=stage, node=identity)


def _nearest_first(node: Node) -> list[tuple[str, str]]:
    return sorted(node.ancestors.items(), key=lambda found: -_ORDER[found[0]])
