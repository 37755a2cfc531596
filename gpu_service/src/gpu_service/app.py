"""The host as an ASGI application: `uvicorn gpu_service.app:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from gpu_service.auth import BearerToken
from gpu_service.backend import Backend
from gpu_service.body_limit import BodyLimit
from gpu_service.host import Host
from gpu_service.host_backend import HostBackend
from gpu_service.metrics import Counted
from gpu_service.openapi import describe_requests
from gpu_service.operations import OPERATIONS
from gpu_service.refusals import answer_errors
from gpu_service.router import PATHS, host_router
from gpu_service.settings import HostSettings, read_settings
from mpr_core.errors import MprError
from mpr_core.wire.envelope import mpr_version


def create_app(settings: HostSettings, open_backend: Callable[[HostSettings], Backend] = HostBackend) -> FastAPI:
    """The application; the models are loaded when it starts.

    Args:
        settings: without a token it answers everyone: for an address that this machine alone reaches, see `HostSettings.secured`.
    """
    host = Host(settings, open_backend(settings))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with host.running():
            yield

    app = FastAPI(title="MPR inference host", version=mpr_version(), lifespan=lifespan)
    app.include_router(host_router(host))
    answer_errors(app)
    describe_requests(app, [operation.asks for operation in OPERATIONS])
    # The last added is asked first: figures see everything, and who shows no token gets no further.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_mib << 20)
    app.add_middleware(BearerToken, token=settings.token)
    app.add_middleware(Counted, metrics=host.metrics, paths=PATHS)
    return app


class _FromEnvironment:
    """The application of this process's environment, made when a server starts it: importing this module reads nothing."""

    @cached_property
    def _app(self) -> FastAPI:
        return create_app(read_settings().secured())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                _ = self._app
            except MprError as error:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await self._app(scope, receive, send)


app = _FromEnvironment()
