"""The IO manager: a stage's output is its node.

Frames, parts and node manifests are in the store already (the runner writes each part as soon as it is computed); what is kept
here is where each stage stands.
"""

from __future__ import annotations

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.heads import move_ancestor_heads
from mpr_core.lineage.node import Node
from mpr_dagster.home import Home
from mpr_dagster.lineage import resolve_parent
from mpr_dagster.run_tags import moves_heads, pins_of
from mpr_dagster.stage_retry import tried_again


class NodeIOManager(dg.IOManager):
    """Storing a node moves its stage's head, unless the run makes a branch; loading one resolves pins, the run's nodes, heads."""

    def handle_output(self, context: dg.OutputContext, obj: Node) -> None:
        run = context.step_context.dagster_run
        if not moves_heads(run):
            return
        catalog = Catalog(Home().media_out())
        if pins_of(run.tags):  # a promoted branch is one with all it rests on
            move_ancestor_heads(catalog, obj, run.run_id)
        catalog.move_head(obj, run.run_id)

    def load_input(self, context: dg.InputContext) -> Node:
        step, home = context.step_context, Home()
        with tried_again(home, step.dagster_run, step.previous_attempt_count):
            return resolve_parent(
                context.instance,
                step.dagster_run,
                Catalog(home.media_out()),
                context.partition_key,
                context.asset_key.path[-1],
            )
