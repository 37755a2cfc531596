"""A host on the loopback address, in a thread of the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import httpx
import uvicorn
from gpu_service.app import create_app
from gpu_service.host_backend import HostBackend
from gpu_service.settings import HostSettings
from gpu_service.vlm import Vlm
from pydantic import SecretStr

from mpr_core.inference.in_process import InProcess
from mpr_core.stages.configs import Precision
from mpr_core.wire import routes
from mpr_core.wire.health import ModelInfo

TOKEN = "t0ken-of-the-tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
_SOON_S = 60


def settings(**given: Any) -> HostSettings:
    """Settings of a test; nothing comes from the environment but what is not given."""
    return HostSettings().model_copy(update={"token": SecretStr(TOKEN), **given})


@contextmanager
def served(host: HostSettings, open_backend: Any = HostBackend, *, loaded: bool = True) -> Iterator[httpx.Client]:
    """A client of a host that ends with the block; by default one whose models are loaded."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        app = create_app(host, open_backend)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]})
        thread.start()
        try:
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
            with httpx.Client(base_url=url, headers=AUTHORIZED, timeout=_SOON_S, trust_env=False) as client:
                wait_until(lambda: server.started)
                if loaded:
                    wait_until(lambda: ready(client) == 200)
                yield client
        finally:
            server.should_exit = True
            thread.join()


def wait_until(holds: Callable[[], bool], within_s: float = _SOON_S) -> None:
    """Look again and again, but not for ever."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it does not come to be"
        time.sleep(0.02)


def ready(client: httpx.Client) -> int:
    """The status of a host's readiness; 0 where nobody listens."""
    try:
        return client.get(routes.READY).status_code
    except httpx.TransportError:
        return 0


class HeldBack(InProcess):
    """Fields are found when `go` is set, not before; `began` counts who waits."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.began = threading.Event(), threading.Semaphore(0)

    def segment_field(self, frames: Any, config: Any) -> Any:
        self.began.release()
        self.go.wait(_SOON_S)
        return super().segment_field(frames, config)


class StandIn:
    """A backend that opens no models, around routines that a test holds back."""

    def __init__(self, inference: InProcess, vlm: Vlm | None = None) -> None:
        self.inference, self.vlm = inference, vlm

    def load(self) -> dict[str, str]:
        return {} if self.vlm is None else self.vlm.load()

    def model(self, name: str, precision: Precision, weights: str) -> ModelInfo:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""
