"""From a Dagster step to a core call: what the step is asked for, and the node it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.profiles.profile import config_changes, effective_configs
from mpr_core.runner.events import EventSink
from mpr_core.runner.runner import StageRequest, run_stage
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_of_run
from mpr_dagster.partitions import chosen_timeline, register
from mpr_dagster.run_events import run_sink
from mpr_dagster.services_cache import shared_services


def run_step(context: dg.AssetExecutionContext, stage: str, parents: Mapping[str, Node]) -> Node:
    """Run one stage of the step's partition with the step's config over the timeline's profile."""
    home = Home()
    sink = run_sink(home, context.run.run_id, context.log)
    timeline = chosen_timeline(context)
    request = step_request(home, timeline, stage, parents, context.op_execution_context.op_config, context.run)
    # A launched run is not checked against the partitions: without this, storing the result would fail after all the work.
    register(context.instance, timeline)
    return execute(home, request, sink)


def step_request(
    home: Home,
    timeline_id: str,
    stage: str,
    parents: Mapping[str, Node],
    op_config: dict[str, Any] | None,
    run: dg.DagsterRun,
) -> StageRequest:
    """The core's request for one step.

    Raises:
        UnknownTimeline: there is no such timeline; said before anything is computed.
    """
    timeline = Catalog(home.media_out()).timeline(timeline_id)
    name = profile_of_run(run, home.profiles) or timeline.profile
    profile = home.profiles.load(name)
    base = effective_configs(profile, timeline.brands, {})[stage]
    given = dict(op_config or {}) | ({"enabled": False} if stage in home.settings.disabled_reasons() else {})
    config = effective_configs(profile, timeline.brands, {stage: given})[stage]
    return StageRequest(
        timeline=timeline,
        stage=stage,
        config=config,
        parents=parents,
        profile=name,
        config_changes=config_changes(config, base),
        run_id=run.run_id,
    )


def execute(home: Home, request: StageRequest, sink: EventSink) -> Node:
    """Run the stage; a report is also put where people look for it."""
    services = shared_services(home)
    node = run_stage(request, services, sink)
    if request.stage == "compile_report":
        from mpr_core.runner.publish import (
            publish_report,  # brings the stages' libraries, which definitions must not need
        )

        publish_report(services.media_out, node)
    return node
