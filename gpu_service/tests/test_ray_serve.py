"""The same application in replicas of Ray Serve, deployed as the cluster does it: by `import_path` in a Serve config."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml
from asking import EVERY, post
from serving import AUTHORIZED, TOKEN, ready, wait_until

LIMITS = {"GPU_MAX_RUNNING": "1", "GPU_MAX_WAITING": "1"}
ONE_CPU = {"GPU_PER_REPLICA": "0", "GPU_CPUS_PER_REPLICA": "1", "GPU_REPLICAS_MAX": "1", "GPU_ENGINE": "openvino"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("serve")
    application = {"name": "gpu_service", "route_prefix": "/", "import_path": "gpu_service.serve:app"}
    config = {"http_options": {"host": "127.0.0.1", "port": port}, "applications": [application]}
    (folder / "serve.yaml").write_text(yaml.safe_dump(config))
    program = [str(Path(sys.executable).with_name("serve")), "run", "--address", "local", str(folder / "serve.yaml")]
    own = {"INFERENCE_TOKEN": TOKEN, "RAY_USAGE_STATS_ENABLED": "0", **LIMITS, **ONE_CPU}
    with (folder / "log").open("w") as log:
        serve = subprocess.Popen(program, env=os.environ | own, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=AUTHORIZED, timeout=120) as client:
            wait_until(lambda: ready(client) == 200 or serve.poll() is not None, 180)
            assert serve.poll() is None, (folder / "log").read_text()
            yield client
    finally:
        serve.send_signal(signal.SIGINT)
        try:
            serve.wait(60)
        except subprocess.TimeoutExpired:
            serve.kill()
            serve.wait()


def test_a_replica_answers_as_the_plain_server_does(cluster: httpx.Client, host: httpx.Client) -> None:
    for path in ("/detect", "/ocr", "/segment_field/debug"):
        asked = EVERY[path.removesuffix("/debug")]
        assert post(cluster, path, *asked).json() == post(host, path, *asked).json()


def test_a_replica_wants_the_token(cluster: httpx.Client) -> None:
    assert httpx.get(cluster.base_url.join("/v2/health/live")).status_code == 401


def test_too_many_requests_are_told_to_come_again(cluster: httpx.Client) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: post(cluster, "/detect/debug", *EVERY["/detect"]), range(12)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 429)
