"""A timeline whose tracks nobody detected: the tables, crops and frames that a stage's look at the whole timeline reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.cascade.provider import Ask, Reply, Usage
from mpr_core.runner.context import PlanContext, Services
from mpr_core.runner.found import Cost
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.tables import table_of
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

SEGMENT_S = 10
BRANDS = (Brand(canonical_name="Vantelo"), Brand(canonical_name="Oltessa", aliases=("Oltessa Bank",)))


@dataclass(frozen=True)
class Seen:
    """One unresolved track.

    Attributes:
        near: the best rejected match, brand and score.
        logo: the YOLO class of a track without text.
        read_in: number of the crop in which the text was read; the better ones show something else.
    """

    text: str = ""
    seconds: float = 2.0
    score: float = 0.95
    near: tuple[str, float] | None = None
    logo: str = ""
    quality: float = 10.0
    height_px: float = 30.0
    read_in: int = 0


@dataclass
class MadeUpFilm:
    """Segments of tracks, and the surroundings that a plan gets."""

    segments: Sequence[Sequence[Seen]]
    brands: Sequence[Brand] = BRANDS
    store: ObjectStore = field(default_factory=lambda: ObjectStore("memory://"))
    vlm: Mapping[int, Escalation] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    borders: list[tuple[int, int]] = field(default_factory=list)

    def context(self, run_id: str = "run-1", **more: Any) -> PlanContext:
        """What a stage's plan is called with."""
        self.store.put("frames/only.jpg", _jpeg(np.full((360, 640, 3), 90, np.uint8)))
        config = MatchBrandsConfig(brands=tuple(self.brands)).model_dump(mode="json")
        segments = [
            SimpleNamespace(
                segment=Segment(chunk_index=i, chunk_digest="a" * 64, start_s=Fraction(0), end_s=Fraction(10))
            )
            for i in range(len(self.segments))
        ]
        nodes: Any = {"match_brands": SimpleNamespace(config=config, parts=segments)}
        chunk = made_up_chunk(Fraction(SEGMENT_S))
        timeline = Timeline(id="match", chunks=(chunk,) * len(self.segments))
        given: dict[str, Any] = {"border": lambda *at: self.borders.append(at), "say": self.said.append} | more
        return PlanContext(
            Services(self.store, self.store),
            timeline,
            "generic",
            nodes,
            self._table,
            payload=self._payload,
            run_id=run_id,
            paid=self.costs.append,
            **given,
        )

    def _table(self, stage: str, index: int, name: str) -> pa.Table:
        found: pa.Table = getattr(self._payload(stage, index), name)
        return found

    def _payload(self, stage: str, index: int) -> Any:
        if stage == "escalate_vlm":
            return self.vlm.get(index, Escalation.empty())
        tracks = list(enumerate(self.segments[index]))
        kind = _KINDS[stage]
        if stage == "preprocess":
            crops = [_crop_row(t, n, seen) for t, seen in tracks for n in range(seen.read_in + 1)]
            images = {row["file"]: _crop(tracks[row["track"]][1], row["crop"]) for row in crops}
            return TrackCrops(table_of(crops, kind.SCHEMAS["crops"]), images=images)
        rows = {
            "detect_objects": {"boxes": [row for t, seen in tracks for row in _boxes(t, seen)]},
            "run_ocr": {
                "texts": [_text(t, seen) for t, seen in tracks],
                "lines": [_line(t, seen) for t, seen in tracks if seen.text],
            },
            "match_brands": {"candidates": [_near(t, seen) for t, seen in tracks if seen.near]},
            "extract_frames": {"frames": [_FRAME]},
            "filter_scenes": {"scenes": [{"scene": 0, "start_s": 0.0, "end_s": 10.0, "transition": "cut"}]},
        }[stage]
        return kind.empty(**{name: table_of(found, kind.SCHEMAS[name]) for name, found in rows.items()})


