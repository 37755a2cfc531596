"""The team's instance in a home, for tests that wait for its daemon."""

from __future__ import annotations

import shutil
import time
from typing import Any

import dagster as dg
import yaml

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.deployments.deployment_files import INSTANCE, document
from tests.mpr_dagster.command_line import CommandLine
from tests.services.postgres.server import PostgresServer


def daemon_instance(mpr: CommandLine, postgres: PostgresServer) -> CommandLine:
    """The home on an instance as it ships whose daemon looks more often; compute logs stay in files."""
    config: dict[str, Any] = document(INSTANCE / "dagster.yaml")
    del config["compute_logs"]
    config["run_coordinator"]["config"]["dequeue_interval_seconds"] = 1
    config["run_monitoring"]["poll_interval_seconds"] = 2
    folder = mpr.home / "dagster"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "dagster.yaml").write_text(yaml.safe_dump(config))
    return CommandLine(mpr.home, {**mpr.environment, **postgres.environment})


def until_paused(mpr: CommandLine, run_id: str = "") -> str:
    """The run that is held; of several the one that is meant."""
    while True:
        for status in mpr.done("status", "--json").json:
            if status["state"] == "paused" and run_id in ("", status["run_id"]):
                return str(status["run_id"])
        time.sleep(0.5)


def successor(mpr: CommandLine, run_id: str) -> dg.DagsterRun:
    """The run that the daemon made of one that was lost, once it has succeeded."""
    while True:
        with mpr.inside(), open_instance(Home()) as instance:
            for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])):
                if run.parent_run_id == run_id:
                    return run
        time.sleep(0.5)
