"""POST /vlm: one question to a local vision-language model; the form of `mpr_core.cascade.provider`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mpr_core.wire.envelope import Answer, ImageRef, Name, Request, WireRecord


class VlmRequest(Request):
    instructions: str = Field(max_length=100_000, description="holds over anything that stands in the pictures")
    prompt: str = Field(max_length=100_000)
    answer_schema: dict[str, Any] = Field(description="JSON schema, draft 2020-12, that the answer has to satisfy")
    max_output_tokens: int = Field(default=300, ge=1, le=16_384)
    model: str = Field(default="", max_length=200, description="empty: the host's own")
    images: tuple[ImageRef, ...] = Field(default=(), max_length=64)


class VlmUsage(WireRecord):
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)


class VlmResponse(Answer):
    model: Name = Field(description="the model that answered, which may be more exact than the one asked for")
    answer: dict[str, Any] = Field(description="not yet held against the schema")
    usage: VlmUsage = VlmUsage()
