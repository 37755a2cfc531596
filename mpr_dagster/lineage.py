"""Which node each input stands for: decided once, when a stage starts, and the same answer is loaded, hashed and recorded."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from mpr_core.errors import InputError, PartMissing, UnknownNode
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.references import find_node, is_node_id
from mpr_dagster.run_tags import PIN_TAG, earlier_run_id, pins_of

NODE_TAG = "mpr/node"
PARENT_TAG = "mpr/parent."


def resolve_parent(
    instance: dg.DagsterInstance, run: dg.DagsterRun, catalog: Catalog, timeline_id: str, stage: str
) -> Node:
    """A parent's node: pinned by the run's tags; made by this run or one it continues; what a pinned node rests on; the head.

    Raises:
        UnknownTimeline: there is no such timeline.
        InputError: a pin names no node of the stage, or the stage never ran.
    """
    pinned = pinned_nodes(catalog, timeline_id, run)
    if stage in pinned:
        return pinned[stage]
    identity = next((made[stage] for made in made_by(instance, run) if stage in made), None)
    identity = identity or next((n.ancestors[stage] for n in pinned.values() if stage in n.ancestors), None)
    node = catalog.node(timeline_id, stage, identity) if identity else catalog.head(timeline_id, stage)
    if node is not None:
        return node
    catalog.timeline(timeline_id)
    gone = f"this run rests on {stage} {identity}, which is not in the store any more"
    raise InputError(
        "a stage has no input",
        where=f"timeline {timeline_id}",
        why=gone if identity else f"{stage} never ran on it",
        remedy=f"materialize {stage} first, or run the whole job: mpr run {timeline_id}",
    )


_pinned: dict[tuple[str, str, tuple[tuple[str, str], ...]], dict[str, Node]] = {}
_MOST_RUNS = 4


def pinned_nodes(catalog: Catalog, timeline_id: str, run: dg.DagsterRun) -> dict[str, Node]:
    """Stage -> the node its pin means; a pin may name a later node (a label of a report, say), which is followed up to the stage.

    Resolved once per run and process: a label that is moved while the run goes on moves none of its inputs.

    Raises:
        UnknownNode: it names no node, or one that does not rest on the stage.
    """
    pins = pins_of(run.tags)
    if not pins:
        return {}
    key = run.run_id, f"{catalog.store.url} {timeline_id}", tuple(pins.items())
    if key not in _pinned:
        while len(_pinned) >= _MOST_RUNS:
            _pinned.pop(next(iter(_pinned)))
        _pinned[key] = {stage: _pinned_node(catalog, timeline_id, stage, named) for stage, named in pins.items()}
    return _pinned[key]


def _pinned_node(catalog: Catalog, timeline_id: str, stage: str, reference: str) -> Node:
    named = catalog.node(timeline_id, stage, reference) if is_node_id(reference) else None
    named = named or find_node(catalog, reference, timeline_id=timeline_id, stage=stage)
    rests_on = named.ancestors.get(stage)
    node = named if named.stage == stage else catalog.node(timeline_id, stage, rests_on) if rests_on else None
    if node is None:
        raise UnknownNode(
            "a pin does not fit its stage",
            where=f"tag {PIN_TAG}{stage} = {reference}",
            why=f"it is {named.stage} {named.id}, which does not rest on {stage}",
            remedy=f"mpr checkpoints {timeline_id} --stage {stage} lists what fits",
        )
    return node


def fixed_node(catalog: Catalog, timeline_id: str, stage: str, run: dg.DagsterRun) -> Node | None:
    """The node that the run's pins fix for a stage: its own pin's, or what a pinned node rests on; None for a stage that is to run.

    `dagster job launch` always launches a whole job: so a pin means the same there, nothing up to it runs.
    """
    pinned = pinned_nodes(catalog, timeline_id, run)
    if stage in pinned:
        return pinned[stage]
    identity = next((n.ancestors[stage] for n in pinned.values() if stage in n.ancestors), None)
    node = catalog.node(timeline_id, stage, identity) if identity else None
    if identity and node is None:
        raise PartMissing(
            "a node is gone",
            where=f"{stage} {identity} of {timeline_id}",
            why="a pinned node rests on it, and its manifest was deleted",
            remedy=f"pin another node: mpr checkpoints {timeline_id}",
        )
    return node


def nodes_of_run(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """Stage -> the node that this very run materialized."""
    found = {}
    for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.asset_key is not None:
            tags = event.step_materialization_data.materialization.tags or {}
            if NODE_TAG in tags:
                found[event.asset_key.path[-1]] = tags[NODE_TAG]
    return found


def made_by(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[dict[str, str]]:
    """What the run made, then what the runs made that it continues, nearest first."""
    current: dg.DagsterRun | None = run
    seen = set()
    while current is not None and current.run_id not in seen:
        seen.add(current.run_id)
        yield nodes_of_run(instance, current.run_id)
        earlier = earlier_run_id(current)
        current = instance.get_run_by_id(earlier) if earlier else None


def node_tags(node: Node) -> dict[str, str]:
    """The event tags of a materialization."""
    return {NODE_TAG: node.id} | {PARENT_TAG + stage: identity for stage, identity in node.parents.items()}
