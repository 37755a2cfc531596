"""From what became of the questions to a row for every unresolved track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mpr_core.brands.brand_list import Brand
from mpr_core.cascade.asking import Result
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.opinions import joint_verdict
from mpr_core.cascade.ranking import Asked, Place, Placed, Ranking
from mpr_core.stages.escalation import question_row

_BUDGET = "not asked: the budget was spent on questions worth more"
_CROWDED = "not asked: max_per_scene questions about its scene are worth more"


def outcome_rows(
    placed: Sequence[Placed],
    ranking: Ranking,
    results: Sequence[Result | None],
    brands: Sequence[Brand],
    config: EscalateConfig,
    question_usd: float = 0.0,
) -> dict[Place, dict[str, Any]]:
    """A row of `QUESTIONS` for every track, by place.

    Args:
        results: of the ranking's questions, in order; None for those that the budget did not reach.
        question_usd: about what a question costs, where none was paid for.
    """
    known = {found.place: found.candidate for found in placed}
    paid = [result.cost_usd for result in results if result is not None and result.opinions]
    usual_usd = round(sum(paid) / len(paid), 9) if paid else question_usd
    rows: dict[Place, dict[str, Any]] = {}
    for asked, result in zip(ranking.questions, results, strict=True):
        said = _outcome(asked, result, usual_usd, brands, config)
        rows[asked.leader.place] = question_row(asked.leader.candidate, value=round(asked.value, 4), **said)
        shared = {k: v for k, v in said.items() if k in ("verdict", "name", "confidence", "models", "reason")}
        for place in asked.followers:
            rows[place] = question_row(known[place], status="shared", **shared)
    for place in ranking.crowded:
        rows[place] = question_row(known[place], status="scene", reason=_CROWDED)
    return rows


def _outcome(
    asked: Asked, result: Result | None, usual_usd: float, brands: Sequence[Brand], config: EscalateConfig
) -> Mapping[str, Any]:
    if result is None:
        return {"status": "budget", "reason": _BUDGET, "would_cost_usd": usual_usd}
    joint = joint_verdict(result.opinions, asked.leader.candidate, brands, config)
    if joint is None:
        status = "refused" if result.final else "failed"
        left_usd = 0.0 if result.final else usual_usd
        return {
            "status": status,
            "asked": result.final,
            "reason": result.reason,
            "cost_usd": result.cost_usd,
            "would_cost_usd": left_usd,
        }
    missing = f"; no second opinion: {result.reason}" if result.reason else ""
    return {
        "status": "answered",
        "asked": True,
        "verdict": joint.verdict,
        "name": joint.name,
        "confidence": joint.confidence,
        "models": joint.models,
        "reason": joint.reason + missing,
        "cost_usd": result.cost_usd,
    }
