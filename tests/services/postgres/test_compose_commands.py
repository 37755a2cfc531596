"""The commands of the compose file, with its health checks, in a plain environment: only the ports and the workspace's path are others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest
import yaml
from moto.server import ThreadedMotoServer

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.deployments.deployment_files import COMPOSE, INSTANCE, document, services
from tests.free_port import free_port
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.services.postgres.server import PostgresServer

PROGRAMS = Path(sys.executable).parent
SERVICES = services()
BUCKET = "mpr-compute-logs"


class Parts:
    """Code location, webserver and daemon, each as its service says."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment, self._folder = environment, folder
        self._instance = environment["DAGSTER_HOME"]
        self._ports = {"4000": str(free_port()), "3000": str(free_port())}
        workspace = document(COMPOSE / "workspace.yaml")
        (server,) = workspace["load_from"]
        server["grpc_server"] |= {"host": "127.0.0.1", "port": int(self._ports["4000"])}
        (folder / "workspace.yaml").write_text(yaml.safe_dump(workspace))

    @contextmanager
    def started(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """One service until the end of the block, once its health check passes."""
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                self._here(SERVICES[name]["command"]), env=self._environment, stdout=log, stderr=log, cwd=self._folder
            )
        try:
            while not self.healthy(name):
                assert process.poll() is None, (self._folder / f"{name}.log").read_text()[-3000:]
                time.sleep(0.5)
            yield process
        finally:
            process.terminate()
            process.wait()

    def healthy(self, name: str) -> bool:
        command = SERVICES[name]["healthcheck"]["test"]
        assert command[0] == "CMD"
        return subprocess.run(self._here(command[1:]), env=self._environment, capture_output=True).returncode == 0

    def run(self, *words: str) -> None:
        done = subprocess.run(
            self._here(words), env=self._environment, cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _here(self, words: Any) -> list[str]:
        moved = [str(words[0]), *map(str, words[1:])]
        for inside, outside in [
            *self._ports.items(),
            ("0.0.0.0", "127.0.0.1"),
            ("/etc/mpr/workspace.yaml", str(self._folder / "workspace.yaml")),
            ("/etc/mpr/", f"{self._instance}/"),
        ]:
            moved = [word.replace(inside, outside) for word in moved]
        return moved


@pytest.fixture
def bucket() -> Iterator[dict[str, str]]:
    """The environment of an S3 server that has the bucket of the compute logs."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        given = {
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "logs",
            "AWS_SECRET_ACCESS_KEY": "of-the-test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "MPR_COMPUTE_LOGS_BUCKET": BUCKET,
        }
        client(given).create_bucket(Bucket=BUCKET)
        yield given
    finally:
        server.stop()


def client(given: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=given["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        region_name=given["AWS_DEFAULT_REGION"],
    )


def test_every_command_starts_a_run_goes_through_and_its_logs_are_in_the_bucket(
    ingested: CommandLine, postgres: PostgresServer, bucket: dict[str, str], tmp_path: Path
) -> None:
    shutil.rmtree(ingested.home / "dagster")
    instance_folder = shutil.copytree(INSTANCE, tmp_path / "instance")
    mpr = CommandLine(ingested.home, {**postgres.environment, **bucket, "DAGSTER_HOME": str(instance_folder)})
    with mpr.inside(PYTHONPATH=os.pathsep.join(sys.path), PATH=f"{PROGRAMS}:{os.environ['PATH']}"):
        environment = dict(os.environ)
    parts = Parts(environment, tmp_path)
    parts.run(*SERVICES["prepare"]["command"])
    parts.run(*SERVICES["prepare"]["command"])
    with ExitStack() as stack:
        for name in ("code", "webserver", "daemon"):
            stack.enter_context(parts.started(name))
        assert {check["name"]: check["state"] for check in mpr.done("doctor", "--json").json["checks"]}[
            "daemon"
        ] == "ok"
        tags = json.dumps({"dagster/partition": TIMELINE})
        workspace = str(tmp_path / "workspace.yaml")
        parts.run("dagster", "job", "launch", "-w", workspace, "-j", f"detect__{PROFILE}", "--tags", tags)
        run = ended(mpr)
        assert run.status is dg.DagsterRunStatus.SUCCESS
    logs = client(bucket).list_objects_v2(Bucket=BUCKET, Prefix="compute-logs/")["Contents"]
    assert [found["Key"] for found in logs if run.run_id in found["Key"]]
    with mpr.inside(), open_instance(Home()) as instance:
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
    assert limits == {"gpu": 1, "cloud": 4}
    # In a container the folder cannot be written.
    assert {path.name for path in instance_folder.rglob("*") if path.is_file()} == {"dagster.yaml", "prepare.sh"}


def ended(mpr: CommandLine) -> dg.DagsterRun:
    """The one run, once it is over."""
    while True:
        with mpr.inside(), open_instance(Home()) as instance:
            (run,) = instance.get_runs()
        if run.is_finished:
            return run
        time.sleep(0.5)
