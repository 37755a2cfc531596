"""Which node each input stands for: decided once, when a stage starts, and the same answer is loaded, hashed and recorded."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node

NODE_TAG = "mpr/node"
PARENT_TAG = "mpr/parent."
PIN_TAG = "mpr/pin."


def resolve_parent(
    instance: dg.DagsterInstance,
    run_id: str,
    run_tags: Mapping[str, str],
    catalog: Catalog,
    timeline_id: str,
    stage: str,
) -> Node:
    """A parent's node: pinned by the run's tags, else made by the same run, else the head.

    Raises:
        UnknownTimeline: there is no such timeline.
        InputError: the pinned node does not exist, or the stage never ran.
    """
    pinned = run_tags.get(PIN_TAG + stage)
    identity = pinned or _node_of_run(instance, run_id, stage)
    node = catalog.node(timeline_id, stage, identity) if identity else catalog.head(timeline_id, stage)
    if node is not None:
        return node
    if pinned:
        raise InputError(
            "no such node", where=f"{PIN_TAG}{stage}={pinned}", why="it is not in the store", remedy="drop the pin"
        )
    catalog.timeline(timeline_id)
    raise InputError(
        "a stage has no input",
        where=f"timeline {timeline_id}",
        why=f"{stage} never ran on it",
        remedy=f"materialize {stage} first, or run the whole job: mpr run {timeline_id}",
    )


def _node_of_run(instance: dg.DagsterInstance, run_id: str, stage: str) -> str | None:
    """The node that a stage materialized in this very run."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    for record in records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.asset_key == dg.AssetKey(stage):
            tags = event.step_materialization_data.materialization.tags or {}
            return tags.get(NODE_TAG)
    return None


def node_tags(node: Node) -> dict[str, str]:
    """The event tags of a materialization."""
    return {NODE_TAG: node.id} | {PARENT_TAG + stage: identity for stage, identity in node.parents.items()}
