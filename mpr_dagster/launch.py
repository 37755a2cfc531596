"""Running stages of one timeline through Dagster in this process: checked first, then executed and recorded like any other run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import yaml
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.utils import make_new_run_id

from mpr_core.errors import ConfigError, MprError, RunLeft, RunPaused
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.profiles.profile import check_stage_name, effective_configs, readable_config, yaml_problem
from mpr_core.runner.events import Event, EventLog, read_events
from mpr_core.runner.missing_parts import LEAST_SHARED
from mpr_core.stages.registry import STAGE_NAMES, STAGES, downstream
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.control.process import process_tags
from mpr_dagster.head_events import state_heads
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.jobs import profile_job
from mpr_dagster.partitions import register
from mpr_dagster.priced_models import check_prices
from mpr_dagster.run_tags import PROMOTE_TAG, RUN_TYPE_TAG
from mpr_dagster.services_cache import close_services, shared_services
from mpr_dagster.stage_retry import MOST_RETRIES_TAG


@dataclass(frozen=True)
class Launch:
    """A checked request: everything the run needs, nothing started yet."""

    run_id: str
    timeline: str
    profile: str
    stages: tuple[str, ...]
    run_config: dict[str, Any]
    tags: dict[str, str] = field(default_factory=lambda: {RUN_TYPE_TAG: "initial"})

    @property
    def run_type(self) -> str:
        return self.tags[RUN_TYPE_TAG]

    @property
    def moves_heads(self) -> bool:
        return self.tags.get(PROMOTE_TAG) != "false"


@dataclass(frozen=True)
class Finished:
    """What a run left: the nodes of its stages, how much of them it had to compute, and how long each stage took to."""

    run_id: str
    nodes: dict[str, Node]
    parts_computed: int
    parts_reused: int
    compute_s: dict[str, float]


def parse_sets(settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`stage.field=value` texts as overrides; values are YAML.

    Raises:
        ConfigError: not of that form.
    """
    overrides: dict[str, dict[str, Any]] = {}
    for text in settings:
        path, sign, value = text.partition("=")
        stage, dot, field = path.strip().partition(".")
        if not sign or not dot or not field:
            raise ConfigError(
                "not a setting",
                where=f"--set {text}",
                why="it is not of the form stage.field=value",
                remedy="--set extract_frames.fps=4",
            )
        try:
            overrides.setdefault(stage, {})[field] = yaml.safe_load(value) if value.strip() else ""
        except yaml.YAMLError as error:
            raise ConfigError(
                "not a value", where=f"--set {text}", why=yaml_problem(error), remedy="write the value as YAML"
            ) from error
    return overrides


def prepare(
    home: Home, timeline_id: str, profile: str | None, settings: Sequence[str], stages: Sequence[str]
) -> Launch:
    """Check a request before anything starts.

    Raises:
        InputError: no such timeline, profile, stage or field, a value out of range, or a setting of a stage that is not to run.
    """
    home.check_stores()
    timeline = Catalog(home.media_out()).timeline(timeline_id)
    name = profile or timeline.profile
    loaded = home.profiles.load(name)
    overrides = parse_sets(settings)
    configs = effective_configs(loaded, timeline.brand_list(loaded.brands), overrides, where="--set")
    for stage in stages:
        check_stage_name(stage, "--stages")
    chosen = tuple(s for s in STAGE_NAMES if not stages or s in stages)
    for stage in overrides:
        if stage not in chosen:
            raise ConfigError(
                "a setting would have no effect",
                where=f"--set {stage}",
                why=f"--stages leaves {stage} out",
                remedy=f"--stages {stage},{','.join(stages)}",
            )
    _refuse_gap(chosen, overrides)
    check_prices(home, {stage: configs[stage] for stage in chosen})
    ops = loaded.run_config()["ops"]
    for stage, fields in overrides.items():
        checked = readable_config(configs[stage])
        ops[stage]["config"] |= {field: checked[field] for field in fields}
    return Launch(make_new_run_id(), timeline_id, name, chosen, {"ops": {s: ops[s] for s in chosen}})


