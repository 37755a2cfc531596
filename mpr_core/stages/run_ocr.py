"""run_ocr: each crop read once, and each track's readings put to a vote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from mpr_core.inference.engine import model_digest, side_by_side
from mpr_core.inference.model_files import TEXT_RECOGNISER
from mpr_core.inference.text_recogniser import Reading, TextRecogniser
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import RunOcrConfig
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.store.tables import schema, table_of, values

_SQUARE_ASPECT = 1.6
_TURN_MARGIN = 0.05
_LINES = schema(
    ("track", pa.int32()),
    ("crop", pa.int32()),
    ("seq", pa.int64()),
    ("text", pa.string()),
    ("score", pa.float32()),  # mean letter probability
    ("votes", pa.bool_()),  # score >= min_score
    ("turned_deg", pa.int32()),  # how far the crop was turned clockwise to be read
    ("cut_start", pa.bool_()),
    ("cut_end", pa.bool_()),
    ("line_height_px", pa.float32()),
)
_TEXTS = schema(("track", pa.int32()), ("text", pa.string()), ("score", pa.float32()), ("readings", pa.int32()))


@dataclass(frozen=True)
class TextLines(Payload):
    """Every crop's reading, and per track the text its readings agree on best ('' when nothing was legible)."""

    lines: pa.Table
    texts: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"lines": _LINES, "texts": _TEXTS}

    def counts(self) -> dict[str, float]:
        legible = sum(1 for text in values(self.texts, "text") if text)
        return {"crops_read": self.lines.num_rows, "tracks": self.texts.num_rows, "legible_tracks": legible}


PAYLOAD = TextLines


def models(config: RunOcrConfig, _services: Services) -> dict[str, str]:
    """The text recogniser."""
    return {TEXT_RECOGNISER.name: model_digest(TEXT_RECOGNISER.path(), config.precision)}


def run(context: SegmentContext, config: RunOcrConfig, *, preprocess: TrackCrops) -> TextLines:
    """Readings of one segment's crops."""
    recogniser: TextRecogniser = context.services.session(
        f"recogniser/{config.precision}", lambda: TextRecogniser(config.precision)
    )
    tracks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in preprocess.crops.to_pylist():
        tracks[row["track"]].append(row)
    reader = _TrackReader(recogniser, preprocess.images, config)
    lines = [line for found in side_by_side(reader.lines, tracks.values()) for line in found]
    return TextLines(table_of(lines, _LINES), table_of(_voted(lines), _TEXTS))


class _TrackReader:
    """Reads the crops of one track, best first, until enough of them agree."""

    def __init__(self, recogniser: TextRecogniser, images: Mapping[str, bytes], config: RunOcrConfig) -> None:
        self._recogniser, self._images, self._config = recogniser, images, config

    def lines(self, crops: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of `_LINES` for the crops that were read."""
        lines: list[dict[str, Any]] = []
        turn = None
        for row in crops:
            picture = cv2.imdecode(np.frombuffer(self._images[row["file"]], np.uint8), cv2.IMREAD_COLOR)
            reading, turn = self._upright(np.asarray(picture, np.uint8), turn)
            lines.append(_line(row, reading, turn, self._config))
            if self._agreed(lines):
                break
        return lines

    def _upright(self, crop: NDArray[np.uint8], turn: int | None) -> tuple[Reading, int]:
        """The reading of a crop and how far it was turned clockwise; a track's first crop decides its turn."""
        if turn is not None:
            return self._read(crop, turn), turn
        best, best_turn = self._read(crop, 0), 0
        if best.score >= self._config.turn_below_score:
            return best, best_turn
        turns = [180]
        if max(crop.shape[:2]) <= _SQUARE_ASPECT * min(
            crop.shape[:2]
        ):  # a short word may run up or down in a square box
            turns += [90, 270]
        for other in turns:
            found = self._read(crop, other)
            if found.score > best.score + _TURN_MARGIN:
                best, best_turn = found, other
        return best, best_turn

    def _read(self, crop: NDArray[np.uint8], turn: int) -> Reading:
        return self._recogniser.read(np.ascontiguousarray(np.rot90(crop, -turn // 90)))

    def _agreed(self, lines: Sequence[dict[str, Any]]) -> bool:
        """Whether two sure readings are the same text, so that a further one would change nothing."""
        sure = [line["text"] for line in lines if line["score"] >= self._config.agree_score]
        return len(sure) > len(set(sure))


def _line(row: dict[str, Any], reading: Reading, turned: int, config: RunOcrConfig) -> dict[str, Any]:
    swapped = turned == 180
    return {
        "track": row["track"],
        "crop": row["crop"],
        "seq": row["seq"],
        "text": reading.text,
        "score": reading.score,
        "votes": bool(reading.text) and reading.score >= config.min_score,
        "turned_deg": turned,
        "cut_start": row["cut_end"] if swapped else row["cut_start"],
        "cut_end": row["cut_start"] if swapped else row["cut_end"],
        "line_height_px": row["line_height_px"],
    }


def _voted(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per track the reading nearest to all others, weighed by score."""
    tracks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        tracks[line["track"]].append(line)
    rows = []
    for track, found in sorted(tracks.items()):
        voters = [line for line in found if line["votes"]]
        best = max(voters, key=lambda line: (_support(line, voters), line["score"], -line["crop"]), default=None)
        rows.append(
            {
                "track": track,
                "text": best["text"] if best else "",
                "score": best["score"] if best else 0.0,
                "readings": len(voters),
            }
        )
    return rows


def _support(line: dict[str, Any], voters: Sequence[dict[str, Any]]) -> float:
    return sum(float(v["score"]) * Indel.normalized_similarity(line["text"], v["text"]) for v in voters)
