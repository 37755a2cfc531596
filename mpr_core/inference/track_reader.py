"""Reads the crops of one track, best first, until enough of them agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.operations import Asked
from mpr_core.inference.text_recogniser import Reading
from mpr_core.stages.configs import RunOcrConfig
from mpr_core.wire.ocr import OcrImage, OcrResult, Turn

_SQUARE_ASPECT = 1.6
_TURN_MARGIN = 0.05


class ReadsText(Protocol):
    """`TextRecogniser`, whatever its engine."""

    def read(self, bgr: NDArray[np.uint8]) -> Reading: ...


class TrackReader:
    """Reads tracks under one configuration. May be used from several threads."""

    def __init__(self, recogniser: ReadsText, config: RunOcrConfig) -> None:
        self._recogniser, self._config = recogniser, config

    def read(self, crops: Sequence[Asked[OcrImage]]) -> list[OcrResult]:
        """The reading of each crop; those behind the agreement are not looked at."""
        found: list[OcrResult] = []
        turn: Turn | None = None
        for crop in crops:
            if self._agreed(found):
                found.append(OcrResult(id=crop.about.id, read=False))
                continue
            reading, turn = self._upright(crop.picture.bgr(), turn)
            found.append(OcrResult(id=crop.about.id, text=reading.text, score=reading.score, turned_deg=turn))
        return found

    def _upright(self, crop: NDArray[np.uint8], turn: Turn | None) -> tuple[Reading, Turn]:
        """The reading of a crop and how far it was turned clockwise; a track's first crop decides its turn."""
        if turn is not None:
            return self._read(crop, turn), turn
        best = self._read(crop, 0)
        if best.score >= self._config.turn_below_score:
            return best, 0
        turns: list[Turn] = [180]
        if max(crop.shape[:2]) <= _SQUARE_ASPECT * min(
            crop.shape[:2]
        ):  # a short word may run up or down in a square box
            turns += [90, 270]
        best_turn: Turn = 0
        for other in turns:
            found = self._read(crop, other)
            if found.score > best.score + _TURN_MARGIN:
                best, best_turn = found, other
        return best, best_turn

    def _read(self, crop: NDArray[np.uint8], turn: Turn) -> Reading:
        return self._recogniser.read(np.ascontiguousarray(np.rot90(crop, -turn // 90)))

    def _agreed(self, found: Sequence[OcrResult]) -> bool:
        """Whether two sure readings are the same text, so that a further one would change nothing."""
        sure = [reading.text for reading in found if reading.read and reading.score >= self._config.agree_score]
        return len(sure) > len(set(sure))
