"""The commands of the compose file, with its health checks, in a plain environment: only the ports and the workspace's path are others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.deployments.deployment_files import INSTANCE
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.ended_runs import all_ended
from tests.services.postgres.compose_parts import SERVICES, Parts
from tests.services.postgres.server import PostgresServer

BUCKET = "mpr-compute-logs"


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
    parts = Parts(mpr, tmp_path)
    parts.run(*SERVICES["prepare"]["command"])
    parts.run(*SERVICES["prepare"]["command"])
    with ExitStack() as stack:
        for name in ("code", "webserver", "daemon"):
            stack.enter_context(parts.started(name))
        checks = {check["name"]: check["state"] for check in mpr.done("doctor", "--json").json["checks"]}
        assert {checks[name] for name in ("daemon", "pools", "compute logs")} == {"ok"}
        tags = json.dumps({"dagster/partition": TIMELINE})
        parts.run("dagster", "job", "launch", "-w", str(parts.workspace), "-j", f"detect__{PROFILE}", "--tags", tags)
        run = all_ended(mpr)[TIMELINE]
        assert run.status is dg.DagsterRunStatus.SUCCESS
    logs = client(bucket).list_objects_v2(Bucket=BUCKET, Prefix="compute-logs/")["Contents"]
    assert [found["Key"] for found in logs if run.run_id in found["Key"]]
    with mpr.inside(), open_instance(Home()) as instance:
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
    assert limits == {"gpu": 1, "cloud": 4}
    # In a container the folder cannot be written.
    assert {path.name for path in instance_folder.rglob("*") if path.is_file()} == {"dagster.yaml", "prepare.sh"}
