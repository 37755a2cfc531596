"""A code location whose runs have a process per step."""

from __future__ import annotations

from tests.mpr_dagster.control.multiprocess_run import process_per_step

defs = process_per_step()
