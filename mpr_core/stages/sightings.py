"""From parts to sightings: every decided box of every sampled frame, in timeline seconds, with the span of time it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from mpr_core.report.sighting import Quad, SceneSpan, Sighting
from mpr_core.runner.context import TimelineContext
from mpr_core.stages.decision_rows import holds_at
from mpr_core.stages.scene_spans import scene_spans
from mpr_core.store import keys
from mpr_core.timeline.segments import Segment
from mpr_core.vision.rectify import is_vertical

_DECIDING = ("match_brands", "escalate_vlm", "escalate_cloud")


@dataclass(frozen=True)
class SegmentRows:
    """The rows of one segment's parts that the report needs."""

    index: int
    segment: Segment
    offset_s: float
    frames: list[dict[str, Any]]
    scene_frames: list[dict[str, Any]]
    boxes: list[dict[str, Any]]
    crops: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    decisions: list[tuple[str, dict[str, Any]]]


def segment_rows(context: TimelineContext) -> Iterator[SegmentRows]:
    """One segment after the other, so that memory stays one segment's."""
    for index, segment in enumerate(context.segments()):

        def rows(stage: str, name: str, index: int = index) -> list[dict[str, Any]]:
            return context.table(stage, index, name).to_pylist()

        yield SegmentRows(
            index=index,
            segment=segment,
            offset_s=float(context.offset_s(segment)),
            frames=rows("extract_frames", "frames"),
            scene_frames=rows("filter_scenes", "frames"),
            boxes=rows("detect_objects", "boxes"),
            crops=rows("preprocess", "crops"),
            texts=rows("run_ocr", "texts"),
            decisions=[(stage, row) for stage in _DECIDING for row in rows(stage, "decisions") if row["brand"]],
        )


def joined_scenes(context: TimelineContext) -> list[SceneSpan]:
    """The timeline's scenes."""
    return scene_spans(
        (float(context.offset_s(segment)), context.table("filter_scenes", index, "scenes").to_pylist())
        for index, segment in enumerate(context.segments())
    )


def sightings_of(
    rows: SegmentRows, scenes: list[SceneSpan], half_step_s: float, chunk_end_s: float, part_recipe: str
) -> Iterator[Sighting]:
    """The sightings of one segment.

    A sampled frame stands for half a sampling step before and after it; the first and the last of a scene also for what is left of the
    scene before and after them, since no sample says otherwise. Nothing reaches over a scene's or a chunk's border. A frame that
    another one stands for shows what that one shows.
    """
    tracks: dict[int, list[tuple[str, dict[str, Any]]]] = {}
    for stage, decision in rows.decisions:
        tracks.setdefault(decision["track"], []).append((stage, decision))
    best = {crop["track"]: crop for crop in reversed(rows.crops)}
    boxes: dict[int, list[dict[str, Any]]] = {}
    for box in rows.boxes:
        if box["track"] in tracks:
            boxes.setdefault(box["seq"], []).append(box)
    for frame, place in zip(rows.frames, rows.scene_frames, strict=True):
        shown = boxes.get(place["rep_seq"], [])
        if not shown:
            continue
        t_s = frame["t_s"] + rows.offset_s
        scene = _scene_at(scenes, t_s)
        begin, finish = max(scene.start_s, rows.offset_s), min(scene.end_s, chunk_end_s)
        start = begin if t_s - begin < 2 * half_step_s else t_s - half_step_s
        end = finish if finish - t_s <= 2 * half_step_s else t_s + half_step_s
        for box in shown:
            for stage, decision in tracks[box["track"]]:
                if not holds_at(decision, box["seq"]):
                    continue
                crop = best.get(box["track"])
                yield Sighting(
                    brand=decision["brand"],
                    t_s=t_s,
                    start_s=start,
                    end_s=max(start, end),
                    chunk_index=rows.segment.chunk_index,
                    frame_key=frame["key"],
                    quad_px=_named_part(box["quad_px"], decision["span_start_ratio"], decision["span_end_ratio"]),
                    frame_width_px=frame["width_px"],
                    frame_height_px=frame["height_px"],
                    track=f"{rows.index}/{box['track']}",
                    score=decision["score"],
                    clarity=box["clarity"],
                    decided_by=stage,
                    text=decision["text"],
                    crop_key=None if crop is None else f"{keys.part_folder('preprocess', part_recipe)}/{crop['file']}",
                    crop_quality=0.0 if crop is None else crop["quality"],
                )


def half_step_s(fps: str) -> float:
    """Half a sampling step, seconds, from the configured rate."""
    return float(1 / (2 * Fraction(fps)))


def _scene_at(scenes: list[SceneSpan], t_s: float) -> SceneSpan:
    low, high = 0, len(scenes)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if scenes[middle].start_s <= t_s else (low, middle)
    return scenes[low]


def _named_part(quad_px: list[float], start_ratio: float, end_ratio: float) -> Quad:
    """The part of a line's quad where the matched letters stand."""
    turned = 1 if is_vertical(np.array(quad_px, np.float32).reshape(4, 2)) else 0
    corners = [(quad_px[i], quad_px[i + 1]) for i in range(0, 8, 2)]
    a, b, c, d = corners[turned:] + corners[:turned]
    part = [
        _between(a, b, start_ratio),
        _between(a, b, end_ratio),
        _between(d, c, end_ratio),
        _between(d, c, start_ratio),
    ]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = part[-turned:] + part[:-turned] if turned else part
    return x0, y0, x1, y1, x2, y2, x3, y3


def _between(start: tuple[float, float], end: tuple[float, float], ratio: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * ratio, start[1] + (end[1] - start[1]) * ratio
