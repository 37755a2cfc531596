"""Scenarios: the labelled nodes, each a saved starting point, with everything along its branch that differs from the profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mpr_core.lineage.differences import Difference, stated_changes
from mpr_core.lineage.node import Label, Node
from mpr_core.record import Record
from mpr_core.stages.registry import STAGES


class Scenario(Record):
    """One labelled node.

    Attributes:
        differs: stage -> what the branch's node of that stage has otherwise than its profile; stages without a difference are left out.
        counts: of the node itself; empty when it is gone.
        missing: nodes of the branch whose manifests are gone, as `stage id`; the labelled one itself may be among them.
    """

    name: str
    timeline: str
    stage: str
    node: str
    made_at: datetime
    profile: str
    differs: dict[str, tuple[Difference, ...]]
    counts: dict[str, float]
    missing: tuple[str, ...]

    @property
    def can_be_replayed(self) -> bool:
        return not self.missing


def scenario_of(label: Label, nodes: Mapping[str, Node]) -> Scenario:
    """A label's scenario.

    Args:
        nodes: every node of the label's timeline, by id.
    """
    tip = nodes.get(label.node)
    branch = {label.stage: label.node} if tip is None else dict(tip.ancestors) | {tip.stage: tip.id}
    changes = {
        stage: stated_changes(nodes[branch[stage]]) for stage in STAGES if stage in branch and branch[stage] in nodes
    }
    return Scenario(
        name=label.name,
        timeline=label.timeline,
        stage=label.stage,
        node=label.node,
        made_at=label.made_at,
        profile="" if tip is None else tip.provenance.profile,
        differs={stage: found for stage, found in changes.items() if found},
        counts={} if tip is None else tip.counts,
        missing=tuple(f"{stage} {identity}" for stage, identity in branch.items() if identity not in nodes),
    )
