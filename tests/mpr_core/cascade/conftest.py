"""A server that speaks for the models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mpr_core.cascade.model_wire import ModelServer, serve_models


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    with serve_models() as server:
        yield server


@pytest.fixture
def models(model_server: ModelServer) -> ModelServer:
    """The server, with nothing said or sent."""
    model_server.says, model_server.sent = [], []
    return model_server
