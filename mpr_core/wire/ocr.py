"""POST /ocr: text of crops. Model: the text recogniser.

The crops of one group (a track's, best first, side by side in the request) are read until enough agree, and the first decides how far
all are turned. A crop alone in its group is plain OCR.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.stages.configs import RunOcrConfig
from mpr_core.wire.envelope import ImageRef, Request, Response, Result, Score

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise."""


class OcrImage(ImageRef):
    group: int = Field(ge=0, description="crops of one number, which stand side by side, are of one track")


class OcrRequest(Request):
    config: RunOcrConfig
    images: tuple[OcrImage, ...] = Field(min_length=1, max_length=1024)


class OcrResult(Result):
    """The reading of one crop."""

    read: bool = Field(default=True, description="false: the crops before it in its group had agreed")
    text: str = ""
    score: Score = Field(default=0.0, description="mean letter probability; 0 when nothing is legible")
    turned_deg: Turn = Field(default=0, description="how far the crop was turned to be read")


class OcrResponse(Response):
    results: tuple[OcrResult, ...]
