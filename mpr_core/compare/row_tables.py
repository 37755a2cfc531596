"""The rows of each stage that a difference is told of, as entries with an instant, a place and the values that may differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mpr_core.compare.places import XyXy, bounds
from mpr_core.runner.branch import Branch
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.field_segmentation import Fields
from mpr_core.stages.filter_scenes import NOBODY, SceneFrames
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines


@dataclass(frozen=True)
class Entry:
    """One row, ready to be held against the other side's.

    `seen` says where it stands: instant in milliseconds -> box; entries of two sides are one if they share instants and places, and have
    the same `name`. An entry without a box is one with the entry at the same instant. `values` are what may differ.
    """

    at_s: float
    what: str
    seen: Mapping[int, XyXy | None]
    values: Mapping[str, Any]
    name: str = ""
    quad_px: tuple[float, ...] | None = None
    tolerance: Mapping[str, float] = field(default_factory=dict)


Tables = dict[str, list[Entry]]
Reader = Callable[[Branch, int], Tables]


def extract_frames(branch: Branch, index: int) -> Tables:
    """The sampled frames; another quality is another picture."""
    offset = branch.offset_s(index)
    rows = branch.payload("extract_frames", index, FrameIndex).frames.to_pylist()
    return {
        "frames": [
            _instant(
                row["t_s"] + offset, "frame", picture=row["digest"][:12], size=f"{row['width_px']}x{row['height_px']}"
            )
            for row in rows
        ]
    }


def filter_scenes(branch: Branch, index: int) -> Tables:
    """Scene changes, and which frames stand for themselves."""
    offset = branch.offset_s(index)
    found = branch.payload("filter_scenes", index, SceneFrames)
    times = _times(branch, index)
    changes = [row for row in found.scenes.to_pylist() if row["transition"] not in ("start", "continued")]
    return {
        "scene changes": [
            _instant(row["start_s"] + offset, "scene change", transition=row["transition"]) for row in changes
        ],
        "kept frames": [
            _instant(times[row["seq"]], "kept frame")
            for row in found.frames.to_pylist()
            if row["kept"] and row["rep_seq"] != NOBODY
        ],
    }


def field_segmentation(branch: Branch, index: int) -> Tables:
    """The field of every kept frame."""
    times = _times(branch, index)
    rows = branch.payload("field_segmentation", index, Fields).fields.to_pylist()
    near = {"coverage_ratio": 0.01}
    return {
        "frames with a field": [
            _instant(times[row["seq"]], "field", near, coverage_ratio=round(row["coverage_ratio"], 4))
            for row in rows
            if row["status"] == "field"
        ]
    }


def detect_edges(branch: Branch, index: int) -> Tables:
    """The bands of every frame."""
    times = _times(branch, index)
    rows = branch.payload("detect_edges", index, RegionHints).bands.to_pylist()
    return {
        "bands": [
            Entry(times[row["seq"]], "band", {_ms(times[row["seq"]]): bounds(row["polygon_px"])}, {})
            for row in rows
            if row["polygon_px"]
        ]
    }


def detect_objects(branch: Branch, index: int) -> Tables:
    """The boxes of every frame; the numbers of tracks are no difference."""
    offset = branch.offset_s(index)
    boxes = []
    for row in branch.payload("detect_objects", index, TrackedBoxes).boxes.to_pylist():
        at_s, quad = row["t_s"] + offset, tuple(row["quad_px"])
        values = {"score": round(row["score"], 3)}
        seen = {_ms(at_s): bounds(quad)}
        boxes.append(Entry(at_s, _box_words(row), seen, values, row["class_name"], quad, {"score": 0.02}))
    return {"boxes": boxes}


def preprocess(branch: Branch, index: int) -> Tables:
    """The crops, each at its box."""
    tracks = _tracks(branch, index)
    crops = []
    for row in branch.payload("preprocess", index, TrackCrops).crops.to_pylist():
        at_s, quad = tracks[row["track"]].by_seq[row["seq"]]
        size = f"{row['width_px']}x{row['height_px']}"
        crops.append(Entry(at_s, f"crop of {size} px", {_ms(at_s): bounds(quad)}, {"size": size}, quad_px=quad))
    return {"crops": crops}


def run_ocr(branch: Branch, index: int) -> Tables:
    """What each track was read as."""
    tracks = _tracks(branch, index)
    rows = branch.payload("run_ocr", index, TextLines).texts.to_pylist()
    near = {"score": 0.02}
    return {
        "texts": [
            tracks[row["track"]].entry(repr(row["text"]), near, text=row["text"], score=round(row["score"], 3))
            for row in rows
            if row["text"]
        ]
    }


def match_brands(branch: Branch, index: int) -> Tables:
    """The brand each track was decided for."""
    rows = branch.payload("match_brands", index, Decisions).decisions.to_pylist()
    return {"decisions": _decisions(rows, _tracks(branch, index))}


def escalation(branch: Branch, index: int, stage: str) -> Tables:
    """The questions and the decisions of an escalation stage."""
    found = branch.payload(stage, index, Escalation)
    tracks = _tracks(branch, index)
    questions = [
        tracks[row["track"]].entry(
            f"{row['why']}: {row['text']!r}",
            {},
            why=row["why"],
            text=row["text"],
            asked=row["asked"],
            answer=f"{row['verdict']} {row['name']}".strip(),
        )
        for row in found.questions.to_pylist()
    ]
    return {"questions": questions, "decisions": _decisions(found.decisions.to_pylist(), tracks)}


READERS: Mapping[str, Reader] = {
    "extract_frames": extract_frames,
    "filter_scenes": filter_scenes,
    "field_segmentation": field_segmentation,
    "detect_edges": detect_edges,
    "detect_objects": detect_objects,
    "preprocess": preprocess,
    "run_ocr": run_ocr,
    "match_brands": match_brands,
    "escalate_vlm": lambda branch, index: escalation(branch, index, "escalate_vlm"),
    "escalate_cloud": lambda branch, index: escalation(branch, index, "escalate_cloud"),
}


@dataclass
class _Track:
    """One track's boxes by frame, with their instants on the timeline."""

    by_seq: dict[int, tuple[float, tuple[float, ...]]] = field(default_factory=dict)

    def entry(self, what: str, tolerance: Mapping[str, float], name: str = "", **values: Any) -> Entry:
        boxes = sorted(self.by_seq.values())
        seen = {_ms(at_s): bounds(quad) for at_s, quad in boxes}
        return Entry(boxes[0][0], what, seen, values, name, boxes[0][1], tolerance)


