"""POST /detect: boxes that may carry a brand, on whole frames. Models: the text detector, and `yolo` where the config names weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mpr_core.stages.configs import DetectObjectsConfig
from mpr_core.wire.envelope import ImageRef, Point, Quad, Request, Response, Result, Score, WireRecord

Band = Annotated[tuple[Point, ...], Field(min_length=3, max_length=256)]


class DetectImage(ImageRef):
    bands_px: tuple[Band, ...] = Field(default=(), max_length=64, description="region hints of the frame")


class DetectRequest(Request):
    config: DetectObjectsConfig
    images: tuple[DetectImage, ...] = Field(min_length=1, max_length=1024)


class Box(WireRecord):
    """One box: text lines best first, then what YOLO found, best first."""

    quad_px: Quad
    score: Score
    source: Literal["text", "yolo"]
    class_name: str = Field(description="'text', or the YOLO model's own class")


class DetectResult(Result):
    boxes: tuple[Box, ...] = ()


class DetectResponse(Response):
    results: tuple[DetectResult, ...]
