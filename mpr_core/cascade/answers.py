"""What an answer is, and what it decides: held against the form asked for, the list, and the letters that were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError
from rapidfuzz import fuzz

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.normalise import fold_key, letter_weight
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.question import MAX_NAME_CHARS, NONE, OTHER
from mpr_core.plain_text import without_controls
from mpr_core.record import Record, problems_of

_LEAST_LETTERS = 4  # of shorter readings and names too little is there to contradict
_LEAST_IN_COMMON = 55.0
_MAX_EVIDENCE_CHARS = 200

Verdict = Literal["brand", "other", "none", "unsure", "flagged"]
SETTLED: frozenset[Verdict] = frozenset({"brand", "other", "none"})


class Answer(Record):
    """What a model answered, in the form asked for."""

    answer: str = Field(description="a name of the list, 'other' or 'none'")
    name: str = Field(max_length=MAX_NAME_CHARS, description="the name, when the answer is 'other'")
    confidence: float = Field(ge=0, le=1)
    evidence: str = Field(description="what the model says it sees")


class AnswerRefused(ValueError):
    """An answer that is not in the form asked for; the text says why."""


@dataclass(frozen=True)
class Judged:
    """What an answer comes to.

    Attributes:
        name: the brand of the list, or the name proposed; '' for none.
        reason: what was said and, where it decides nothing, why not.
    """

    verdict: Verdict
    name: str
    reason: str


def read_answer(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Answer:
    """A model's answer, held against the form that was asked for whatever the provider promises.

    Raises:
        AnswerRefused: a field is missing, unknown or out of range, the answer is not of the list, or 'other' comes without a name.
    """
    try:
        answer = Answer.model_validate(dict(given), strict=True)
    except ValidationError as error:
        raise AnswerRefused(problems_of(error)) from error
    if answer.answer not in schema["properties"]["answer"]["enum"]:
        raise AnswerRefused("answer: not one of the names offered, 'other' or 'none'")
    if answer.answer == OTHER and not fold_key(answer.name):
        raise AnswerRefused("name: 'other' without a name")
    evidence = _on_one_line(answer.evidence)[:_MAX_EVIDENCE_CHARS]
    return answer.model_copy(update={"evidence": evidence, "name": _on_one_line(answer.name)})


def _on_one_line(text: str) -> str:
    """The text as it can be stored, and shown on a terminal: a picture may talk a model into writing what cannot."""
    return without_controls(" ".join(text.split()))


def judged(answer: Answer, text: str, text_score: float, brands: Sequence[Brand], config: EscalateConfig) -> Judged:
    """What an answer decides about a track.

    Args:
        text: what was read on the track, with its score.
    """
    saw = f", saw {answer.evidence!r}" if answer.evidence else ""
    if answer.answer == NONE:
        return _if_sure(Judged("none", "", f"says it shows no brand{saw}"), answer, config)
    name = answer.name if answer.answer == OTHER else answer.answer
    brand = _listed(name, brands)
    names = brand.names if brand is not None else (name,)
    if _contradicts(names, text, text_score, config):
        said = f"says {name!r}{saw}, but {text!r} was read with {text_score:.2f}"
        return Judged("flagged", brand.canonical_name if brand else name, said)
    if brand is None:
        return _if_sure(Judged("other", name, f"says {name!r}, which is on no brand list{saw}"), answer, config)
    return _if_sure(Judged("brand", brand.canonical_name, f"says {brand.canonical_name!r}{saw}"), answer, config)


def _if_sure(found: Judged, answer: Answer, config: EscalateConfig) -> Judged:
    if answer.confidence >= config.min_confidence:
        return found
    doubt = f"is only {answer.confidence:.2f} sure (min_confidence {config.min_confidence:g})"
    return Judged("unsure", found.name, f"{found.reason}, but {doubt}")


def _listed(name: str, brands: Sequence[Brand]) -> Brand | None:
    """The brand of the list that a name stands for; a question may offer only some of a long list."""
    key = fold_key(name)
    return next((b for b in brands if key in {fold_key(own) for own in b.names}), None)


def _contradicts(names: Sequence[str], text: str, text_score: float, config: EscalateConfig) -> bool:
    """Whether letters that were read well have too little in common with every name of the brand."""
    read = fold_key(text)
    if text_score < config.contradiction_text_score or letter_weight(read) < _LEAST_LETTERS:
        return False
    keys = [fold_key(name) for name in names]
    return all(fuzz.partial_ratio(read, key) < _LEAST_IN_COMMON for key in keys)