def _tracks(branch: Branch, index: int) -> Mapping[int, _Track]:
    offset = branch.offset_s(index)
    found: dict[int, _Track] = defaultdict(_Track)
    for row in branch.payload("detect_objects", index, TrackedBoxes).boxes.to_pylist():
        found[row["track"]].by_seq[row["seq"]] = (row["t_s"] + offset, tuple(row["quad_px"]))
    return found


def _decisions(rows: Iterable[Mapping[str, Any]], tracks: Mapping[int, _Track]) -> list[Entry]:
    """A track may bear several brands; each of them is an entry, undecided tracks are none."""
    near = {"score": 1.0}
    return [
        tracks[row["track"]].entry(
            f"{row['brand']} from {row['text']!r}",
            near,
            brand=row["brand"],
            score=round(row["score"], 1),
            rule=row["rule"],
        )
        for row in rows
        if row["brand"]
    ]


def _times(branch: Branch, index: int) -> dict[int, float]:
    """Frame number -> timeline second."""
    offset = branch.offset_s(index)
    frames = branch.payload("extract_frames", index, FrameIndex).frames.select(["seq", "t_s"]).to_pylist()
    return {row["seq"]: row["t_s"] + offset for row in frames}


def _instant(at_s: float, what: str, tolerance: Mapping[str, float] | None = None, **values: Any) -> Entry:
    return Entry(at_s, what, {_ms(at_s): None}, values, tolerance=tolerance or {})


def _box_words(row: Mapping[str, Any]) -> str:
    left, top, right, bottom = bounds(row["quad_px"])
    return f"{row['class_name']} box of {right - left:.0f}x{bottom - top:.0f} px at {left:.0f}, {top:.0f}"


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
