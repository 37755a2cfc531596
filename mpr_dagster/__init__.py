"""MPR on Dagster: assets, partitions, jobs and the `mpr` command. Every decision lives in `mpr_core`."""
