"""Which two nodes a user means: both of one stage, or a report and an earlier node whose report is taken."""

from __future__ import annotations

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.references import find_node, report_of

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
        return report_of(catalog, first), report_of(catalog, second)
    raise InputError(
        "nodes of different stages cannot be compared",
        where=f"{first.stage} {first.id} and {second.stage} {second.id}",
        why="only a report may stand for an earlier node, and neither of the two is one",
        remedy=f"name two nodes of one stage; mpr checkpoints {timeline_id} lists them",
    )
