"""What Dagster loads: the eleven assets, a job per profile and per stage to replay from, the IO manager, and what runs by itself."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import dagster as dg
from dagster_shared.utils.warnings import BetaWarning

from mpr_core.stages.registry import STAGES
from mpr_dagster.assets import ASSETS, stage_asset
from mpr_dagster.executors import lost_step_policy, step_executor
from mpr_dagster.home import Home
from mpr_dagster.intake_job import intake
from mpr_dagster.jobs import profile_jobs, replay_jobs
from mpr_dagster.node_io import NodeIOManager
from mpr_dagster.sensors.dead_runs import dead_runs_sensor
from mpr_dagster.sensors.failure_webhook import failure_webhook_sensor
from mpr_dagster.sensors.new_chunks import new_chunks_sensor
from mpr_dagster.tidy import TIDY_JOBS, tidy_schedules

# Under Dagster's own name, so that its default, which pickles, is nowhere.
IO_MANAGER = dg.IOManagerDefinition.hardcoded_io_manager(
    NodeIOManager(),
    description="Keeps at which node each stage of a timeline stands; the nodes' parts are in the store already.",
)


def definitions(
    jobs: Sequence[dg.UnresolvedAssetJobDefinition],
    executor: dg.ExecutorDefinition = dg.in_process_executor,
    when_lost: dg.RetryPolicy | None = None,
) -> dg.Definitions:
    """The assets with the given jobs. In-process by default: a process per step costs about three seconds each."""
    return dg.Definitions(
        assets=ASSETS if when_lost is None else [stage_asset(stage, when_lost) for stage in STAGES.values()],
        jobs=jobs,
        resources={"io_manager": IO_MANAGER},
        executor=executor,
    )


def all_definitions(home: Home) -> dg.Definitions:
    """The same with a home's jobs, sensors and schedules."""
    jobs = profile_jobs(home.profiles)
    by_itself = dg.Definitions(
        jobs=[intake, *TIDY_JOBS],
        sensors=[new_chunks_sensor(home, jobs), failure_webhook_sensor(home), dead_runs_sensor],
        schedules=tidy_schedules(home),
    )
    stages = definitions([*jobs, *replay_jobs()], step_executor(home.settings), lost_step_policy(home.settings))
    return dg.Definitions.merge(stages, by_itself)


# Dagster warns of a parameter that it passes itself whenever a sensor has jobs.
warnings.filterwarnings("ignore", message="Parameter `owners`", category=BetaWarning)
defs = all_definitions(Home())
