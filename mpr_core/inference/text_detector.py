"""Where text stands in a picture: PP-OCR's detector, with its differentiable-binarisation post-processing from RapidOCR."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.engine import OnnxFile

_STRIDE_PX = 32
_MAX_CANDIDATES = 1000


@dataclass(frozen=True)
class Quad:
    """A found text line: corners `(4, 2) float32` px clockwise from top-left, and the detector's score in [0, 1]."""

    corners_px: NDArray[np.float32]
    score: float


class TextDetector:
    """PP-OCRv6 small under some thresholds. May be used from several threads.

    Args:
        model: the opened file, which detectors of other thresholds may share.
    """

    def __init__(self, model: OnnxFile, pixel_score: float, box_score: float, unclip_ratio: float) -> None:
        from rapidocr.ch_ppocr_det.utils import (
            DBPostProcess,  # a second of imports, which a replay of later stages is spared
        )

        self._model = model
        self._boxes, self._every_box = (
            DBPostProcess(pixel_score, least, _MAX_CANDIDATES, unclip_ratio, "fast", True) for least in (box_score, 0.0)
        )

    def detect(self, bgr: NDArray[np.uint8], scale: float, *, every_box: bool = False) -> list[Quad]:
        """Text lines of a picture examined at `scale` times its size.

        Args:
            bgr: `(h, w, 3)`.
            scale: 1 reads letters down to about 8 px of height; 0.5 halves both axes.
            every_box: also those below `box_score`, for whoever asks why something was not found.
        Returns:
            Quads in the picture's own pixels; empty when there is no text.
        """
        boxes = self._every_box if every_box else self._boxes
        corners, scores = boxes(self._probabilities(bgr, scale), bgr.shape[:2])
        return [Quad(np.asarray(quad, np.float32), float(score)) for quad, score in zip(corners, scores, strict=True)]

    def heat(self, bgr: NDArray[np.uint8], scale: float) -> NDArray[np.float32]:
        """How much each pixel of a picture examined at `scale` looks like text, `(h, w)` in [0, 1]; what `detect` draws its boxes from."""
        return np.asarray(self._probabilities(bgr, scale)[0, 0], np.float32)

    def _probabilities(self, bgr: NDArray[np.uint8], scale: float) -> NDArray[np.float32]:
        height, width = bgr.shape[:2]
        size = (_to_stride(width * scale), _to_stride(height * scale))
        # Averaging only pays where bilinear sampling would skip pixels; at 0.5 and above it costs three times as much for nothing.
        resized = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA if size[0] < width / 2 else cv2.INTER_LINEAR)
        return self._model.infer(cv2.dnn.blobFromImage(resized, 1 / 127.5, mean=(127.5, 127.5, 127.5)))


def _to_stride(length_px: float) -> int:
    return max(_STRIDE_PX, round(length_px / _STRIDE_PX) * _STRIDE_PX)