def _refuse_gap(chosen: tuple[str, ...], overrides: Mapping[str, Any]) -> None:
    """A changed stage makes what rests on it another; a later stage of the same run cannot go by what was left out between them.

    Raises:
        ConfigError: such a stage is left out.
    """
    for changed in overrides:
        after = downstream(changed)
        last = max((place for place, stage in enumerate(after) if stage in chosen), default=-1)
        missing = [stage for stage in after[: last + 1] if stage not in chosen]
        if missing:
            raise ConfigError(
                "the stages do not belong together",
                where=f"--stages {','.join(chosen)}",
                why=f"with another {changed} {after[last]} needs {', '.join(missing)} anew",
                remedy=f"--stages {','.join(s for s in STAGE_NAMES if s in (*chosen, *missing))}, or leave --stages out",
            )


def execute(home: Home, launch: Launch, while_running: Callable[[], None] = lambda: None) -> Finished:
    """Run the stages in this process.

    Raises:
        RunLeft: someone asked for the end of the run, from elsewhere.
        MprError: what stopped the run.
        KeyboardInterrupt: someone did.
    """
    log = EventLog(home.events_path(launch.run_id))
    log(Event(kind="run_started", run_id=launch.run_id, timeline=launch.timeline, message=",".join(launch.stages)))
    status, why = "failed", ""
    try:
        _start_workers(home, launch)
        with open_instance(home) as instance:
            close_dead_runs(instance)
            register(instance, launch.timeline)
            state_heads(
                instance, Catalog(home.media_out()), launch.timeline, "stated again: a run was killed before it could"
            )
            _execute(home, launch, instance)
        status = "done"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    except RunLeft as left:
        status = "paused" if isinstance(left, RunPaused) else "stopped"
        raise
    except MprError as error:
        why = str(error)
        raise
    finally:
        close_services()
        log(Event(kind="run_finished", run_id=launch.run_id, timeline=launch.timeline, status=status, message=why))
    return _finished(home, launch)


def _start_workers(home: Home, launch: Launch) -> None:
    """Workers take a second to start; where the first stage will want them, that is as long as Dagster takes to begin."""
    services, first = shared_services(home), STAGES[launch.stages[0]]
    if first.python_bound and services.workers is not None:
        before = Catalog(services.media_out).head(launch.timeline, first.needs[0])
        if before is not None and len(before.parts) >= LEAST_SHARED:
            services.workers.start()


def _finished(home: Home, launch: Launch) -> Finished:
    events, _ = read_events(home.events_path(launch.run_id))
    ends = [event for event in events if event.kind == "stage_finished"]
    catalog = Catalog(home.media_out())
    nodes = {event.stage: catalog.node(launch.timeline, event.stage, event.node) for event in ends}
    return Finished(
        launch.run_id,
        {stage: node for stage, node in nodes.items() if node is not None},
        sum(event.parts_computed for event in ends),
        sum(event.parts_reused for event in ends),
        {event.stage: event.elapsed_s if event.parts_computed else 0.0 for event in ends},
    )


def _execute(home: Home, launch: Launch, instance: dg.DagsterInstance) -> None:
    from mpr_dagster.definitions import definitions

    profile = profile_job(home.profiles.load(launch.profile))
    job = definitions([profile]).resolve_job_def(profile.name)
    quiet: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    try:
        job.execute_in_process(
            run_config=launch.run_config | quiet,
            instance=instance,
            partition_key=launch.timeline,
            asset_selection=[dg.AssetKey(stage) for stage in launch.stages],
            run_id=launch.run_id,
            tags={MOST_RETRIES_TAG: "0"} | launch.tags | process_tags(launch.run_id),
        )
    except DagsterExecutionInterruptedError as error:
        left = _ours(error)
        raise (left if isinstance(left, RunLeft) else KeyboardInterrupt()) from error
    except Exception as error:  # Dagster wraps what a stage raised; ours comes out again, anything else stays
        if (ours := _ours(error)) is None:
            raise
        raise ours from error


def _ours(error: BaseException | None) -> MprError | None:
    """Our error among those that led to this one; the chain of what Dagster raises can be a ring."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, MprError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None
