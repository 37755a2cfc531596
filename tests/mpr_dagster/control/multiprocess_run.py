"""A run with a process per step, as a deployment may choose it.

python -m tests.mpr_dagster.control.multiprocess_run TAGS-AS-JSON
"""

from __future__ import annotations

import json
import sys

import dagster as dg

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.definitions import definitions
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_jobs
from tests.mpr_dagster.conftest import PROFILE, TIMELINE


def job() -> dg.JobDefinition:
    made = definitions(profile_jobs(Home().profiles))
    return dg.Definitions(
        assets=made.assets, jobs=made.jobs, resources=made.resources, executor=dg.multiprocess_executor
    ).resolve_job_def(f"detect__{PROFILE}")


if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        dg.execute_job(
            dg.reconstructable(job),
            instance,
            tags={"dagster/partition": TIMELINE} | json.loads(sys.argv[1]),
            asset_selection=[dg.AssetKey(stage) for stage in STAGE_NAMES[:5]],
            run_config={"execution": {"config": {"max_concurrent": 2}}},
        )
