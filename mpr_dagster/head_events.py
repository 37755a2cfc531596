"""Dagster's latest materialization of a stage states the stage's head, whatever branches replays make.

Dagster takes the newest materialization of a partition for its present value, and judges by it what is stale downstream. A replay that is
not promoted leaves a newer one behind, so the head is stated again after it.
"""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    NULL_EVENT_POINTER,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.stages.registry import STAGES
from mpr_dagster.lineage import node_tags
from mpr_dagster.wording import found_in_words

_MOST_LOOKED_AT = 200


def state_heads(instance: dg.DagsterInstance, catalog: Catalog, timeline_id: str, why: str) -> list[Node]:
    """State the head of every stage whose latest materialization is of another node; returns those nodes."""
    heads = (catalog.head(timeline_id, stage) for stage in STAGES)
    return report_heads(instance, [head for head in heads if head is not None], why)


def report_heads(instance: dg.DagsterInstance, heads: Iterable[Node], why: str) -> list[Node]:
    """Record a materialization, outside any run, for each of these nodes that is not its stage's latest; returns those."""
    stated = []
    for node in heads:
        latest = _records(instance, node.timeline, node.stage, limit=1)
        if not latest or latest[0][1] == node.id:  # one that Dagster never saw is no business of its staleness
            continue
        tags = {
            DATA_VERSION_TAG: node.id,
            DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
            CODE_VERSION_TAG: node.stage_version,
        }
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                node.stage,
                description=why,
                partition=node.timeline,
                metadata={
                    "status": node.status,
                    "found": found_in_words(node.status, node.reason, node.counts) or "nothing",
                    "node": node.id,
                    "made_by_run": node.provenance.run_id,
                    "why": why,
                },
                tags=tags | node_tags(node) | input_tags(instance, node),
            )
        )
        stated.append(node)
    return stated


def input_tags(instance: dg.DagsterInstance, node: Node) -> dict[str, str]:
    """Dagster's own tags for what a node was made from. Its default is each parent's latest materialization, which a pin bypasses."""
    tags = {}
    for stage, identity in node.parents.items():
        key = dg.AssetKey(stage)
        tags[get_input_data_version_tag(key)] = identity
        tags[get_input_event_pointer_tag(key)] = _pointer(instance, node.timeline, stage, identity)
    return tags


def _pointer(instance: dg.DagsterInstance, timeline_id: str, stage: str, identity: str) -> str:
    """The newest materialization of a node, by its number in the event log."""
    for limit in (1, _MOST_LOOKED_AT):
        for number, version in _records(instance, timeline_id, stage, limit):
            if version == identity:
                return str(number)
    return NULL_EVENT_POINTER


def _records(instance: dg.DagsterInstance, timeline_id: str, stage: str, limit: int) -> list[tuple[int, str | None]]:
    """Number and data version of a stage's latest materializations, newest first."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(stage), asset_partitions=[timeline_id])
    found = []
    for record in instance.fetch_materializations(wanted, limit=limit).records:
        materialization = record.asset_materialization
        tags = (materialization.tags if materialization is not None else None) or {}
        found.append((record.storage_id, tags.get(DATA_VERSION_TAG)))
    return found
