"""From a Dagster step to a core call: what the step is asked for, and the node it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from mpr_core.errors import InputError, MprError, RunLeft
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.labels import put_label
from mpr_core.lineage.node import Node
from mpr_core.profiles.profile import config_changes, effective_configs
from mpr_core.runner.control import Gate, no_gate
from mpr_core.runner.events import Event, EventSink
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_dagster.brand_proposals import propose_names
from mpr_dagster.control.gate import RunGate
from mpr_dagster.control.process import tagged_run
from mpr_dagster.head_events import report_heads, state_heads
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_of_run
from mpr_dagster.lineage import fixed_node
from mpr_dagster.partitions import chosen_timeline, register
from mpr_dagster.run_events import run_sink
from mpr_dagster.run_tags import LABEL_TAG, asks_models, moves_heads, pins_of, run_type, stages_of
from mpr_dagster.services_cache import shared_services
from mpr_dagster.stage_retry import tried_again


def run_step(context: dg.AssetExecutionContext, stage: str, parents: Mapping[str, Node]) -> Node:
    """Run one stage of the step's partition with the step's config over the timeline's profile."""
    home = Home()
    with tried_again(home, context.run, context.retry_number):
        return _run_once(context, home, stage, parents)


def _run_once(context: dg.AssetExecutionContext, home: Home, stage: str, parents: Mapping[str, Node]) -> Node:
    timeline = chosen_timeline(context)
    sink = run_sink(home, context.run, timeline, context.log)
    request = step_request(home, timeline, stage, parents, context.op_execution_context.op_config, context.run)
    run = tagged_run(context, request.run_type)
    # A launched run is not checked against the partitions: without this, storing the result would fail after all the work.
    register(context.instance, timeline)
    if (fixed := fixed_node(Catalog(home.media_out()), timeline, stage, context.run)) is not None:
        sink(_pinned_event(request, fixed))
        return fixed
    gate = RunGate(context.instance, run, timeline, sink, home.settings.pause_limit_s)
    try:
        return execute(home, request, sink, gate)
    except RunLeft as left:  # no failure: Dagster's own way out of a step makes the run a canceled one
        gate.end_run(left)
        raise dg.DagsterExecutionInterruptedError from left
    except dg.DagsterExecutionInterruptedError:
        gate.interrupted()
        raise


def _pinned_event(request: StageRequest, node: Node) -> Event:
    many = len(node.parts)
    return Event(
        kind="stage_finished",
        run_id=request.run_id,
        timeline=request.timeline.id,
        stage=request.stage,
        status="cached",
        message=node.reason,
        counts=node.counts,
        node=node.id,
        segments_done=many,
        segments_total=many,
        parts_reused=many,
    )


def after_materialization(context: dg.AssetExecutionContext, node: Node) -> None:
    """What is to be done once Dagster has recorded a node: name it, propose the brands it found, state the head that it does not become."""
    home = Home()
    catalog = Catalog(home.media_out())
    if (label := context.run.tags.get(LABEL_TAG)) and node.stage == stages_of(context.run)[-1]:
        try:
            put_label(catalog, node, label, move=False)
        except InputError as error:  # the work is done: it is no reason to call it failed
            context.log.warning(f"{node.stage} {node.id} stays without its label: {error}")
    if node.stage == "compile_report" and moves_heads(context.run):
        _propose(context, home, node)
    run = f"run {context.run.run_id[:8]}"
    if not moves_heads(context.run):
        head = catalog.head(node.timeline, node.stage)
        report_heads(context.instance, [] if head is None else [head], f"still the head: {run} made branch {node.id}")
    elif pins_of(context.run.tags):
        state_heads(context.instance, catalog, node.timeline, f"{run} promoted a branch that rests on it")


def _propose(context: dg.AssetExecutionContext, home: Home, node: Node) -> None:
    """The names that the report found, into the brand registry; the next run proposes what could not be kept now."""
    try:
        propose_names(home.media_out(), node, context.run.run_id)
    except MprError as error:  # the work is done: it is no reason to call it failed
        context.log.warning(f"the names it found were not proposed: {error}")


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
    brands = timeline.brand_list(profile.brands)
    base = effective_configs(profile, brands, {})[stage]
    config = effective_configs(profile, brands, {stage: op_config or {}})[stage]
    return StageRequest(
        timeline=timeline,
        stage=stage,
        config=config,
        parents=parents,
        profile=name,
        config_changes=config_changes(config, base),
        run_id=run.run_id,
        run_type=run_type(run),
        asks_models=asks_models(run),
        in_process_after_s=profile.pipeline.in_process_after_s,
    )


def execute(home: Home, request: StageRequest, sink: EventSink, gate: Gate = no_gate) -> Node:
    """Run the stage; a report is also put where people look for it."""
    services = shared_services(home)
    node = run_stage(request, services, sink, gate)
    if request.stage == "compile_report":
        from mpr_core.runner.publish import (
            publish_report,  # brings the stages' libraries, which definitions must not need
        )

        publish_report(services.media_out, node)
    return node
