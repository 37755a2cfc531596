"""A run with a process per step, as a deployment may choose it.

python -m tests.mpr_dagster.control.multiprocess_run TAGS-AS-JSON

With MPR_TEST_KILLED_AT=STAGE:SEGMENTS the process of that step is killed at that place, once in a home.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import dagster as dg

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.definitions import definitions
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_jobs
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.control.controlled_run import once_at


def kill_once() -> None:
    """Kill this process, unless a run of the home was killed already."""
    killed = Home().root / "step-killed"
    if not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)


# Each step's process loads this file anew.
if place := os.environ.get("MPR_TEST_KILLED_AT"):
    once_at(place, lambda _gate: kill_once())


def process_per_step() -> dg.Definitions:
    made = definitions(profile_jobs(Home().profiles))
    return dg.Definitions(
        assets=made.assets, jobs=made.jobs, resources=made.resources, executor=dg.multiprocess_executor
    )


def job() -> dg.JobDefinition:
    return process_per_step().resolve_job_def(f"detect__{PROFILE}")


if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        dg.execute_job(
            dg.reconstructable(job),
            instance,
            tags={"dagster/partition": TIMELINE} | json.loads(sys.argv[1]),
            asset_selection=[dg.AssetKey(stage) for stage in STAGE_NAMES[:5]],
            run_config={"execution": {"config": {"max_concurrent": 2}}},
        )
