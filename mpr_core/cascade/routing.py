"""What is worth a question: which tracks of a segment are unresolved by the profile's rules, and how much an answer would be worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from mpr_core.brands.normalise import fold_key
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.vision.rectify import quad_size_px

Row = Mapping[str, Any]
_LOGO_UNCERTAINTY = 0.8
_PLAIN_TEXT_UNCERTAINTY = 0.3  # most legible text that resembles no name is no brand of the list


@dataclass(frozen=True)
class Candidate:
    """One unresolved track.

    Attributes:
        why: what makes it worth a question.
        text: what was read, '' for nothing.
        seconds: from its first to its last frame.
        uncertainty: 0 to 1, how open the question is: highest where a name of the list was narrowly missed.
    """

    track: int
    why: str
    text: str
    text_score: float
    seconds: float
    height_px: float
    uncertainty: float
    first_s: float

    @property
    def key(self) -> str:
        """Equal for texts that differ in case and spacing; '' for a track without text."""
        return fold_key(self.text)


def candidates(
    config: EscalateConfig,
    boxes: Sequence[Row],
    texts: Sequence[Row],
    weighed: Sequence[Row],
    settled: AbstractSet[int],
) -> list[Candidate]:
    """The tracks of one segment that the rules let be asked about, by number.

    Args:
        boxes: rows of detect_objects.
        texts: voted texts of run_ocr.
        weighed: rejected and accepted candidates of match_brands.
        settled: tracks that need no question any more.
    """
    text_of = {row["track"]: row for row in texts}
    near: dict[int, Row] = {}
    for row in weighed:
        if not row["accepted"] and row["score"] > near.get(row["track"], {"score": 0.0})["score"]:
            near[row["track"]] = row
    own: dict[int, list[Row]] = {}
    for row in boxes:
        own.setdefault(row["track"], []).append(row)
    found = (
        _candidate(track, own[track], text_of.get(track), near.get(track), config)
        for track in sorted(own.keys() - settled)
    )
    return [candidate for candidate in found if candidate is not None]


def _candidate(
    track: int, boxes: Sequence[Row], text: Row | None, near: Row | None, config: EscalateConfig
) -> Candidate | None:
    height = max(min(quad_size_px(np.array(b["quad_px"], np.float32).reshape(4, 2))) for b in boxes)
    times = [b["t_s"] for b in boxes]
    seconds = max(times) - min(times)
    if height < config.min_height_px or seconds < config.min_seconds_s:
        return None
    words, score = ("", 0.0) if text is None else (text["text"], text["score"])
    reason = _reason(boxes, words, score, near, config)
    if reason is None:
        return None
    why, uncertainty = reason
    return Candidate(track, why, words, score, seconds, height, uncertainty, min(times))


def _reason(
    boxes: Sequence[Row], words: str, score: float, near: Row | None, config: EscalateConfig
) -> tuple[str, float] | None:
    """Why a track is worth a question, and how open it is; None: it is not."""
    if not words:
        logo = next((b["class_name"] for b in boxes if b["source"] == "yolo"), None)
        return None if logo is None else (f"a {logo} without text", _LOGO_UNCERTAINTY)
    if sum(c.isalpha() for c in words) < config.min_letters:
        return None
    closeness = 0.0 if near is None else near["score"] / 100
    openness = max(_PLAIN_TEXT_UNCERTAINTY, closeness)
    if near is not None and near["score"] >= config.near_score:
        return f"text near {near['brand']}, matched with {near['score']:.0f} only", openness
    if score >= config.min_text_score:
        return "legible text that is on no brand list", openness
    return None
