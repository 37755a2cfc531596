"""What the host counts about itself, for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mpr_core.wire.refusal import STATUS

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_OTHER = "other"


class Metrics:
    """The host's figures. A registry of its own, so that two hosts in one process do not add up.

    Args:
        taken: how many requests are worked on or wait, now.
        ready: whether the host may be asked, now.
    """

    def __init__(self, taken: Callable[[], int], ready: Callable[[], bool]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gpu_service_requests", "Requests answered", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "gpu_service_request_seconds",
            "From a request's arrival to its answer's end",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._images = Counter("gpu_service_images", "Images worked on", ("path",), registry=self._registry)
        Gauge("gpu_service_requests_taken", "Requests worked on or waiting", registry=self._registry).set_function(
            lambda: float(taken())
        )
        Gauge("gpu_service_ready", "1 once the models are loaded, 0 when ending", registry=self._registry).set_function(
            lambda: float(ready())
        )

    def answered(self, path: str, status: int, seconds: float) -> None:
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def worked_on(self, path: str, images: int) -> None:
        self._images.labels(path).inc(images)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        text: bytes = generate_latest(self._registry)
        return text


class Counted:
    """Counts every answer by path and status. Paths that the host does not have are one: a stranger shall not make up new ones."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = 500, perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            status = STATUS["timeout"]  # the client went away: as where a server tells so by a message
            raise
        finally:
            path = scope["path"] if scope["path"] in self._paths else _OTHER
            self._metrics.answered(path, status, perf_counter() - begun)
