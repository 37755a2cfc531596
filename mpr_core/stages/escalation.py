"""What both escalation stages give: a row for every unresolved track, the decisions that answers brought, and the names they proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pyarrow as pa

from mpr_core.cascade.answers import SETTLED
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.routing import Candidate, candidates
from mpr_core.runner.found import Found
from mpr_core.runner.payload import LazyFiles, Payload
from mpr_core.stages.decision_rows import DECISIONS, undecided
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.found_boxes import found_brands
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import from_parquet, schema, table_of, values

ASKED = ("answered", "refused")
LEFT = ("budget", "failed", "skipped")
QUESTIONS = schema(
    ("track", pa.int32()),
    ("why", pa.string()),  # what makes the track worth a question
    ("text", pa.string()),
    ("seconds", pa.float32()),
    ("height_px", pa.float32()),
    ("asked", pa.bool_()),
    # answered | shared (goes by the answer to another track with its text) | refused (no model gives an answer) | left over: budget,
    # failed, skipped, or scene (the scene had its share of questions)
    ("status", pa.string()),
    ("verdict", pa.string()),  # brand | other | none | unsure | flagged | disagreement; '' without an answer
    ("name", pa.string()),  # the brand or the name proposed
    ("confidence", pa.float32()),
    ("models", pa.string()),  # who answered
    ("reason", pa.string()),  # what was answered and what it came to, or why nothing was
    ("value", pa.float32()),  # seconds on screen x uncertainty: what ranked it
    ("cost_usd", pa.float64()),  # of the answer, when it was paid for
    ("would_cost_usd", pa.float64()),  # of a question left over, about
)
PROPOSALS = schema(
    ("track", pa.int32()),
    ("name", pa.string()),
    ("source", pa.string()),  # local_vlm | cloud_llm
    ("confidence", pa.float32()),
    ("models", pa.string()),
    ("evidence", pa.string()),
)
Row = Mapping[str, Any]
_WORDS = {"escalate_vlm": ("vlm", "local_vlm"), "escalate_cloud": ("cloud", "cloud_llm")}
"""Stage -> rule of its decisions, source of its proposals."""


@dataclass(frozen=True)
class Escalation(Payload):
    """One row per unresolved track, the decisions, and names that are on no list."""

    questions: pa.Table
    decisions: pa.Table
    proposals: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {
        "questions": QUESTIONS,
        "decisions": DECISIONS,
        "proposals": PROPOSALS,
    }
    ASKS_MODELS: ClassVar[bool] = True

    def counts(self) -> dict[str, float]:
        status = values(self.questions, "status")
        decided = sum(1 for brand in values(self.decisions, "brand") if brand)
        found: dict[str, float] = {
            "asked": sum(status.count(name) for name in ASKED),
            "would_ask": sum(status.count(name) for name in LEFT),
            "decided": decided,
        }
        verdicts = values(self.questions, "verdict")
        more: dict[str, float] = {
            "left_for_budget": status.count("budget"),
            "failed": status.count("failed"),
            "no_answer": status.count("refused"),
            "same_text": status.count("shared"),
            "over_scene_share": status.count("scene"),
            "flagged": sum(verdicts.count(name) for name in ("flagged", "disagreement")),
            "proposed": self.proposals.num_rows,
            "cost_usd": round(sum(values(self.questions, "cost_usd")), 9),
            "would_cost_usd": round(sum(values(self.questions, "would_cost_usd")), 9),
        }
        return found | {name: value for name, value in more.items() if value}

    def found(self, parents: Mapping[str, Any]) -> Found:
        return found_brands(self.decisions, parents["detect_objects"].boxes)

    @classmethod
    def from_rows(cls, rows: Sequence[Row], stage: str) -> Self:
        """A stage's payload from rows of `QUESTIONS`."""
        rule, source = _WORDS[stage]
        answered = [row for row in rows if row["verdict"]]
        return cls(
            table_of(rows, QUESTIONS),
            table_of([_decision(row, rule) for row in answered], DECISIONS),
            table_of([_proposal(row, source) for row in answered if row["verdict"] == "other"], PROPOSALS),
        )

    @classmethod
    def from_files(cls, names: list[str], read: Callable[[str], bytes]) -> Self:
        """The payload back from its files; what a part of version 1 did not say is filled in as it was: nobody was asked then."""
        files = LazyFiles(names, read)
        tables = {n: from_parquet(files[f"{n}.parquet"]) for n in cls.SCHEMAS if f"{n}.parquet" in files}
        return cls.empty(**tables | {"questions": _with_all_columns(tables["questions"])})


def _with_all_columns(questions: pa.Table) -> pa.Table:
    if questions.schema.equals(QUESTIONS):
        return questions
    return table_of([_UNANSWERED | row for row in questions.to_pylist()], QUESTIONS)


_UNANSWERED: dict[str, Any] = {
    "asked": False,
    "status": "skipped",
    "verdict": "",
    "name": "",
    "confidence": 0.0,
    "models": "",
    "reason": "",
    "value": 0.0,
    "cost_usd": 0.0,
    "would_cost_usd": 0.0,
}


def question_row(candidate: Candidate, **more: Any) -> dict[str, Any]:
    """A row of `QUESTIONS`; what is not given says that nobody was asked."""
    return _UNANSWERED | {
        "track": candidate.track,
        "why": candidate.why,
        "text": candidate.text,
        "seconds": candidate.seconds,
        "height_px": candidate.height_px,
        **more,
    }


def not_asked(
    config: EscalateConfig,
    *,
    detect_objects: TrackedBoxes,
    run_ocr: TextLines,
    match_brands: Decisions,
    before: Escalation | None = None,
    would_cost_usd: float = 0.0,
) -> Escalation:
    """The questions a switched-off or unconfigured stage leaves unasked.

    Args:
        would_cost_usd: of each, at most.
    """
    found = candidates(
        config,
        detect_objects.boxes.to_pylist(),
        run_ocr.texts.to_pylist(),
        match_brands.candidates.to_pylist(),
        match_brands.decided_tracks() | (set() if before is None else settled_tracks(before)),
    )
    rows = [question_row(c, would_cost_usd=would_cost_usd, value=c.seconds * c.uncertainty) for c in found]
    return Escalation.empty(questions=table_of(rows, QUESTIONS))


def settled_tracks(escalation: Escalation) -> set[int]:
    """Tracks that need no further question: an answer gave them a brand, another name, or none."""
    return {row["track"] for row in escalation.questions.to_pylist() if row["verdict"] in SETTLED}


def _proposal(row: Row, source: str) -> dict[str, Any]:
    kept = {name: row[name] for name in ("track", "name", "confidence", "models")}
    return kept | {"source": source, "evidence": row["reason"]}


def _decision(row: Row, rule: str) -> dict[str, Any]:
    found = undecided(row["track"], row["text"], row["reason"])
    if row["verdict"] == "brand":
        found |= {"brand": row["name"], "score": 100 * row["confidence"], "rule": rule, "matched_name": row["name"]}
    return found
