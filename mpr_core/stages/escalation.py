"""What both escalation stages share: which tracks are unresolved, and the form of questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from mpr_core.runner.found import Cost, Found
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import EscalateConfig
from mpr_core.stages.decision_rows import DECISIONS
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.found_boxes import found_brands
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import schema, table_of, values
from mpr_core.vision.rectify import quad_size_px

QUESTIONS = schema(
    ("track", pa.int32()),
    ("why", pa.string()),  # what makes the track worth a question
    ("text", pa.string()),
    ("seconds", pa.float32()),
    ("height_px", pa.float32()),
    ("asked", pa.bool_()),
)


@dataclass(frozen=True)
class Escalation(Payload):
    """The questions a stage would ask, and the decisions its answers brought."""

    questions: pa.Table
    decisions: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"questions": QUESTIONS, "decisions": DECISIONS}
    ASKS_MODELS: ClassVar[bool] = True

    def counts(self) -> dict[str, float]:
        asked = sum(values(self.questions, "asked"))
        decided = sum(1 for brand in values(self.decisions, "brand") if brand)
        return {"asked": asked, "would_ask": self.questions.num_rows - asked, "decided": decided}

    def found(self, parents: Mapping[str, Any]) -> Found:
        return found_brands(self.decisions, parents["detect_objects"].boxes)

    def costs(self) -> list[Cost]:
        return [Cost(asked=sum(values(self.questions, "asked")))]


def not_asked(
    config: EscalateConfig,
    *,
    detect_objects: TrackedBoxes,
    run_ocr: TextLines,
    match_brands: Decisions,
    before: Escalation | None = None,
) -> Escalation:
    """The questions a switched-off or unconfigured stage leaves unasked."""
    decided = match_brands.decided_tracks() | (set() if before is None else decided_tracks(before))
    texts = {row["track"]: row for row in run_ocr.texts.to_pylist()}
    boxes: dict[int, list[dict[str, Any]]] = {}
    for row in detect_objects.boxes.to_pylist():
        boxes.setdefault(row["track"], []).append(row)
    rows = []
    for track in sorted(set(boxes) - decided):
        question = _question(track, boxes[track], texts.get(track), config)
        if question is not None:
            rows.append(question)
    return Escalation.empty(questions=table_of(rows, QUESTIONS))


def decided_tracks(escalation: Escalation) -> set[int]:
    """Tracks that an answer gave a brand to."""
    return {row["track"] for row in escalation.decisions.to_pylist() if row["brand"]}


def _question(
    track: int, boxes: list[dict[str, Any]], text: dict[str, Any] | None, config: EscalateConfig
) -> dict[str, Any] | None:
    """A row of `QUESTIONS` if the routing rules let the track be asked about, else None."""
    height = max(min(quad_size_px(np.array(b["quad_px"], np.float32).reshape(4, 2))) for b in boxes)
    seconds = max(b["t_s"] for b in boxes) - min(b["t_s"] for b in boxes)
    if height < config.min_height_px or seconds < config.min_seconds_s:
        return None
    words = "" if text is None else text["text"]
    legible = text is not None and text["score"] >= config.min_text_score
    if any(b["source"] == "yolo" for b in boxes) and not words:
        why = f"a {boxes[0]['class_name']} without text"
    elif legible and sum(c.isalpha() for c in words) >= config.min_letters:
        why = "legible text that is on no brand list"
    else:
        return None
    return {"track": track, "why": why, "text": words, "seconds": seconds, "height_px": height, "asked": False}
