"""POST /detect_edges: bands beside the field's border where boards stand."""

from __future__ import annotations

from pydantic import Field

from mpr_core.vision.configs import DetectEdgesConfig
from mpr_core.wire.envelope import Polygon, Ratio, Request, Response, Result, WireRecord
from mpr_core.wire.segment_field import SizedImage


class FieldImage(SizedImage):
    field_px: Polygon = Field(description="the field's outline; fewer than three corners: there is none, so no bands")


class DetectEdgesRequest(Request):
    config: DetectEdgesConfig
    images: tuple[FieldImage, ...] = Field(min_length=1, max_length=1024)


class BandFound(WireRecord):
    polygon_px: Polygon
    reason: str
    score: Ratio


class BandsResult(Result):
    """The bands of one frame, best first."""

    bands: tuple[BandFound, ...] = ()


class DetectEdgesResponse(Response):
    results: tuple[BandsResult, ...]
