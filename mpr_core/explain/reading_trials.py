"""Whether other crops, or another way of reading them, would let a thing be read as the brand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from mpr_core.brands.normalise import fold_key
from mpr_core.explain.explanation import Setting
from mpr_core.explain.matching import Matching
from mpr_core.explain.nearness import NearnessTo
from mpr_core.explain.reader import Reader
from mpr_core.explain.retracking import Retracking
from mpr_core.explain.threads import Thread
from mpr_core.explain.what_if import joined, of_tracks
from mpr_core.stages.run_ocr import TextLines

_ALIKE_PERCENT = 60.0
_CROPS = (
    ("crops_per_track", (6, 12)),
    ("margin_ratio", (0.0, 0.2, 0.35)),
    ("min_crop_height_px", (72, 96)),
    ("low_contrast_range", (255,)),
)


@dataclass(frozen=True)
class Reread:
    """Settings with which the brand is found, and the thread as it is read with them."""

    settings: tuple[Setting, ...]
    thread: Thread


class ReadingTrials:
    """Reads threads anew, with one knob of preprocess or run_ocr changed at a time."""

    def __init__(self, reader: Reader, matching: Matching, nearness: NearnessTo, retracking: Retracking) -> None:
        self._reader = reader
        self._matching, self._nearness, self._retracking = matching, nearness, retracking

    def settings(self, thread: Thread) -> Reread | None:
        """What would let the brand be found: one knob of tracking or reading, if need be with knobs of matching; None when nothing does."""
        if thread.own_text or _holds_several(thread):
            found = self._with_more_crops(thread) or self._retracked(thread)
            if found is not None:
                return found
        nearest: tuple[float, tuple[Setting, TextLines]] | None = None
        for setting in self._knobs(thread):
            lines = self._read(thread, setting)
            if self._matching.attempt(thread, {}, lines).found:
                return Reread((setting,), replace(thread, lines=lines))
            near = self._nearness.best(row for row in lines.lines.to_pylist() if row["track"] == thread.track)
            if near.near and near.rank > thread.nearness.rank and (nearest is None or near.rank[0] > nearest[0]):
                nearest = near.rank[0], (setting, lines)
        if nearest is None:
            return None
        setting, lines = nearest[1]
        more = self._matching.settings(thread, lines)
        return None if more is None else Reread((setting, *more), replace(thread, lines=lines))

    def _with_more_crops(self, thread: Thread) -> Reread | None:
        """More crops of a track, so that one is of this frame."""
        for setting in self._knobs(thread):
            if setting.field == "crops_per_track":
                lines = self._read(thread, setting)
                if self._matching.attempt(thread, {}, lines).found:
                    return Reread((setting,), replace(thread, lines=lines))
        return None

    def _retracked(self, thread: Thread) -> Reread | None:
        """The mildest cut of a track that leaves the brand by itself."""
        best = None
        for setting in self._retracking.settings():
            followed = self._retracking.followed(thread, setting)
            more = None if followed is None else self._matching.settings(followed)
            if followed is None or more is None:
                break
            best = Reread((setting, *more), followed)
        return best

    def _knobs(self, thread: Thread) -> Iterator[Setting]:
        silent = [row["score"] for row in thread.lines.lines.to_pylist() if row["text"] and not row["votes"]]
        if silent and thread.partners:  # only a name over several boxes needs each box's vote
            yield self._of_ocr("min_score", int(min(silent) * 100) / 100)
        if self._reader.ocr.turn_below_score < 1:
            yield self._of_ocr("turn_below_score", 1.0)
        for field, values in _CROPS:
            present = getattr(self._reader.crops, field)
            if field == "crops_per_track" and len(thread.boxes) <= present:
                continue
            for value in values:
                if value != present and not (field == "crops_per_track" and value < present):
                    yield Setting(stage="preprocess", field=field, present=present, value=value)

    def _of_ocr(self, field: str, value: Any) -> Setting:
        return Setting(stage="run_ocr", field=field, present=getattr(self._reader.ocr, field), value=value)

    def _read(self, thread: Thread, setting: Setting) -> TextLines:
        """The thread's readings with one knob changed, beside those of its partners."""
        if setting.stage == "run_ocr":
            return self._reader.read(thread.view, [*thread.boxes, *thread.partners], setting)
        own = self._reader.read(thread.view, thread.boxes, setting)
        others = {int(row["track"]) for row in thread.partners}
        return joined(own, of_tracks(thread.lines, others)) if others else own


def _holds_several(thread: Thread) -> bool:
    """Whether the frames of one track read so differently that they may show different things."""
    texts = [fold_key(row["text"]) for row in thread.readings if row["text"]]
    return any(fuzz.ratio(one, other) < _ALIKE_PERCENT for one, other in combinations(texts, 2))
