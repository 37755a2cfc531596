"""POST /segment_field: the playing field of frames, or why there is none."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.vision.configs import FieldSegmentationConfig
from mpr_core.wire.envelope import ImageRef, Polygon, Ratio, Request, Response, Result


class SizedImage(ImageRef):
    width_px: int = Field(ge=1, le=65535, description="the stored frame's; it is decoded at reduced scale")


class SegmentFieldRequest(Request):
    config: FieldSegmentationConfig
    images: tuple[SizedImage, ...] = Field(min_length=1, max_length=1024)


class FieldFound(Result):
    """The field of one frame."""

    status: Literal["field", "no_field"]
    reason: str = Field(description="what speaks for it, or why there is none, in words")
    coverage_ratio: Ratio = 0.0
    confidence: Ratio = 0.0
    polygon_px: Polygon = Field(default=(), description="clockwise on screen; empty without a field")
    mask_png: bytes | None = Field(default=None, description="0/255 at working size; null without a field")


class SegmentFieldResponse(Response):
    results: tuple[FieldFound, ...]
