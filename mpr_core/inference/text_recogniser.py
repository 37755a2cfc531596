"""What a line of text says: PP-OCR's recogniser, one crop at a time at a few fixed widths.

A crop is never batched with others: its reading would depend on its neighbours (their widths decide the padding), and the same crop must
always be read the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import ModelMissing
from mpr_core.inference.engine import Engine, OpenVino, Precision
from mpr_core.inference.model_files import TEXT_RECOGNISER

HEIGHT_PX = 48
_WIDTHS_PX = (160, 320, 480, 640, 960, 1600)


@dataclass(frozen=True)
class Reading:
    """The text of a crop and the mean probability of its letters in [0, 1]; ('', 0) when nothing is legible."""

    text: str
    score: float


class TextRecogniser:
    """PP-OCRv6 small. May be used from several threads."""

    def __init__(self, precision: Precision, engine: Engine | None = None) -> None:
        self._model = (engine or OpenVino()).open(TEXT_RECOGNISER.path(), precision, _WIDTHS_PX)
        characters = self._model.metadata("character")
        if characters is None:
            raise ModelMissing(
                "the recogniser has no alphabet",
                where=str(self._model.path),
                why="its metadata lacks 'character'",
                remedy="reinstall rapidocr",
            )
        self._model.reserve(np.zeros((1, 3, HEIGHT_PX, _WIDTHS_PX[-1]), np.float32))
        from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode  # as in text_detector: a second of imports

        self._decode = CTCLabelDecode(character=characters.splitlines())

    def read(self, bgr: NDArray[np.uint8]) -> Reading:
        """The text in an upright crop `(h, w, 3)` of one line."""
        height, width = bgr.shape[:2]
        wanted = math.ceil(HEIGHT_PX * width / height)
        padded = next((w for w in _WIDTHS_PX if w >= wanted), _WIDTHS_PX[-1])
        resized = cv2.resize(bgr, (min(wanted, padded), HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        batch = np.zeros((1, 3, HEIGHT_PX, padded), np.float32)
        batch[0, :, :, : resized.shape[1]] = (resized.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
        lines, _words = self._decode(self._model.infer(batch))
        text, score = lines[0]
        text = text.strip()
        return Reading(text, float(score) if text else 0.0)
