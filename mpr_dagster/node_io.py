"""The IO manager: a stage's output is its node.

Frames, parts and node manifests are in the store already (the runner writes each part as soon as it is computed); what is kept
here is where each stage stands.
"""

from __future__ import annotations

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_dagster.home import Home
from mpr_dagster.lineage import resolve_parent


class NodeIOManager(dg.IOManager):
    """Storing a node moves its stage's head; loading one resolves pins, the same run's nodes, then heads."""

    def handle_output(self, context: dg.OutputContext, obj: Node) -> None:
        Catalog(Home().media_out()).move_head(obj, context.run_id)

    def load_input(self, context: dg.InputContext) -> Node:
        run = context.step_context.dagster_run
        return resolve_parent(
            context.instance,
            run.run_id,
            run.tags,
            Catalog(Home().media_out()),
            context.partition_key,
            context.asset_key.path[-1],
        )
