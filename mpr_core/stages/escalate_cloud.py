"""escalate_cloud: what is still unresolved to cloud models, inside a budget, each answer paid for once."""

from __future__ import annotations

from typing import Any

from mpr_core.cascade.budget import Caps
from mpr_core.cascade.configs import EscalateCloudConfig
from mpr_core.cascade.estimate import usual_cost_usd
from mpr_core.cascade.lines import Choice, reachable
from mpr_core.runner.context import PlanContext, Planned, SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation, not_asked
from mpr_core.stages.escalation_plan import Means, lines_to, plan_questions
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines

PAYLOAD = Escalation


def reason_to_skip(config: EscalateCloudConfig, services: Services) -> str | None:
    """Why nothing is asked; None where a provider has a key."""
    found, missing = reachable(_choices(config), services)
    if found:
        return None
    told = [why for why in missing if not why.endswith("_API_KEY is not set")]
    return f"no cloud provider is configured: {', '.join(told) or 'none has a key'}"


def models(config: EscalateCloudConfig, services: Services) -> dict[str, str]:
    """The providers that can be asked and their models."""
    return dict(reachable(_choices(config), services)[0])


def plan(context: PlanContext, config: EscalateCloudConfig) -> Planned:
    """Ask what is worth it."""
    lines = lines_to(_choices(config), context, config.timeout_s)
    askable = [(name, model or context.models[name]) for name, model in _choices(config) if name in context.models]
    minutes = float(context.timeline.duration_s) / 60
    by_length = [] if config.max_usd_per_minute is None else [config.max_usd_per_minute * minutes]
    caps = Caps(config.max_questions, min([config.max_usd, *by_length]))
    means = Means(
        "escalate_cloud",
        lines,
        caps,
        config.second_opinion_value,
        before="escalate_vlm",
        batch=config.batch,
        batch_wait_s=config.batch_wait_s,
        question_usd=usual_cost_usd(askable, config, context.services),
    )
    return plan_questions(context, config, means)


def run(
    _context: SegmentContext, _config: EscalateCloudConfig, *, plan: list[dict[str, Any]], detect_objects: TrackedBoxes
) -> Escalation:
    """What the answers decide in one segment; `detect_objects` tells where."""
    return Escalation.from_rows(plan, "escalate_cloud")


def skip(
    context: SegmentContext,
    config: EscalateCloudConfig,
    *,
    detect_objects: TrackedBoxes,
    run_ocr: TextLines,
    match_brands: Decisions,
    escalate_vlm: Escalation,
    **_more: Payload,
) -> Escalation:
    """The questions left unasked."""
    return not_asked(
        config,
        detect_objects=detect_objects,
        run_ocr=run_ocr,
        match_brands=match_brands,
        before=escalate_vlm,
        would_cost_usd=usual_cost_usd(_choices(config), config, context.services),
    )


def _choices(config: EscalateCloudConfig) -> list[Choice]:
    return [(choice.provider, choice.model) for choice in config.providers]
