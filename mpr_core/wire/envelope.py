"""What every request and every answer begins with."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from mpr_core.record import Record

Format = Literal["mpr.wire/1"]
FORMAT: Format = "mpr.wire/1"
REQUEST_PART = "request"
IMAGES_PART = "images"
REQUEST_ID_HEADER = "X-Request-Id"

Name = Annotated[str, Field(min_length=1, max_length=200)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=0, le=1.001)]
"""In [0, 1], but for the rounding of a mean of float32 probabilities."""
Px = Annotated[float, Field(ge=-1e6, le=1e6)]
Point = tuple[Px, Px]
Polygon = Annotated[tuple[Point, ...], Field(max_length=256)]
"""Corners in pixels of the stored picture."""
Quad = Annotated[tuple[Px, ...], Field(min_length=8, max_length=8)]
"""x, y of the corners clockwise from top-left, in pixels of the stored picture."""

# A float32 becomes the double of the same value, whose shortest decimal reading is that double again: no number changes on the way.


@lru_cache(maxsize=1)
def mpr_version() -> str:
    """MPR's version: both ends of the wire have to be of one."""
    return version("mpr")


class WireRecord(Record):
    """A record whose bytes are base64 in JSON, both ways."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class Document(WireRecord):
    """Whatever is sent or answered as a whole."""

    format: Format = FORMAT
    version: Name = Field(default_factory=mpr_version, description="MPR's")


class ImageRef(WireRecord):
    """One picture of a request."""

    id: Name = Field(description="unique within the request; the answer repeats it")


class Request(Document):
    """What all requests have in common. A host refuses one of another version with 409.

    Raises:
        ValueError: two pictures have one id.
    """

    request_id: Name
    models: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=16,
        description="model -> digest that must be in force, else 409; empty: whatever the host has",
    )
    images: tuple[ImageRef, ...] = Field(min_length=1, max_length=1024)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [image.id for image in self.images]
        if len(ids) != len(set(ids)):
            raise ValueError("two images have one id")
        return self


class Result(WireRecord):
    """What was found in one picture."""

    id: Name


class Answer(Document):
    """What all answers have in common."""

    request_id: Name
    models: dict[str, str] = Field(default_factory=dict, description="model -> digest in force")


class Response(Answer):
    """An answer about pictures: the results stand in the order of the request's images."""

    results: tuple[Result, ...]
