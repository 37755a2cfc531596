"""What a replay is: which stages run again, from which nodes, with which configs. Nothing is started here.

Everything but the changed knobs is as it was: a stage that runs again has the config of the branch it starts from (else of the head, else
of the profile), so that the difference between two reports is the difference between their knobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mpr_core.errors import InputError, PartMissing
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.profiles.profile import Overrides, check_stage_name, config_of
from mpr_core.record import StageConfig
from mpr_core.runner.inputs import consistent_ancestors
from mpr_core.stages.registry import STAGES, downstream


@dataclass(frozen=True)
class ReplayRequest:
    """What a user asks for.

    Attributes:
        stage: the first stage that runs again.
        origin: the node whose inputs it starts from; None: the heads.
        only: nothing after the stage runs.
        overrides: stage -> field -> value.
        profile_configs: what the profile says; the base of a stage that has no node yet, and of all with `as_profile`.
        as_profile: forget the branch's configs.
    """

    timeline: str
    stage: str
    origin: Node | None
    only: bool
    overrides: Overrides
    profile_configs: Mapping[str, StageConfig]
    as_profile: bool = False


@dataclass(frozen=True)
class ReplayPlan:
    """The stages to run in order, each one's whole config, and the node of every stage that is not run."""

    stages: tuple[str, ...]
    configs: dict[str, StageConfig]
    pins: dict[str, Node]


def plan_replay(catalog: Catalog, request: ReplayRequest) -> ReplayPlan:
    """The plan of a replay.

    Raises:
        ConfigError: an unknown stage or field, or a value that does not fit.
        InputError: a setting of a stage that does not run, or inputs that are missing or do not belong together.
    """
    check_stage_name(request.stage, "--stage")
    stages = (request.stage,) if request.only else (request.stage, *downstream(request.stage))
    _refuse_idle_settings(request, stages)
    pins = _pins(catalog, request, stages)
    configs = {stage: _config(catalog, request, stage) for stage in stages}
    return ReplayPlan(stages, configs, pins)


def fewest_pins(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Stage -> node id, without the stages that another of the nodes rests on: a pin brings along what its node rests on."""
    brought = {(stage, identity) for node in nodes.values() for stage, identity in node.ancestors.items()}
    return {stage: node.id for stage, node in nodes.items() if (stage, node.id) not in brought}


def _refuse_idle_settings(request: ReplayRequest, stages: tuple[str, ...]) -> None:
    for stage in request.overrides:
        check_stage_name(stage, "--set")
        if stage not in stages:
            because = "--only leaves it out" if request.only else f"it does not come after {request.stage}"
            raise InputError(
                "a setting would have no effect",
                where=f"--set {stage}",
                why=because,
                remedy=f"--stage {stage} replays from there",
            )


def _config(catalog: Catalog, request: ReplayRequest, stage: str) -> StageConfig:
    known = None if request.as_profile else _known_node(catalog, request, stage)
    base = request.profile_configs[stage].model_dump(mode="json") if known is None else known.config
    return config_of(stage, dict(base) | dict(request.overrides.get(stage, {})), "--set")


def _known_node(catalog: Catalog, request: ReplayRequest, stage: str) -> Node | None:
    """The node whose config a stage takes over: of the origin's branch, else the head."""
    origin = request.origin
    if origin is not None and origin.stage == stage:
        return origin
    if origin is not None and stage in origin.ancestors:
        return catalog.node(request.timeline, stage, origin.ancestors[stage])
    return catalog.head(request.timeline, stage)


def _pins(catalog: Catalog, request: ReplayRequest, stages: tuple[str, ...]) -> dict[str, Node]:
    """The node of every stage that is read but not run."""
    wanted = [name for name in STAGES if name not in stages and any(name in STAGES[s].needs for s in stages)]
    if request.origin is None:
        found = {name: catalog.head(request.timeline, name) for name in wanted}
    else:
        found = _pins_of_origin(catalog, request.origin, wanted)
    missing = [name for name, node in found.items() if node is None]
    if missing:
        raise _no_input(request, missing)
    pins = {name: node for name, node in found.items() if node is not None}
    consistent_ancestors(STAGES[request.stage], pins)
    return pins


def _no_input(request: ReplayRequest, missing: list[str]) -> InputError:
    origin, names = request.origin, ", ".join(missing)
    if origin is None:
        why, remedy = f"{names} never ran on {request.timeline}", f"mpr run {request.timeline}"
    else:
        why = f"{names} never ran on the branch of {origin.stage} {origin.id}"
        remedy = f"mpr replay {request.timeline} --stage {missing[0]} --from {origin.id}"
    return InputError("a stage has no input", where=request.stage, why=why, remedy=remedy)


def _pins_of_origin(catalog: Catalog, origin: Node, wanted: list[str]) -> dict[str, Node | None]:
    """Nodes of the origin's own branch; for stages after it, the heads where they rest on it, else the newest that do."""
    known = dict(origin.ancestors) | {origin.stage: origin.id}
    later = [node for node in catalog.nodes(origin.timeline) if node.ancestors.get(origin.stage) == origin.id]
    heads = {catalog.head_id(origin.timeline, name) for name in wanted}
    later.sort(key=lambda node: (node.id in heads, node.provenance.created_at))  # last: where the timeline stands
    for name in reversed(wanted):  # the last one settles those before it
        if name not in known:
            fitting = [node for node in later if node.stage == name and _agrees(node, known)]
            known |= fitting[-1].ancestors | {name: fitting[-1].id} if fitting else {}
    return {name: _node(catalog, origin.timeline, name, known[name]) if name in known else None for name in wanted}


def _agrees(node: Node, known: Mapping[str, str]) -> bool:
    return all(known.get(stage, identity) == identity for stage, identity in node.ancestors.items())


def _node(catalog: Catalog, timeline_id: str, stage: str, identity: str) -> Node:
    node = catalog.node(timeline_id, stage, identity)
    if node is None:
        raise PartMissing(
            "a node is gone", where=f"{stage} {identity}", why="its cache was deleted", remedy=f"mpr run {timeline_id}"
        )
    return node
