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


@pytest.fixture
def quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are looked at without long waits."""
    monkeypatch.setattr("mpr_core.cascade.batching._FIRST_LOOK_S", 0.01)
    monkeypatch.setattr("mpr_core.cascade.batching._SLICE_S", 0.01)
