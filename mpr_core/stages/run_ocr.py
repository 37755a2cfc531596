"""run_ocr: each crop read once, and each track's readings put to a vote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
from rapidfuzz.distance import Indel

from mpr_core.inference.model_files import TEXT_RECOGNISER
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import RunOcrConfig
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.store.tables import schema, table_of, values
from mpr_core.wire.ocr import OcrImage, OcrResult

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


def models(config: RunOcrConfig, services: Services) -> dict[str, str]:
    """The text recogniser."""
    return {TEXT_RECOGNISER.name: services.inference.digest(TEXT_RECOGNISER.name, config.precision)}


def run(context: SegmentContext, config: RunOcrConfig, *, preprocess: TrackCrops) -> TextLines:
    """Readings of one segment's crops."""
    tracks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in preprocess.crops.to_pylist():
        tracks[row["track"]].append(row)
    rows = {row["file"]: row for found in tracks.values() for row in found}
    crops = (
        Asked(OcrImage(id=name, group=row["track"]), HeldPicture(name, preprocess.images[name]))
        for name, row in rows.items()
    )
    results = context.services.inference.read(crops, config)
    lines = [_line(rows[result.id], result, config) for result in results if result.read]
    return TextLines(table_of(lines, _LINES), table_of(_voted(lines), _TEXTS))


def _line(row: dict[str, Any], reading: OcrResult, config: RunOcrConfig) -> dict[str, Any]:
    swapped = reading.turned_deg == 180
    return {
        "track": row["track"],
        "crop": row["crop"],
        "seq": row["seq"],
        "text": reading.text,
        "score": reading.score,
        "votes": bool(reading.text) and reading.score >= config.min_score,
        "turned_deg": reading.turned_deg,
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
