"""The schema of multipart requests, which FastAPI cannot derive: a JSON document in a part of its own, and image parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from mpr_core.wire.envelope import IMAGES_PART, REQUEST_PART, Request

_COMPONENTS = "#/components/schemas/{model}"


def request_body(kind: type[Request]) -> dict[str, Any]:
    """What OpenAPI says of a request of this kind."""
    parts = {
        REQUEST_PART: {"$ref": _COMPONENTS.format(model=kind.__name__)},
        IMAGES_PART: {"type": "array", "items": {"type": "string", "format": "binary"}},
    }
    schema = {
        "type": "object",
        "required": [REQUEST_PART],
        "properties": parts,
        "additionalProperties": False,
    }
    encoding = {REQUEST_PART: {"contentType": "application/json"}, IMAGES_PART: {"contentType": "image/jpeg"}}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}
    }


def describe_requests(app: FastAPI, kinds: Iterable[type[Request]]) -> None:
    """Put the requests' own schemas into the application's."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        found: dict[str, Any] = plain()
        schemas = found["components"]["schemas"]
        for kind in kinds:
            own = kind.model_json_schema(ref_template=_COMPONENTS)
            schemas |= own.pop("$defs", {})
            schemas[kind.__name__] = own
        return found

    app.openapi = openapi  # FastAPI's documented way
