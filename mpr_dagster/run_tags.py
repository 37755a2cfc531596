"""The tags of a run that MPR reads and writes: what kind of run it is, whether its results become the heads, and what it is pinned to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast, get_args

import dagster as dg

from mpr_core.errors import ConfigError
from mpr_core.stages.registry import STAGE_NAMES, STAGES

RunType = Literal["initial", "replay", "retry"]
RUN_TYPE_TAG = "mpr/run_type"
PARTITION_TAG = "dagster/partition"
PROMOTE_TAG = "mpr/promote"
LABEL_TAG = "mpr/label"
PIN_TAG = "mpr/pin."
ASKS_TAG = "mpr/asks"
PARENT_RUN_TAG = "dagster/parent_run_id"
# Set by `mpr retry` beside the parent: such a run is pinned to all that was finished before it, so nothing is looked up further back.
CONTINUES_TAG = "mpr/continues"
ROOT_RUN_TAG = "dagster/root_run_id"
_YES, _NO = "true", "false"


def pins_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Stage -> what its output is pinned to.

    Raises:
        ConfigError: a pin names no stage.
    """
    pins = {name.removeprefix(PIN_TAG): value.strip() for name, value in tags.items() if name.startswith(PIN_TAG)}
    for stage in pins:
        if stage not in STAGES:
            raise ConfigError(
                "a pin names no stage",
                where=f"tag {PIN_TAG}{stage}",
                why=f"the stages are {', '.join(STAGES)}",
                remedy=f"write {PIN_TAG}STAGE = a node's id or a label",
            )
    return pins


def run_type(run: dg.DagsterRun) -> RunType:
    """What kind of run this is: as its tag says, else a retry if it continues another run, a replay if it is pinned."""
    said = run.tags.get(RUN_TYPE_TAG, "")
    if said in get_args(RunType):
        return cast(RunType, said)
    if parent_run_id(run):
        return "retry"
    return "replay" if pins_of(run.tags) else "initial"


def stages_of(run: dg.DagsterRun) -> tuple[str, ...]:
    """The stages that the run is for, in order."""
    if run.asset_selection is None:
        return STAGE_NAMES
    wanted = {key.path[-1] for key in run.asset_selection}
    return tuple(stage for stage in STAGE_NAMES if stage in wanted)


def parent_run_id(run: dg.DagsterRun) -> str | None:
    """The run that this one continues."""
    return run.parent_run_id or run.tags.get(PARENT_RUN_TAG)


def earlier_run_id(run: dg.DagsterRun) -> str | None:
    """The run whose nodes this one may go on from without being pinned to them (Dagster's own re-execution)."""
    parent = parent_run_id(run)
    return None if run.tags.get(CONTINUES_TAG) == parent else parent


def moves_heads(run: dg.DagsterRun) -> bool:
    """Whether what this run makes becomes the heads: a plain run's does, a pinned one's only when it says so.

    Raises:
        ConfigError: the tag is neither true nor false.
    """
    said = run.tags.get(PROMOTE_TAG)
    if said is None:
        return run.tags.get(RUN_TYPE_TAG) != "replay" and not pins_of(run.tags)
    if said.lower() not in (_YES, _NO):
        raise ConfigError(
            "not a yes or no", where=f"tag {PROMOTE_TAG}", why=f"it is {said!r}", remedy=f"write {_YES} or {_NO}"
        )
    return said.lower() == _YES


def replay_tags(
    pins: Mapping[str, str], *, promote: bool, label: str | None, kind: RunType = "replay", asks: bool = True
) -> dict[str, str]:
    """The tags of a run that starts from given nodes; without `asks` it puts no question to a model."""
    tags = {RUN_TYPE_TAG: kind, PROMOTE_TAG: _YES if promote else _NO}
    tags |= {} if asks else {ASKS_TAG: _NO}
    tags |= {PIN_TAG + stage: node for stage, node in pins.items()}
    return tags | ({LABEL_TAG: label} if label else {})


def asks_models(run: dg.DagsterRun) -> bool:
    """Whether a run may put questions to models; else it goes by stored answers alone."""
    return run.tags.get(ASKS_TAG) != _NO
