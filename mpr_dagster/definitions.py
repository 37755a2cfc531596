"""What Dagster loads: the eleven assets, one job per profile, the IO manager."""

from __future__ import annotations

import dagster as dg

from mpr_dagster.assets import ASSETS
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_jobs
from mpr_dagster.node_io import NodeIOManager

defs = dg.Definitions(
    assets=ASSETS,
    jobs=profile_jobs(Home().profiles),
    resources={"node_io": NodeIOManager()},
    executor=dg.in_process_executor,
)
