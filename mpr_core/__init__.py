"""The domain of MPR: media, stages, runner, store, brands, report.

Runs without an orchestrator and reads no environment.
"""
