"""What Dagster loads: the eleven assets, one job per profile, the IO manager."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from mpr_dagster.assets import ASSETS
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_jobs
from mpr_dagster.node_io import NodeIOManager

# Under Dagster's own name, so that its default, which pickles, is nowhere.
IO_MANAGER = dg.IOManagerDefinition.hardcoded_io_manager(
    NodeIOManager(),
    description="Keeps at which node each stage of a timeline stands; the nodes' parts are in the store already.",
)


def definitions(jobs: Sequence[dg.UnresolvedAssetJobDefinition]) -> dg.Definitions:
    """The assets with the given jobs. In-process by default: a process per step costs about three seconds each."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=jobs,
        resources={"io_manager": IO_MANAGER},
        executor=dg.in_process_executor,
    )


defs = definitions(profile_jobs(Home().profiles))
