"""SIGTERM: an answer under way is finished, a new request is turned away, and then the process ends well."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from asking import field, jpeg, pitch, post
from serving import AUTHORIZED, ready, wait_until

QUESTION = (field(), jpeg(pitch()))


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, str(Path(__file__).with_name("draining_host.py")), str(port), str(tmp_path / "go")]
    host = subprocess.Popen(program)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=AUTHORIZED, timeout=60) as client:
            wait_until(lambda: ready(client) == 200)
            yield host, client
    finally:
        host.kill()
        host.wait()


def test_sigterm_lets_answers_under_way_be_finished(
    process: tuple[subprocess.Popen[bytes], httpx.Client], tmp_path: Path
) -> None:
    host, client = process
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, client, "/segment_field", *QUESTION)
        wait_until(lambda: "gpu_service_requests_taken 1.0" in client.get("/metrics").text)
        host.send_signal(signal.SIGTERM)
        wait_until(lambda: ready(client) == 503)
        refused = post(client, "/segment_field", *QUESTION)
        assert (refused.status_code, refused.json()["error"]["kind"]) == (503, "not_ready")
        assert host.poll() is None, "it waits for the answer under way"
        (tmp_path / "go").touch()
        assert answer.result().status_code == 200
    host.wait(60)
    assert host.returncode in (0, -signal.SIGTERM)
