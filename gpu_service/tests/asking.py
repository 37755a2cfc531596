"""Requests of the wire as a client sends them, and pictures to ask about."""

from __future__ import annotations

from typing import Any

import cv2
import httpx
import numpy as np
from numpy.typing import NDArray

from mpr_core.stages.configs import DetectObjectsConfig, PreprocessConfig, RunOcrConfig
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from mpr_core.wire.detect import DetectImage, DetectRequest
from mpr_core.wire.detect_edges import DetectEdgesRequest, FieldImage
from mpr_core.wire.envelope import IMAGES_PART, REQUEST_PART, Request
from mpr_core.wire.ocr import OcrImage, OcrRequest
from mpr_core.wire.preprocess import PreprocessImage, PreprocessRequest
from mpr_core.wire.segment_field import SegmentFieldRequest, SizedImage

WIDTH_PX, HEIGHT_PX = 640, 360
_BOARD_PX = (110, 150)


def pitch(text: str = "NORDWIND") -> NDArray[np.uint8]:
    """A green field with a board above its border that says something."""
    random = np.random.default_rng(5)
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), (90, 80, 75), np.uint8)
    picture[_BOARD_PX[1] :] = (60, 140, 60)
    picture[_BOARD_PX[0] : _BOARD_PX[1]] = (240, 240, 240)
    cv2.putText(picture, text, (180, _BOARD_PX[1] - 9), cv2.FONT_HERSHEY_DUPLEX, 1.0, (30, 20, 120), 2, cv2.LINE_AA)
    light = np.linspace(-18, 18, WIDTH_PX)[None, :, None]
    noise = random.normal(0, 3, picture.shape)
    return np.clip(picture + light + noise, 0, 255).astype(np.uint8)


def word(text: str) -> NDArray[np.uint8]:
    """A crop of one line."""
    crop = np.full((48, 40 + 24 * len(text), 3), 235, np.uint8)
    cv2.putText(crop, text, (18, 35), cv2.FONT_HERSHEY_DUPLEX, 1.0, (30, 30, 30), 2, cv2.LINE_AA)
    return crop


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def post(client: httpx.Client, path: str, asked: Request | dict[str, Any] | str, *jpegs: bytes) -> httpx.Response:
    """A request with its images."""
    return client.post(path, files=parts(asked, *jpegs))


def parts(asked: Request | dict[str, Any] | str, *jpegs: bytes) -> list[Any]:
    """The parts of a request with its images."""
    document = asked if isinstance(asked, str) else None
    if document is None:
        document = asked.model_dump_json() if isinstance(asked, Request) else httpx.Response(200, json=asked).text
    images = [(IMAGES_PART, (f"{number}.jpg", data, "image/jpeg")) for number, data in enumerate(jpegs)]
    return [(REQUEST_PART, ("request.json", document, "application/json")), *images]


def detect(**config: Any) -> DetectRequest:
    return DetectRequest(request_id="r", config=DetectObjectsConfig(**config), images=(DetectImage(id="a"),))


def ocr(*groups: int) -> OcrRequest:
    images = tuple(OcrImage(id=str(number), group=group) for number, group in enumerate(groups))
    return OcrRequest(request_id="r", config=RunOcrConfig(), images=images)


def preprocess(*quads: tuple[float, ...]) -> PreprocessRequest:
    return PreprocessRequest(
        request_id="r", config=PreprocessConfig(), images=(PreprocessImage(id="a", quads_px=quads),)
    )


def field(width_px: int = WIDTH_PX) -> SegmentFieldRequest:
    return SegmentFieldRequest(
        request_id="r", config=FieldSegmentationConfig(), images=(SizedImage(id="a", width_px=width_px),)
    )


def edges(outline: tuple[tuple[float, float], ...]) -> DetectEdgesRequest:
    return DetectEdgesRequest(
        request_id="r", config=DetectEdgesConfig(), images=(FieldImage(id="a", width_px=WIDTH_PX, field_px=outline),)
    )


FIELD_PX = ((0.0, 150.0), (639.0, 150.0), (639.0, 359.0), (0.0, 359.0))
BOARD_QUAD = (170.0, 112.0, 360.0, 112.0, 360.0, 150.0, 170.0, 150.0)
EVERY = {
    "/detect": (detect(), jpeg(pitch())),
    "/ocr": (ocr(0), jpeg(word("NORDWIND"))),
    "/preprocess": (preprocess(BOARD_QUAD), jpeg(pitch())),
    "/segment_field": (field(), jpeg(pitch())),
    "/detect_edges": (edges(FIELD_PX), jpeg(pitch())),
}
