"""POST /preprocess: text lines cut out of frames, rectified and upright, as `preprocess` stores them."""

from __future__ import annotations

from pydantic import Field

from mpr_core.stages.configs import PreprocessConfig
from mpr_core.wire.envelope import ImageRef, Quad, Request, Response, Result, WireRecord


class PreprocessImage(ImageRef):
    quads_px: tuple[Quad, ...] = Field(max_length=4096)


class PreprocessRequest(Request):
    config: PreprocessConfig
    images: tuple[PreprocessImage, ...] = Field(min_length=1, max_length=1024)


class Crop(WireRecord):
    width_px: int = Field(ge=1)
    height_px: int = Field(ge=1)
    jpeg: bytes


class PreprocessResult(Result):
    """One crop for each quad, in their order."""

    crops: tuple[Crop, ...] = ()


class PreprocessResponse(Response):
    results: tuple[PreprocessResult, ...]
