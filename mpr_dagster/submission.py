"""Checked requests as runs in the instance's queue, which a daemon starts; several of one profile stand together as a backfill."""

from __future__ import annotations

import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._cli.workspace.cli_target import get_workspace_from_cli_opts
from dagster._core.definitions.selector import JobSubsetSelector
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_representation.code_location import CodeLocation
from dagster._core.remote_representation.external import RemoteJob, RemoteRepository
from dagster._core.utils import make_new_backfill_id
from dagster._core.workspace.context import WorkspaceRequestContext
from dagster.version import __version__ as dagster_version
from dagster_shared.cli import WorkspaceOpts

from mpr_core.errors import ConfigError
from mpr_core.lineage.catalog import Catalog
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_dagster.jobs import PROFILE_TAG, job_name
from mpr_dagster.launch import Launch
from mpr_dagster.lineage import resolve_parent
from mpr_dagster.partitions import register
from mpr_dagster.run_tags import PARTITION_TAG

LOCATION = "mpr"  # as workspace.yaml and every deployment name it
_QUEUE_DAEMON = "QUEUED_RUN_COORDINATOR"


@dataclass(frozen=True)
class Submitted:
    """What was put into the queue.

    Attributes:
        backfills: ids, one for each profile of which several timelines were asked for.
        daemon_lives: whether anyone takes runs out of the queue.
    """

    launches: tuple[Launch, ...]
    backfills: tuple[str, ...]
    daemon_lives: bool


def check_inputs(instance: dg.DagsterInstance, catalog: Catalog, launch: Launch) -> None:
    """Refuse stages whose inputs are not there: a queued run would say so only when its turn has come.

    Raises:
        InputError: a stage that is not to run never ran.
    """
    run = dg.DagsterRun(job_name(launch.profile), run_id=launch.run_id, tags=launch.tags)
    for stage in launch.stages:
        for need in STAGES[stage].needs:
            if need not in launch.stages:
                resolve_parent(instance, run, catalog, launch.timeline, need)


def submit(instance: dg.DagsterInstance, launches: Sequence[Launch], workspace_file: Path) -> Submitted:
    """Put checked requests into the queue.

    Args:
        launches: at least one; those of one profile have the same stages and run config.
        workspace_file: where the code location is, as the daemon's workspace names it.
    Raises:
        ConfigError: the code location does not load, or a profile has no job in it.
    """
    of_profile: dict[str, list[Launch]] = defaultdict(list)
    for launch in launches:
        of_profile[launch.profile].append(launch)
    backfills = []
    with _code_location(instance, workspace_file) as (workspace, location):
        (repository,) = location.get_repositories().values()
        for profile in of_profile:
            _refuse_unknown_job(repository, profile)
        for profile, group in of_profile.items():
            backfill = make_new_backfill_id() if len(group) > 1 else None
            _queue(instance, workspace, location, repository, group, backfill)
            if backfill is not None:
                instance.add_backfill(_backfill(repository, profile, group, backfill))
                backfills.append(backfill)
    return Submitted(tuple(launches), tuple(backfills), _daemon_lives(instance))


@contextmanager
def _code_location(
    instance: dg.DagsterInstance, workspace_file: Path
) -> Iterator[tuple[WorkspaceRequestContext, CodeLocation]]:
    options = WorkspaceOpts(workspace=[str(workspace_file)])
    with ExitStack() as opened:
        with warnings.catch_warnings():  # of a location that does not load Dagster warns with a traceback
            warnings.simplefilter("ignore", UserWarning)
            workspace = opened.enter_context(
                get_workspace_from_cli_opts(instance, dagster_version, options, log_level="ERROR")
            )
        if not workspace.has_code_location(LOCATION):
            error = workspace.get_code_location_error(LOCATION) if LOCATION in workspace.code_location_names else None
            raise ConfigError(
                "the code location does not load",
                where=f"{LOCATION} of {workspace_file}",
                why=f"no code location is named {LOCATION}" if error is None else " ".join(error.message.split()),
                remedy="--workspace names the file that the daemon reads; mpr doctor checks the rest",
            )
        yield workspace, workspace.get_code_location(LOCATION)


