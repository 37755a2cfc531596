"""The host's paths, whatever serves them: operations with their /debug twins, health, models, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response

from gpu_service.host import Host
from gpu_service.openapi import request_body
from gpu_service.operations import OPERATIONS, Operation, answered
from gpu_service.refusals import refused_for, request_id_of
from gpu_service.upload import question, received
from gpu_service.work import Work, worked_on
from mpr_core.stages.configs import Precision
from mpr_core.wire import routes
from mpr_core.wire.debug import DebugResponse
from mpr_core.wire.envelope import Answer
from mpr_core.wire.health import Live, ModelInfo, Ready
from mpr_core.wire.refusal import STATUS, Refusal

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": "Refused"} for status in sorted({*STATUS.values(), 405})
}
PATHS = (
    *(path for operation in OPERATIONS for path in (operation.path, operation.path + routes.DEBUG)),
    routes.LIVE,
    routes.READY,
    routes.METRICS,
)


def host_router(host: Host) -> APIRouter:
    """All paths of one host."""
    router = APIRouter(responses=_REFUSALS)
    for operation in OPERATIONS:
        for debug in (False, True):
            router.add_api_route(
                operation.path + (routes.DEBUG if debug else ""),
                _handler(host, operation, debug=debug),
                methods=["POST"],
                response_model=DebugResponse if debug else operation.answers,
                openapi_extra=request_body(operation.asks),
                name=operation.path.strip("/") + ("_debug" if debug else ""),
            )
    _add_health(router, host)
    return router


def _handler(host: Host, operation: Operation[Any], *, debug: bool) -> Callable[[HttpRequest], Awaitable[Response]]:
    path = operation.path + (routes.DEBUG if debug else "")

    async def answer(request: HttpRequest) -> Response:
        async with host.slots.place():
            host.readiness.models()
            upload = await received(request, host.settings)

            def found_for(work: Work) -> Answer:
                try:
                    asked = question(upload, operation.asks, host.settings, work)
                    request.state.request_id = asked.asked.request_id
                    host.metrics.worked_on(path, len(asked.jpegs))
                    return answered(operation, host.backend, asked, debug=debug)
                except Exception as error:
                    raise refused_for(error, request_id_of(request)) from error

            found = await worked_on(request, host.settings.work_within_s, found_for)
            return Response(found.model_dump_json(), media_type="application/json")

    return answer


def _add_health(router: APIRouter, host: Host) -> None:
    @router.get(routes.LIVE)
    async def live() -> Live:
        """The process answers."""
        return Live()

    @router.get(routes.READY)
    async def ready() -> Ready:
        """The models are loaded, warm, and those they must be."""
        return Ready(models=host.readiness.models())

    @router.get(routes.MODELS + "/{name}")
    async def model(
        name: Annotated[str, Path(min_length=1, max_length=200)],
        precision: Annotated[Precision, Query()] = "auto",
        weights: Annotated[str, Query(max_length=1000)] = "",
    ) -> ModelInfo:
        """One model: its digest, and what runs it."""
        return await anyio.to_thread.run_sync(host.backend.model, name, precision, weights)

    @router.get(routes.METRICS, response_class=Response)
    async def metrics() -> Response:
        """The host's figures, for Prometheus."""
        return Response(host.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
