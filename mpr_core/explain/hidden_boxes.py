"""Boxes that detection saw and did not keep: the same detectors on the same frame, with their thresholds open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from mpr_core.explain.explanation import XYXY, Setting
from mpr_core.explain.nearness import NearnessTo
from mpr_core.explain.places import overlap_ratio, same_place, upright_px
from mpr_core.explain.reader import Reader
from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.explain.threads import FIRST_HIDDEN_TRACK, Thread, hidden
from mpr_core.stages.configs import DetectObjectsConfig

STAGE = "detect_objects"
_OPEN = {"box_score": 0.05, "min_height_px": 0.0, "max_boxes": 2000, "hints": "ignore", "yolo_min_score": 0.05}
_OPEN_PIXEL_SCORE = 0.15
_LARGEST_SIDE_PX = 4096
_SAME_BOX_RATIO = 0.4
_MOST_READ = 40


class HiddenBoxes:
    """What detection leaves out of a frame, and the knobs that would have kept it."""

    def __init__(self, reader: Reader, config: DetectObjectsConfig) -> None:
        self._reader, self._what_if, self.config = reader, reader.what_if, config
        self._seen: dict[tuple[int, int, str], list[Row]] = {}

    def looked_at(self, view: SegmentView, seq: int, box_px: XYXY | None, nearness: NearnessTo) -> list[Thread]:
        """The boxes of a frame that nothing looked at, with the branch's own thresholds; the nearest to the brand first.

        None where only region hints are searched: a frame that was not kept has none, but would have.
        """
        if self.config.hints == "narrow" and view.hints.bands.num_rows:
            return []
        return self._threads(view, self._detected(view, seq, {}), box_px, nearness)

    def left_out(self, view: SegmentView, seq: int, box_px: XYXY | None, nearness: NearnessTo) -> list[Thread]:
        """The boxes that were not kept; the nearest to the brand first.

        Thresholds are opened first; only where that shows nothing near the brand, the frame is searched more closely.
        """
        found: list[Thread] = []
        for changes in (_OPEN, _OPEN | self._closer(view, seq)):
            known = [upright_px(row["quad_px"]) for row in view.boxes_by_seq.get(seq, [])]
            boxes = [row for row in self._detected(view, seq, changes) if not _among(row, known)]
            found = self._threads(view, boxes, box_px, nearness) or found
            if any(thread.nearness.near for thread in found):
                break
        return found

    def place_itself(self, view: SegmentView, seq: int, box_px: XYXY, nearness: NearnessTo) -> Thread:
        """What stands in a user's box, read as if detection had found just that."""
        row = next(row for row in view.frames if row["seq"] == seq)
        x0, y0, x1, y1 = (min(v, side) for v, side in zip(box_px, (row["width_px"], row["height_px"]) * 2, strict=True))
        box = {
            "seq": seq,
            "t_s": row["t_s"],
            "track": FIRST_HIDDEN_TRACK,
            "source": "text",
            "class_name": "text",
            "score": 0.0,
            "quad_px": [x0, y0, x1, y0, x1, y1, x0, y1],
            "clarity": 1.0,
            "in_hint": False,
        }
        lines = self._reader.read(view, [box])
        return hidden(view, [box], seq, lines, nearness)

    def read_anew(self, threads: Sequence[Thread], nearness: NearnessTo) -> list[Thread]:
        """Of the threads that have no crop of their frame those whose box there is near the brand, nearest first."""
        unread = [t for t in threads if all(crop["seq"] != t.seq for crop in t.view.crops.get(t.track, []))][
            :_MOST_READ
        ]
        if not unread:
            return []
        lines = self._reader.read(unread[0].view, [t.box for t in unread]).lines.to_pylist()
        found = []
        for thread in unread:
            near = nearness.best([row for row in lines if row["track"] == thread.track])
            if near.near:
                found.append(replace(thread, nearness=near, own_text=near.text))
        return sorted(found, key=lambda t: t.nearness.rank, reverse=True)

    def kept(self, thread: Thread, nearness: NearnessTo) -> Thread | None:
        """The thread as the gentlest settings found would have kept it; None when none tried do."""
        for settings in self._proposals(thread):
            changes = {setting.field: setting.value for setting in settings}
            boxes = self._what_if.detect(thread.view, [thread.seq], self.config.model_copy(update=changes))
            same = [row for row in boxes if overlap_ratio(upright_px(row["quad_px"]), thread.place) > 0.5]
            found = self._threads(thread.view, same, None, nearness, settings)
            if found:
                return found[0]
        return None

    def threshold(self, thread: Thread) -> tuple[Setting, ...]:
        """The thresholds that a box of an opened search lies under."""
        config, box = self.config, thread.box
        if box["source"] == "yolo":
            low = box["score"] < config.yolo_min_score
            return (self._setting("yolo_min_score", _floor(box["score"])),) if low else ()
        found = []
        if box["score"] < config.box_score:
            found.append(self._setting("box_score", _floor(box["score"])))
        if thread.height_px < config.min_height_px:
            found.append(self._setting("min_height_px", float(math.floor(thread.height_px))))
        if config.hints == "narrow" and self._outside_hints(thread):
            found.append(self._setting("hints", "prioritise"))
        boxes = self._detected(thread.view, thread.seq, _OPEN)
        before = sum(row["source"] == "text" and row["score"] >= box["score"] for row in boxes)
        if before > config.max_boxes:
            found.append(self._setting("max_boxes", before))
        return tuple(found)

    def _proposals(self, thread: Thread) -> list[tuple[Setting, ...]]:
        plain = self.threshold(thread)
        closer = [self._setting(f, v) for f, v in self._closer(thread.view, thread.seq).items()]
        combinations = [plain] if plain else []
        combinations += [(*plain, one) for one in closer]
        return combinations + ([(*plain, *closer)] if len(closer) > 1 else [])

    def _closer(self, view: SegmentView, seq: int) -> dict[str, Any]:
        """A closer search: at the frame's own size, and pixels that are less surely letters."""
        row = next(row for row in view.frames if row["seq"] == seq)
        side = min(_LARGEST_SIDE_PX, max(row["width_px"], row["height_px"]))
        closer: dict[str, Any] = {"max_side_px": side} if side > self.config.max_side_px else {}
        return closer | ({"pixel_score": _OPEN_PIXEL_SCORE} if self.config.pixel_score > _OPEN_PIXEL_SCORE else {})

    def _detected(self, view: SegmentView, seq: int, changes: dict[str, Any]) -> list[Row]:
        key = view.index, seq, repr(sorted(changes.items()))
        if key not in self._seen:
            self._seen[key] = self._what_if.detect(view, [seq], self.config.model_copy(update=changes))
        return self._seen[key]

    def _threads(
        self,
        view: SegmentView,
        boxes: Sequence[Row],
        box_px: XYXY | None,
        nearness: NearnessTo,
        kept_with: Sequence[Setting] = (),
    ) -> list[Thread]:
        here = [row for row in boxes if box_px is None or same_place(upright_px(row["quad_px"]), box_px)]
        here = sorted(here, key=lambda row: -row["score"])[:_MOST_READ]
        here = [row | {"track": FIRST_HIDDEN_TRACK + number} for number, row in enumerate(here)]
        if not here:
            return []
        lines = self._reader.read(view, here)
        found = [hidden(view, [row], row["seq"], lines, nearness, kept_with) for row in here]
        return sorted(found, key=lambda t: (*(-x for x in t.nearness.rank), -t.box["score"]))

    def _outside_hints(self, thread: Thread) -> bool:
        bands = thread.view.hints.by_seq().get(thread.seq, [])
        x0, y0, x1, y1 = thread.place
        centre = (x0 + x1) / 2, (y0 + y1) / 2
        inside = any(cv2.pointPolygonTest(band.astype(np.float32), centre, False) >= 0 for band in bands)
        return bool(bands) and not inside

    def _setting(self, field: str, value: Any) -> Setting:
        return Setting(stage=STAGE, field=field, present=getattr(self.config, field), value=value)


def _among(row: Row, known: Sequence[XYXY]) -> bool:
    place = upright_px(row["quad_px"])
    return any(overlap_ratio(place, other) >= _SAME_BOX_RATIO for other in known)


def _floor(score: float) -> float:
    """A threshold just under a score, on a grid of 0.05 where that leaves one."""
    coarse = math.floor(score * 20) / 20
    return round(coarse if coarse > 0 else max(0.01, math.floor(score * 100) / 100), 2)
