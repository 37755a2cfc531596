"""POST /{operation}/debug: the same request, answered with what was seen on the way instead of the result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.wire.envelope import Name, Quad, Response, Result, Score, WireRecord

CutBy = Literal["box_score", "min_height_px", "max_boxes", "yolo_min_score"]


class DebugPicture(WireRecord):
    """One intermediate picture: a mask, an edge map, a heat map, candidates drawn on the frame."""

    name: Name
    png: bytes


class Candidate(WireRecord):
    """Of /detect/debug: a box that was not kept, and the setting that cut it."""

    quad_px: Quad
    score: Score
    height_px: float = Field(ge=0)
    class_name: str
    cut_by: CutBy


class DebugResult(Result):
    pictures: tuple[DebugPicture, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class DebugResponse(Response):
    results: tuple[DebugResult, ...]
