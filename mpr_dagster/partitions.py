"""The one partition dimension: timelines. Segments are never partitions."""

from __future__ import annotations

import dagster as dg

TIMELINES = dg.DynamicPartitionsDefinition(name="timelines")


def register(instance: dg.DagsterInstance, timeline_id: str) -> None:
    """Make a timeline a partition; one that is there already stays."""
    if not instance.has_dynamic_partition(str(TIMELINES.name), timeline_id):
        instance.add_dynamic_partitions(str(TIMELINES.name), [timeline_id])
