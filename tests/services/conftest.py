"""Services that run on this machine for the tests, each started by a fixture of the session and ended with it.

`make test-services` installs what they need. A further service is one more module that serves and one more fixture here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mpr_core.conftest import models, pipeline, short_film  # noqa: F401 - the core's fixtures serve here too
from tests.mpr_core.store.s3_wire import BUCKET, Wire

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """OpenStack Swift with s3api and one bucket."""
    pytest.importorskip("swift", reason="make test-services installs it")
    folder = tmp_path_factory.mktemp("swift")
    command = [sys.executable, "-m", "tests.services.swift_server", str(folder)]
    with (folder / "errors.txt").open("w") as errors:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert server.stdout is not None
        first = server.stdout.readline().split()
        assert first[:1] == ["ready"], (folder / "errors.txt").read_text()
        # The keys of `swift_server`, which cannot be imported here: it patches what it imports.
        wire = Wire(f"http://127.0.0.1:{first[1]}", "test:tester", "the-key-of-tester")
        wire.client().create_bucket(Bucket=BUCKET)
        yield wire
    finally:
        server.terminate()
        server.wait(20)
