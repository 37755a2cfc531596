"""A run of some stages by the executor that the environment names, as a daemon's launcher would carry it.

python -m tests.services.ray.run TIMELINE STAGE...
"""

from __future__ import annotations

import sys

import dagster as dg

from mpr_dagster.definitions import all_definitions
from mpr_dagster.home import Home

PROFILE = "many_parts"


def job() -> dg.JobDefinition:
    """The profile's job, also in the process of a step."""
    return all_definitions(Home()).resolve_job_def(f"detect__{PROFILE}")


if __name__ == "__main__":
    _, timeline, *stages = sys.argv
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(
            dg.reconstructable(job),
            instance,
            tags={"dagster/partition": timeline},
            asset_selection=[dg.AssetKey(stage) for stage in stages],
        )
    sys.exit(0 if result.success else 1)