def _refuse_unknown_job(repository: RemoteRepository, profile: str) -> None:
    if not repository.has_job(job_name(profile)):
        raise ConfigError(
            "the profile has no job",
            where=profile,
            why=f"the code location {LOCATION} has no {job_name(profile)}",
            remedy="put the profile where the code location reads its own, and reload it",
        )


def _queue(
    instance: dg.DagsterInstance,
    workspace: WorkspaceRequestContext,
    location: CodeLocation,
    repository: RemoteRepository,
    group: Sequence[Launch],
    backfill: str | None,
) -> None:
    """Create the runs, all of one profile, and hand them to the instance's coordinator."""
    job = _job(location, repository, group[0])
    config = group[0].run_config
    plan = location.get_execution_plan(
        job, config, step_keys_to_execute=None, known_state=None, instance=instance
    ).execution_plan_snapshot
    shared: dict[str, str] = {**job.tags, PROFILE_TAG: group[0].profile}
    if backfill is not None:
        shared |= dg.DagsterRun.tags_for_backfill_id(backfill)
    for launch in group:
        register(instance, launch.timeline)
        instance.create_run(
            job_name=job.name,
            run_id=launch.run_id,
            run_config=launch.run_config,
            status=dg.DagsterRunStatus.NOT_STARTED,
            tags={**shared, **launch.tags, PARTITION_TAG: launch.timeline},
            root_run_id=None,
            parent_run_id=None,
            step_keys_to_execute=plan.step_keys_to_execute,
            execution_plan_snapshot=plan,
            job_snapshot=job.job_snapshot,
            parent_job_snapshot=job.parent_job_snapshot,
            asset_selection=_selection(launch),
            asset_check_selection=None,
            resolved_op_selection=job.resolved_op_selection,
            op_selection=None,
            remote_job_origin=job.get_remote_origin(),
            job_code_origin=job.get_python_origin(),
            asset_graph=repository.asset_graph,
        )
        instance.submit_run(launch.run_id, workspace)


def _job(location: CodeLocation, repository: RemoteRepository, launch: Launch) -> RemoteJob:
    return location.get_job(
        JobSubsetSelector(
            location_name=location.name,
            repository_name=repository.name,
            job_name=job_name(launch.profile),
            op_selection=None,
            asset_selection=_selection(launch),
        )
    )


def _selection(launch: Launch) -> frozenset[dg.AssetKey] | None:
    """The stages of a run as Dagster wants them; None for the whole job."""
    return None if launch.stages == STAGE_NAMES else frozenset(dg.AssetKey(stage) for stage in launch.stages)


def _backfill(repository: RemoteRepository, profile: str, group: Sequence[Launch], identity: str) -> PartitionBackfill:
    """The record of runs that are in the queue already: the daemon has none left to make, and watches them to their end."""
    name = job_name(profile)
    partitions = next(found for found in repository.get_partition_sets() if found.job_name == name)
    timelines = [launch.timeline for launch in group]
    chosen: Any = _selection(group[0])
    return PartitionBackfill(
        backfill_id=identity,
        status=BulkActionStatus.REQUESTED,
        from_failure=False,
        tags={},
        backfill_timestamp=time.time(),
        title=f"mpr launch: {len(timelines)} timelines, profile {profile}",
        asset_selection=None if chosen is None else sorted(chosen),
        run_config=group[0].run_config,
        partition_set_origin=partitions.get_remote_origin(),
        partition_names=timelines,
        last_submitted_partition_name=timelines[-1],
    )


def _daemon_lives(instance: dg.DagsterInstance) -> bool:
    """Whether the queue is worked on; an instance without a queue starts runs by itself."""
    status = instance.get_daemon_statuses().get(_QUEUE_DAEMON)
    return status is None or bool(status.healthy)
