"""A retry: what a failed or cancelled run left undone, as a new run that is pinned to what it had finished."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.utils import make_new_run_id

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.replay import fewest_pins
from mpr_core.profiles.profile import check_stage_name, effective_configs, readable_config
from mpr_core.stages.registry import downstream
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.jobs import profile_of_run
from mpr_dagster.launch import Launch, parse_sets
from mpr_dagster.lineage import made_by, pinned_nodes
from mpr_dagster.priced_models import check_prices
from mpr_dagster.run_lookup import find_run
from mpr_dagster.run_tags import (
    CONTINUES_TAG,
    LABEL_TAG,
    PARENT_RUN_TAG,
    PARTITION_TAG,
    ROOT_RUN_TAG,
    asks_models,
    moves_heads,
    replay_tags,
    stages_of,
)


def prepare_retry(home: Home, run_text: str, settings: Sequence[str] = ()) -> Launch:
    """The rest of a run that failed or was cancelled, perhaps with other knobs.

    Raises:
        InputError: there is no such run, it succeeded or still goes on, or a setting does not fit.
    """
    home.check_stores()
    with open_instance(home) as instance:
        close_dead_runs(instance)
        run = find_run(instance, run_text)
        _refuse_unless_ended(run)
        done: dict[str, str] = {}
        for earlier in made_by(instance, run):
            done = earlier | done
    timeline_id = run.tags.get(PARTITION_TAG, "")
    catalog = Catalog(home.media_out())
    timeline = catalog.timeline(timeline_id)
    name = profile_of_run(run, home.profiles) or timeline.profile
    overrides = parse_sets(settings)
    chosen = stages_of(run)
    rest = _rest(chosen, done, overrides)
    config = _run_config(run, rest, overrides)
    given = {stage: fields["config"] for stage, fields in config["ops"].items() if fields.get("config")}
    profile = home.profiles.load(name)
    checked = effective_configs(profile, timeline.brand_list(profile.brands), given, where="--set")
    asks = asks_models(run)
    if asks:
        check_prices(home, {stage: checked[stage] for stage in rest})
    for stage, fields in overrides.items():
        readable = readable_config(checked[stage])
        config["ops"][stage]["config"] |= {field: readable[field] for field in fields}
    pinned = pinned_nodes(catalog, timeline_id, run)
    _refuse_fixed(overrides, pinned)
    finished = {stage: catalog.node(timeline_id, stage, node) for stage, node in done.items() if stage not in rest}
    kept = pinned | {stage: node for stage, node in finished.items() if node is not None}
    label = run.tags.get(LABEL_TAG)
    tags = replay_tags(fewest_pins(kept), promote=moves_heads(run), label=label, kind="retry", asks=asks)
    tags |= {
        PARENT_RUN_TAG: run.run_id,
        CONTINUES_TAG: run.run_id,
        ROOT_RUN_TAG: run.tags.get(ROOT_RUN_TAG, run.run_id),
    }
    return Launch(make_new_run_id(), timeline_id, name, rest, config, tags)


def _refuse_unless_ended(run: dg.DagsterRun) -> None:
    if run.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        return
    timeline = run.tags.get(PARTITION_TAG, "TIMELINE")
    if run.status is dg.DagsterRunStatus.SUCCESS:
        raise InputError(
            "nothing to retry",
            where=f"run {run.run_id[:8]}",
            why="it succeeded",
            remedy=f"mpr replay {timeline} --stage STAGE --set ... changes a knob",
        )
    raise InputError(
        "the run still goes on",
        where=f"run {run.run_id[:8]}",
        why=f"Dagster says {run.status.value.lower()}",
        remedy=f"wait for it, or: mpr stop {run.run_id[:8]}",
    )


def _refuse_fixed(overrides: Mapping[str, Any], pinned: Mapping[str, Node]) -> None:
    """A knob of a stage that a pin of the run fixes would change nothing."""
    for stage in overrides:
        by = next((name for name, node in pinned.items() if name == stage or stage in node.ancestors), None)
        if by is not None:
            raise InputError(
                "a setting would have no effect",
                where=f"--set {stage}",
                why=f"the run is pinned to {by} {pinned[by].id}",
                remedy=f"mpr replay {pinned[by].timeline} --stage {stage} starts there",
            )


def _rest(chosen: Sequence[str], done: Mapping[str, str], overrides: Mapping[str, Any]) -> tuple[str, ...]:
    """What is left to run: what was not done, and what a changed knob touches."""
    for stage in overrides:
        check_stage_name(stage, "--set")
        if stage not in chosen:
            raise InputError(
                "a setting would have no effect",
                where=f"--set {stage}",
                why="the run is not for that stage",
                remedy=f"its stages are {', '.join(chosen)}",
            )
    again = set(overrides) | {later for stage in overrides for later in downstream(stage)}
    undone = {stage for stage in chosen if stage not in done}
    again |= undone | {later for stage in undone for later in downstream(stage)}
    rest = tuple(stage for stage in chosen if stage in again)
    if not rest:
        raise InputError(
            "nothing to retry",
            where=", ".join(chosen),
            why="the run had finished every stage before it ended",
            remedy="mpr replay changes a knob",
        )
    return rest


def _run_config(run: dg.DagsterRun, rest: Sequence[str], overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The run's own config for the stages that are left, with the changed knobs."""
    given = copy.deepcopy(dict(run.run_config.get("ops", {})))
    ops: dict[str, Any] = {stage: {"config": dict(given.get(stage, {}).get("config", {}))} for stage in rest}
    for stage, fields in overrides.items():
        ops[stage]["config"] |= fields
    return {"ops": ops}
