"""A replay as a Dagster run: the stages that run again, every knob of theirs, and tags that pin all other inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dagster._core.utils import make_new_run_id

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.references import check_label_name, find_node
from mpr_core.lineage.replay import ReplayPlan, ReplayRequest, fewest_pins, plan_replay
from mpr_core.profiles.profile import effective_configs, readable_config
from mpr_dagster.home import Home
from mpr_dagster.launch import Launch, parse_sets
from mpr_dagster.priced_models import check_prices
from mpr_dagster.run_tags import replay_tags


@dataclass(frozen=True)
class ReplayOptions:
    """What stands on the command line of `mpr replay`.

    Attributes:
        origin: a reference to the node whose inputs it starts from; None: the heads.
        profile: take every knob from this profile instead of the branch.
        brands: another brand list, for this replay alone.
        asks: whether questions may be put to models; else answers that are stored are all there is.
    """

    stage: str
    settings: Sequence[str] = ()
    origin: str | None = None
    only: bool = False
    promote: bool = False
    label: str | None = None
    profile: str | None = None
    brands: tuple[Brand, ...] | None = None
    asks: bool = True


def prepare_replay(home: Home, timeline_id: str, options: ReplayOptions) -> tuple[Launch, Node | None]:
    """A replay, checked, nothing started; and the node it starts from, None for the heads.

    Raises:
        InputError: no such timeline, stage, node, profile or field, a value that does not fit, or inputs that do not belong together.
    """
    home.check_stores()
    catalog = Catalog(home.media_out())
    timeline = catalog.timeline(timeline_id)
    if options.label is not None:
        check_label_name(options.label)
    origin = None
    if options.origin is not None:
        origin = find_node(catalog, options.origin, timeline_id=timeline_id, stage=options.stage)
    name = options.profile or timeline.profile
    profile = home.profiles.load(name)
    plan = plan_replay(
        catalog,
        ReplayRequest(
            timeline=timeline_id,
            stage=options.stage,
            origin=origin,
            only=options.only,
            overrides=_overrides(options),
            profile_configs=effective_configs(profile, timeline.brand_list(profile.brands), {}),
            as_profile=options.profile is not None,
        ),
    )
    if options.asks:
        check_prices(home, plan.configs)
    if options.label is not None:
        _refuse_taken_label(catalog, timeline_id, options.label, plan)
    tags = replay_tags(fewest_pins(plan.pins), promote=options.promote, label=options.label, asks=options.asks)
    return Launch(make_new_run_id(), timeline_id, name, plan.stages, _run_config(plan), tags), origin


def _refuse_taken_label(catalog: Catalog, timeline_id: str, name: str, plan: ReplayPlan) -> None:
    """A replay takes no name away from another node; the same replay again keeps its own."""
    known = next((label for label in catalog.labels(timeline_id) if label.name == name), None)
    node = None if known is None else catalog.node(timeline_id, known.stage, known.node)
    if known is None or (node is not None and _is_of(catalog, node, plan)):
        return
    raise InputError(
        "the label is taken",
        where=name,
        why=f"in {timeline_id} it names {known.stage} {known.node}",
        remedy=f"choose another name, or take it away first: mpr label {name} {name} --delete --timeline {timeline_id}",
    )


def _is_of(catalog: Catalog, node: Node, plan: ReplayPlan) -> bool:
    """Whether a node is what the replay's last stage gave, or will give again."""
    if node.stage != plan.stages[-1]:
        return False
    branch = node.ancestors | {node.stage: node.id}
    if any(branch.get(stage, pin.id) != pin.id for stage, pin in plan.pins.items()):
        return False
    made = {stage: catalog.node(node.timeline, stage, branch[stage]) for stage in plan.stages if stage in branch}
    return all(
        found is not None and found.config == plan.configs[stage].model_dump(mode="json")
        for stage, found in made.items()
    )


def _overrides(options: ReplayOptions) -> dict[str, dict[str, Any]]:
    overrides = parse_sets(options.settings)
    if options.brands is not None:
        overrides.setdefault("match_brands", {})["brands"] = [b.model_dump(mode="json") for b in options.brands]
    return overrides


def _run_config(plan: ReplayPlan) -> dict[str, Any]:
    return {"ops": {stage: {"config": readable_config(config)} for stage, config in plan.configs.items()}}
