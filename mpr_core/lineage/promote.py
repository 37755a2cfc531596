"""Promotion: the heads move to a node's branch, so that plain commands, and the report, speak of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.stages.registry import STAGES


@dataclass(frozen=True)
class HeadMove:
    """One head's way.

    Attributes:
        before: the node's id it stood at; None: the stage had no head.
    """

    stage: str
    before: str | None
    after: Node


@dataclass(frozen=True)
class Promotion:
    """What promoting a node does to the heads, all in stage order.

    Attributes:
        moves: heads that move.
        stays: stages whose head is on the promoted branch already.
        left: later stages whose head rests on something else, with no node on the promoted branch to move to -> the node's id.
    """

    node: Node
    moves: tuple[HeadMove, ...]
    stays: tuple[str, ...]
    left: dict[str, str]


def promotion_of(catalog: Catalog, node: Node) -> Promotion:
    """The promotion of a node, nothing moved yet.

    Raises:
        InputError: a manifest of its branch is gone, so that it could not stand on its own.
    """
    heads = {stage: catalog.head_id(node.timeline, stage) for stage in STAGES}
    return plan_promotion(node, catalog.nodes(node.timeline), heads)


def plan_promotion(node: Node, nodes: Sequence[Node], heads: Mapping[str, str | None]) -> Promotion:
    """The promotion of a node among a timeline's nodes.

    Args:
        heads: stage -> id of the node it stands at.
    Raises:
        InputError: see `promotion_of`.
    """
    known = {found.id: found for found in nodes} | {node.id: node}
    branch = dict(node.ancestors) | {node.stage: node.id}
    gone = [f"{stage} {identity}" for stage, identity in branch.items() if identity not in known]
    if gone:
        raise InputError(
            "the branch is not whole",
            where=f"{node.stage} {node.id} of {node.timeline}",
            why=f"it rests on {', '.join(gone)}, whose manifest is gone",
            remedy=f"mpr run {node.timeline}, then promote one of the new nodes",
        )
    moves, stays, left = [], [], {}
    for stage in STAGES:
        head = heads.get(stage)
        target = branch.get(stage) or _target(stage, head, known, branch)
        if target is None:
            if head is not None:
                left[stage] = head
            continue
        branch[stage] = target
        if target == head:
            stays.append(stage)
        else:
            moves.append(HeadMove(stage, head, known[target]))
    return Promotion(node, tuple(moves), tuple(stays), left)


def apply_promotion(catalog: Catalog, promotion: Promotion, run_id: str = "promote") -> None:
    """Move the heads, ancestors first. After a kill, planning and applying again ends in the same heads."""
    for move in promotion.moves:
        catalog.move_head(move.after, run_id)


def _target(stage: str, head: str | None, known: Mapping[str, Node], branch: Mapping[str, str]) -> str | None:
    """Where the head of a stage after the promoted one goes: it stays on the branch, else to the newest node that is on it."""
    fitting = [node for node in known.values() if node.stage == stage and _rests_on(node, branch)]
    if head is not None and any(node.id == head for node in fitting):
        return head
    return max(fitting, key=lambda node: (node.provenance.created_at, node.id)).id if fitting else None


def _rests_on(node: Node, branch: Mapping[str, str]) -> bool:
    return all(branch.get(stage) == identity for stage, identity in node.ancestors.items())
