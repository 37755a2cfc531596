"""What the answers to one question come to together: one model's word, or that of two which must agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.normalise import fold_key
from mpr_core.cascade.answer_cache import StoredAnswer
from mpr_core.cascade.answers import judged
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.routing import Candidate


@dataclass(frozen=True)
class Joint:
    """What a question's answers decide.

    Attributes:
        verdict: brand, other, none, unsure, flagged or disagreement.
        confidence: of the least sure model.
        models: who answered.
        reason: what each of them said.
    """

    verdict: str
    name: str
    confidence: float
    models: str
    reason: str


def joint_verdict(
    opinions: Sequence[StoredAnswer], asked_about: Candidate, brands: Sequence[Brand], config: EscalateConfig
) -> Joint | None:
    """The verdict of one or more answers; None without any."""
    found = [
        (
            f"{stored.provider} {stored.model}".strip(),
            stored.answer,
            judged(stored.answer, asked_about.text, asked_about.text_score, brands, config),
        )
        for stored in opinions
        if stored.answer is not None
    ]
    if not found:
        return None
    models = ", ".join(model for model, _, _ in found)
    reason = "; ".join(f"{model} {one.reason}" for model, _, one in found)
    confidence = min(answer.confidence for _, answer, _ in found)
    verdicts = {(one.verdict, fold_key(one.name)) for _, _, one in found}
    first = found[0][2]
    if len(verdicts) > 1:
        return Joint("disagreement", "", confidence, models, f"they disagree: {reason}")
    return Joint(first.verdict, first.name, confidence, models, reason)
