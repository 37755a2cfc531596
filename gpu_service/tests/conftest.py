"""One host for all tests that ask a host with MPR's own models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import served, settings


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder of `host`; what a test puts there must have a name of its own."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def host(models: Path) -> Iterator[httpx.Client]:
    with served(settings(models=models, engine="openvino", max_images=16, max_body_mib=8)) as client:
        yield client
