"""The eleven stages as assets, all made by one factory: resolve, one core call, return."""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
from collections.abc import Iterator
from typing import Any

import dagster as dg

from mpr_core.runner.stage import Stage
from mpr_core.stages.registry import STAGES
from mpr_dagster.executors import step_tags
from mpr_dagster.head_events import input_tags
from mpr_dagster.home import Home
from mpr_dagster.lineage import node_tags
from mpr_dagster.metadata import node_metadata
from mpr_dagster.partitions import TIMELINES
from mpr_dagster.services_cache import shared_services
from mpr_dagster.stage_checks import check_results, check_specs
from mpr_dagster.stage_run import after_materialization, run_step
from mpr_dagster.stage_schema import launchpad_config

_KINDS = {"gpu": "onnx", "cloud": "llm", None: "python"}


def stage_asset(stage: Stage, when_lost: dg.RetryPolicy | None = None) -> dg.AssetsDefinition:
    """One stage as an asset partitioned by timeline.

    Args:
        when_lost: how often its step is started again whose process was lost.
    """

    @dg.asset(
        name=stage.name,
        ins={name: dg.AssetIn(name) for name in stage.needs},
        partitions_def=TIMELINES,
        config_schema=launchpad_config(stage),
        group_name=stage.group,
        description=description(stage),
        code_version=stage.version,
        kinds={_KINDS[stage.pool]},
        pool=stage.pool,
        op_tags=step_tags(stage),
        retry_policy=when_lost,
        check_specs=check_specs(stage.name),
    )
    def body(context: dg.AssetExecutionContext, **parents: Any) -> Iterator[dg.MaterializeResult]:
        node = run_step(context, stage.name, parents)
        yield dg.MaterializeResult(
            value=node,
            data_version=dg.DataVersion(node.id),
            tags=node_tags(node) | input_tags(context.instance, node),
            metadata=node_metadata(node, shared_services(Home()).media_out),
            check_results=check_results(context, node),
        )
        after_materialization(context, node)  # Dagster has stored and recorded it by now

    return body


def description(stage: Stage) -> str:
    """What a stage does, and what the page of an asset does not say by itself."""
    skippable = "May be switched off (`enabled: false`); then it is skipped and passes its input on."
    needed = "Runs always: every report needs it."
    config = "Config that is left out is as the timeline's profile says."
    return f"{stage.summary}\n\n{skippable if stage.skippable else needed} {config}"


ASSETS = [stage_asset(stage) for stage in STAGES.values()]
