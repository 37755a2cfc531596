"""escalate_vlm: unresolved tracks to a local vision-language model, which costs nothing but time."""

from __future__ import annotations

from typing import Any

from mpr_core.cascade.budget import Caps
from mpr_core.cascade.configs import EscalateVlmConfig
from mpr_core.cascade.lines import identified, reachable
from mpr_core.runner.context import PlanContext, Planned, SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation, not_asked
from mpr_core.stages.escalation_plan import Means, lines_to, plan_questions
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines

PAYLOAD = Escalation


def reason_to_skip(config: EscalateVlmConfig, services: Services) -> str | None:
    """Why nothing is asked; None where a model can be."""
    _, missing = reachable([(config.provider, config.model)], services)
    return f"no local VLM is configured: {missing[0]}" if missing else None


def models(config: EscalateVlmConfig, services: Services) -> dict[str, str]:
    """The model that is asked."""
    return dict(identified([(config.provider, config.model)], services))


def plan(context: PlanContext, config: EscalateVlmConfig) -> Planned:
    """Ask what is worth it."""
    lines = lines_to([(config.provider, config.model)], context, config.timeout_s)
    return plan_questions(context, config, Means("escalate_vlm", lines, Caps(config.max_questions)))


def run(
    _context: SegmentContext, _config: EscalateVlmConfig, *, plan: list[dict[str, Any]], detect_objects: TrackedBoxes
) -> Escalation:
    """What the answers decide in one segment; `detect_objects` tells where."""
    return Escalation.from_rows(plan, "escalate_vlm")


def skip(
    _context: SegmentContext,
    config: EscalateVlmConfig,
    *,
    detect_objects: TrackedBoxes,
    run_ocr: TextLines,
    match_brands: Decisions,
    **_more: Payload,
) -> Escalation:
    """The questions left unasked."""
    return not_asked(config, detect_objects=detect_objects, run_ocr=run_ocr, match_brands=match_brands)