class Scripted:
    """A model that answers by the text it is told of; everything that it was asked is kept.

    Args:
        says: text -> answer: a brand, 'none', 'other: name', or an error to raise.
    """

    def __init__(self, says: Mapping[str, Any], name: str = "openai", model: str = "gpt-6-luna") -> None:
        self.says, self.name, self.model = dict(says), name, model
        self.asked: list[str] = []
        self.asks: list[Ask] = []

    def ask(self, ask: Ask, /) -> Reply:
        text = ask.prompt.split("read in it: ")[1].split(" (it may")[0].strip('"')
        self.asked.append(text)
        self.asks.append(ask)
        said = self.says.get(text, self.says.get("*", "none"))
        if isinstance(said, BaseException):
            raise said
        answer = (
            {"answer": said, "name": "", "confidence": 0.9, "evidence": text} if isinstance(said, str) else dict(said)
        )
        if isinstance(said, str) and said.startswith("other: "):
            answer |= {"answer": "other", "name": said.removeprefix("other: ")}
        return Reply(answer, Usage(1000, 100), self.model)

    def close(self) -> None:
        """Nothing is open."""


_KINDS: dict[str, Any] = {
    "extract_frames": FrameIndex,
    "filter_scenes": SceneFrames,
    "detect_objects": TrackedBoxes,
    "preprocess": TrackCrops,
    "run_ocr": TextLines,
    "match_brands": Decisions,
}
_FRAME = {
    "seq": 0,
    "chunk": "a" * 64,
    "t_s": 0.0,
    "pts_s": 0.0,
    "pts_exact": "0/1",
    "width_px": 640,
    "height_px": 360,
    "size_bytes": 1,
    "key": "frames/only.jpg",
    "digest": "",
}


def _boxes(track: int, seen: Seen) -> list[dict[str, Any]]:
    x, y, h = 20.0 + 8 * (track % 60), 100.0, seen.height_px
    row = {
        "seq": 0,
        "track": track,
        "source": "yolo" if seen.logo else "text",
        "class_name": seen.logo or "text",
        "score": 0.9,
        "quad_px": [x, y, x + 3 * h, y, x + 3 * h, y + h, x, y + h],
        "clarity": 0.5,
        "in_hint": False,
    }
    return [row | {"t_s": 1.0}, row | {"t_s": 1.0 + seen.seconds, "seq": 1}]


def _text(track: int, seen: Seen) -> dict[str, Any]:
    return {"track": track, "text": seen.text, "score": seen.score if seen.text else 0.0, "readings": 1}


def _near(track: int, seen: Seen) -> dict[str, Any]:
    brand, score = seen.near or ("", 0.0)
    row = {"track": track, "brand": brand, "score": score, "matched_name": brand, "matched_text": seen.text}
    return row | {"rule": "fuzzy", "accepted": False, "vetoed_by": "min_score", "reason": ""}


def _line(track: int, seen: Seen) -> dict[str, Any]:
    row = {"track": track, "crop": seen.read_in, "seq": 0, "text": seen.text, "score": seen.score, "votes": True}
    return row | {"turned_deg": 0, "cut_start": False, "cut_end": False, "line_height_px": 30.0}


def _crop_row(track: int, number: int, seen: Seen) -> dict[str, Any]:
    row = {"track": track, "crop": number, "seq": 0, "file": f"crops/{track}_{number}.jpg", "width_px": 90}
    shown = {"height_px": 30, "line_height_px": 30.0, "quality": seen.quality, "cut_start": False, "cut_end": False}
    return row | shown


def _crop(seen: Seen, number: int) -> bytes:
    """A picture of its own for every text; a crop in which it was not read is blank."""
    shade = sum(seen.text.encode()) % 200
    picture = np.full((30, 90, 3), shade, np.uint8)
    if number == seen.read_in:
        cv2.putText(picture, seen.text[:8], (2, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255))
    return _jpeg(picture)


def _jpeg(picture: Any) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()
