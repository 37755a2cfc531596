"""Answers that are no success: one exception, one document, and what an error of MPR's or of the framework becomes."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from mpr_core.cascade.provider import ProviderError
from mpr_core.errors import InputError, ModelMissing, MprError
from mpr_core.wire.envelope import REQUEST_ID_HEADER
from mpr_core.wire.refusal import STATUS, Refusal, RefusalDetail, RefusalKind

_LOG = logging.getLogger(__name__)
_MOST_ID_CHARACTERS = 200


class BadImage(InputError):
    """An image that is no JPEG, or a damaged one."""


class Refused(Exception):
    """A request that is not answered with a result.

    Args:
        kind: decides the HTTP status.
        retry_after_s: sent along as Retry-After.
    """

    def __init__(
        self,
        kind: RefusalKind,
        what: str,
        *,
        where: str = "",
        why: str = "",
        remedy: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(what)
        self.detail = RefusalDetail(kind=kind, what=what, where=where, why=why, remedy=remedy)
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        """What is sent beside the document."""
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        return headers | ({"WWW-Authenticate": "Bearer"} if self.detail.kind == "unauthorised" else {})


def refusal_response(refused: Refused, request_id: str = "", more: Mapping[str, str] | None = None) -> Response:
    """The document of a refusal, as an answer."""
    document = Refusal(request_id=request_id[:_MOST_ID_CHARACTERS], error=refused.detail)
    return Response(
        document.model_dump_json(),
        status_code=STATUS[refused.detail.kind],
        media_type="application/json",
        headers=refused.headers() | dict(more or {}),
    )


def refused_for(error: Exception, request_id: str) -> Refused:
    """What an exception is to the client. Whatever is not meant for it stays in the host's log: paths, keys, tracebacks.

    Args:
        request_id: what the log is to be searched for.
    """
    match error:
        case Refused():
            return error
        case HTTPException():
            return _framework(error)
        case RequestValidationError():
            found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            return Refused("bad_request", "the request is not valid", why=found, remedy="see /docs")
        case ProviderError():
            return _unanswered(error)
        case InputError():
            kind: RefusalKind = "bad_image" if isinstance(error, BadImage) else "bad_request"
            return Refused(kind, error.what, where=error.where, why=error.why, remedy=error.remedy)
        case ModelMissing():
            _LOG.warning("request %r: %s", request_id, error)
            return Refused("model_missing", error.what, remedy="see the host's log")
        case MprError():
            _LOG.error("request %r: %s", request_id, error)
            return Refused("internal", error.what, remedy="see the host's log")
        case _:
            _LOG.error("request %r failed", request_id, exc_info=error)
            return Refused("internal", "the host failed at this request", remedy="see the host's log")


def _framework(error: HTTPException) -> Refused:
    detail = str(error.detail)
    match error.status_code:
        case 404:
            return Refused("not_found", "no such path", remedy="see the host's /docs")
        case 400 if detail.startswith(("Too many", "Part exceeded")):
            return Refused("too_large", "the request is too large", why=detail, remedy="send fewer images at a time")
        case _:
            return Refused("bad_request", "not a request that the host can read", why=detail)


def _unanswered(error: ProviderError) -> Refused:
    """A language model that gave no usable answer."""
    if error.kind == "rate_limited":
        seconds = max(1, round(error.retry_after_s or 1))
        return Refused("overloaded", error.what, why=error.why, retry_after_s=seconds)
    if error.kind == "timeout":
        return Refused("timeout", error.what, why=error.why)
    return Refused("model_failed", error.what, why=f"{error.kind}: {error.why}" if error.why else error.kind)


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        # A refusal has no kind of its own for it, and HTTP wants the header.
        document = Refused("bad_request", "the path does not take this method", where=request.method)
        response = refusal_response(document, request_id_of(request), dict(error.headers or {}))
        response.status_code = 405
        return response
    return refusal_response(refused_for(error, request_id_of(request)), request_id_of(request))


def request_id_of(request: Request) -> str:
    """The id in the request's document, else the one in its header."""
    found: str = getattr(request.state, "request_id", "") or request.headers.get(REQUEST_ID_HEADER, "")
    return found


def answer_errors(app: FastAPI) -> None:
    """Let every error of an application be answered with the document."""
    for kind in (Refused, MprError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)
