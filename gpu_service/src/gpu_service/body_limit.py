"""How much may come: a request's body is counted as it is read, whatever its headers claim."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpu_service.refusals import Refused, refusal_response


class BodyLimit:
    """Answers 413 to a longer body: at once where its length is announced, else when the limit is passed."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._max_bytes:
            await refusal_response(self._refused(), more={"Connection": "close"})(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise self._refused()
            return message

        await self._app(scope, counted, send)

    def _refused(self) -> Refused:
        return Refused(
            "too_large",
            "the request is too large",
            why=f"its body is longer than {self._max_bytes} bytes",
            remedy="send fewer images at a time",
        )
