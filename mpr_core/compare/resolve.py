"""Which two nodes a user means: both of one stage, or a report and an earlier node whose newest report is taken."""

from __future__ import annotations

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.references import find_node

REPORT = "compile_report"


def find_pair(catalog: Catalog, timeline_id: str, a: str, b: str) -> tuple[Node, Node]:
    """The two nodes to compare.

    Args:
        a, b: ids, their beginnings, labels, `head`, or stages' names.
    Raises:
        UnknownTimeline, UnknownNode: nothing fits, or several do.
        InputError: the nodes are of different stages and neither is a report, or no report rests on the earlier one.
    """
    first, second = (find_node(catalog, reference, timeline_id=timeline_id) for reference in (a, b))
    if first.stage == second.stage:
        return first, second
    if REPORT in (first.stage, second.stage):
        return _reported(catalog, first), _reported(catalog, second)
    raise InputError(
        "nodes of different stages cannot be compared",
        where=f"{first.stage} {first.id} and {second.stage} {second.id}",
        why="only a report may stand for an earlier node, and neither of the two is one",
        remedy=f"name two nodes of one stage; mpr checkpoints {timeline_id} lists them",
    )


def _reported(catalog: Catalog, node: Node) -> Node:
    """The node itself if it is a report, else the newest report that rests on it."""
    if node.stage == REPORT:
        return node
    identities = [identity for stage, identity in catalog.node_ids(node.timeline) if stage == REPORT]
    found = [catalog.node(node.timeline, REPORT, identity) for identity in identities]
    reports = [report for report in found if report is not None and report.ancestors.get(node.stage) == node.id]
    if not reports:
        raise InputError(
            "no report rests on that node",
            where=f"{node.stage} {node.id} of {node.timeline}",
            why="the other node is a report, and a report is compared with a report",
            remedy=f"mpr replay {node.timeline} --stage {node.stage} --from {node.id} makes one",
        )
    return max(reports, key=lambda report: (report.provenance.created_at, report.id))
