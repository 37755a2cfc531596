"""Who may ask: the bearer token, on every route, before anything of the request is read."""

from __future__ import annotations

import hmac

from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from gpu_service.refusals import Refused, refusal_response

_UNAUTHORISED = Refused(
    "unauthorised",
    "the request shows no valid token",
    where="Authorization",
    remedy="set INFERENCE_TOKEN to the host's",
)


class BearerToken:
    """Turns away whoever does not show the token. Compared in constant time, so that answers' times tell nothing of it.

    Args:
        token: empty lets everyone in, which only a host on the loopback address does.
    """

    def __init__(self, app: ASGIApp, token: SecretStr) -> None:
        self._app = app
        self._wanted = f"Bearer {token.get_secret_value()}".encode() if token.get_secret_value() else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._wanted or self._shown(scope):
            await self._app(scope, receive, send)
        else:
            await refusal_response(_UNAUTHORISED)(scope, receive, send)

    def _shown(self, scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(shown) == 1 and hmac.compare_digest(shown[0], self._wanted)
