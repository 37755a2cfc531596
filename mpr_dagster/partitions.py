"""The one partition dimension: timelines. Segments are never partitions."""

from __future__ import annotations

import dagster as dg

from mpr_core.errors import InputError

TIMELINES = dg.DynamicPartitionsDefinition(name="timelines")


def register(instance: dg.DagsterInstance, timeline_id: str) -> None:
    """Make a timeline a partition; one that is there already stays."""
    if not instance.has_dynamic_partition(str(TIMELINES.name), timeline_id):
        instance.add_dynamic_partitions(str(TIMELINES.name), [timeline_id])


def chosen_timeline(context: dg.AssetExecutionContext) -> str:
    """The timeline a step is for.

    Raises:
        InputError: the run was started without a partition, which Dagster allows.
    """
    if context.has_partition_key:
        return context.partition_key
    raise InputError(
        "no timeline was chosen",
        where="the run has no partition",
        why="every stage works on one timeline",
        remedy='choose a partition in the UI, --partition ID, or --tags \'{"dagster/partition": "ID"}\'',
    )
