"""`mpr doctor`: the Dagster instance's part, and everything put together."""
