"""/preprocess/debug and /ocr/debug: the quads and what is cut out of them, and each crop turned as far as it is tried."""

from __future__ import annotations

import cv2
import numpy as np

from gpu_service.debug.pictures import drawn, shown
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Asked
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Mark, quad_of
from mpr_core.wire.debug import DebugPicture, DebugResult
from mpr_core.wire.ocr import OcrImage, OcrRequest
from mpr_core.wire.preprocess import PreprocessImage, PreprocessRequest

_TURNS_DEG = (0, 90, 180, 270)
_CAPTION_PX, _LEAST_PX = 22, 320
_INK, _PAPER = (20, 20, 24), (250, 250, 248)


def seen_by_preprocess(inference: InProcess, asked: PreprocessRequest, frame: Asked[PreprocessImage]) -> DebugResult:
    """The frame with its quads, and each crop."""
    (found,) = inference.crop([frame], asked.config)
    marks = [
        Mark(quad_of(list(quad)), Colour.GREEN, f"crop {number}") for number, quad in enumerate(frame.about.quads_px)
    ]
    pictures = [drawn("quads", frame.picture.bgr(), marks)]
    for number, crop in enumerate(found.crops):
        pixels = cv2.imdecode(np.frombuffer(crop.jpeg, np.uint8), cv2.IMREAD_COLOR)
        pictures.append(shown(f"crop_{number}", np.asarray(pixels, np.uint8)))
    return DebugResult(id=frame.about.id, pictures=tuple(pictures))


def seen_by_ocr(inference: InProcess, asked: OcrRequest, crop: Asked[OcrImage]) -> DebugResult:
    """The crop turned each way, with what is read of it so, whatever its track would say."""
    reader = inference.models.recogniser(asked.config.precision)
    pictures: list[DebugPicture] = []
    for turned in _TURNS_DEG:
        pixels = np.ascontiguousarray(np.rot90(crop.picture.bgr(), -turned // 90))
        reading = reader.read(pixels)
        pictures.append(shown(f"turned_{turned}", _captioned(pixels, f"{reading.score:.2f} {reading.text}")))
    return DebugResult(id=crop.about.id, pictures=tuple(pictures))


def _captioned(pixels: np.ndarray, text: str) -> np.ndarray:
    """The crop over a strip that says what was read."""
    height, width = pixels.shape[:2]
    page = np.full((height + _CAPTION_PX, max(width, _LEAST_PX), 3), _PAPER, np.uint8)
    page[:height, :width] = pixels
    cv2.putText(page, text, (4, height + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return page
