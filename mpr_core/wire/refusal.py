"""The document of every answer that is no success, and which HTTP status each kind of it has."""

from __future__ import annotations

from typing import Literal

from mpr_core.wire.envelope import Document, WireRecord

RefusalKind = Literal[
    "bad_request",
    "unauthorised",
    "not_found",
    "version_mismatch",
    "model_mismatch",
    "model_missing",
    "too_large",
    "bad_image",
    "overloaded",
    "internal",
    "model_failed",
    "not_ready",
    "timeout",
]
STATUS: dict[RefusalKind, int] = {
    "bad_request": 422,  # the request document, or its config
    "unauthorised": 401,
    "not_found": 404,
    "version_mismatch": 409,  # `why` names both versions
    "model_mismatch": 409,  # a digest that was asked for is not the one in force; `why` names both
    "model_missing": 404,  # the host has no such weights; `where` names them as they were asked for
    "too_large": 413,  # bytes, images or pixels
    "bad_image": 422,  # not a JPEG that decodes; `where` is the image's id
    "overloaded": 429,  # with Retry-After, seconds
    "internal": 500,
    "model_failed": 502,  # the language model behind /vlm gave no usable answer
    "not_ready": 503,  # loading, or draining
    "timeout": 504,
}


class RefusalDetail(WireRecord):
    """The clauses of an `MprError`."""

    kind: RefusalKind
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""


class Refusal(Document):
    request_id: str = ""
    error: RefusalDetail
