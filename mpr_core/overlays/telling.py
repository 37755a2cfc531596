"""Which few frames tell most of a node: those with most to see, spread over the timeline."""

from __future__ import annotations

from collections import Counter

import numpy as np

from mpr_core.overlays.airings import telling_seconds
from mpr_core.overlays.source import Source, Tables

TELLING = 6
_WORTH: dict[str, dict[str, float]] = {
    "filter_scenes": {"scene_changes": 100, "blank_frames": 10, "kept_frames": 1},
    "field_segmentation": {"frames_with_field": 1},
    "detect_edges": {"bands": 1},
    "detect_objects": {"boxes": 1},
    "preprocess": {"crops": 1},
    "run_ocr": {"legible_tracks": 1},
    "match_brands": {"decided_tracks": 1},
    "escalate_vlm": {"asked": 1, "would_ask": 1, "decided": 1},
    "escalate_cloud": {"asked": 1, "would_ask": 1, "decided": 1},
}
"""How much each of a part's counts makes its segment worth a look."""


def telling_frames(source: Source, count: int = TELLING) -> list[tuple[int, int]]:
    """Segment and sampling number of at most `count` frames, in order of time.

    The counts of the node say which segments to read, so a long timeline costs no more than a short one.
    """
    if source.is_reduced:
        found = {source.nearest(second) for second in telling_seconds(source.report, count)}
        return sorted(found) or _evenly(source, count)
    chosen = _segments(source, count)
    each = -(-count // len(chosen)) if chosen else 0
    found = {(index, seq) for index in chosen for seq in _frames(source, index, each)}
    return sorted(found)[:count] or _evenly(source, count)


def _segments(source: Source, count: int) -> list[int]:
    """Of each of `count` equal stretches of the timeline the segment with most in it; those with nothing left out."""
    weights = _WORTH.get(source.stage, {})
    worth = [sum(part.counts.get(name, 0) * each for name, each in weights.items()) for part in source.node.parts]
    stretches = [s for s in np.array_split(np.arange(len(worth)), count) if len(s)]
    best = [max(stretch.tolist(), key=lambda i: worth[i]) for stretch in stretches]
    return [index for index in best if worth[index] > 0]


def _frames(source: Source, index: int, count: int) -> list[int]:
    """Of each of `count` equal stretches of a segment the frame with most to see."""
    weights = _weights(source.stage, source.tables(index))
    seqs = [seq for seq in source.seqs(index) if weights[seq] > 0]
    stretches = [s for s in np.array_split(np.array(seqs, int), count) if len(s)]
    return [max(stretch.tolist(), key=lambda seq: weights[seq]) for stretch in stretches]


def _weights(stage: str, tables: Tables) -> Counter[int]:
    """Sampling number -> how much there is to see."""
    if stage == "filter_scenes":
        return _scene_starts(tables)
    if stage == "field_segmentation":
        return Counter(
            {
                row["seq"]: 1000 * row["coverage_ratio"]
                for row in tables.rows(stage, "fields")
                if row["status"] == "field"
            }
        )
    if stage == "detect_edges":
        return Counter(row["seq"] for row in tables.rows(stage, "bands"))
    if stage == "preprocess":
        return Counter(row["seq"] for row in tables.rows(stage, "crops"))
    if stage == "run_ocr":
        return Counter(row["seq"] for row in tables.rows(stage, "lines") if row["votes"])
    boxes = tables.rows("detect_objects", "boxes")
    if stage == "detect_objects":
        return Counter(row["seq"] for row in boxes)
    wanted = _tracks(stage, tables)
    return Counter(row["seq"] for row in boxes if row["track"] in wanted)


def _tracks(stage: str, tables: Tables) -> set[int]:
    """The tracks a deciding stage did something about."""
    decided = {row["track"] for row in tables.rows(stage, "decisions") if row["brand"]}
    if stage == "match_brands":
        return decided
    return decided | {row["track"] for row in tables.rows(stage, "questions")}


def _scene_starts(tables: Tables) -> Counter[int]:
    """The first kept frame of each scene; a frame of a scene with dropped ones counts more."""
    weights: Counter[int] = Counter()
    dropped = Counter(row["scene"] for row in tables.rows("filter_scenes", "frames") if not row["kept"])
    seen: set[int] = set()
    for row in tables.rows("filter_scenes", "frames"):
        if row["scene"] not in seen:
            seen.add(row["scene"])
            weights[row["seq"]] = 1 + dropped[row["scene"]]
    return weights


def _evenly(source: Source, count: int) -> list[tuple[int, int]]:
    """Frames spread over the timeline, where nothing stands out."""
    duration_s = float(source.branch.timeline.duration_s)
    last = {source.nearest(duration_s * (i + 0.5) / count) for i in range(count)}
    return sorted(last)
