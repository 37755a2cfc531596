"""escalate_vlm: unresolved tracks to a local vision-language model. Not configured here yet: it counts what it would ask."""

from __future__ import annotations

from mpr_core.errors import ConfigError
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import EscalateVlmConfig
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation, not_asked
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines

PAYLOAD = Escalation


def reason_to_skip(_config: EscalateVlmConfig, _services: Services) -> str:
    """Why nothing is asked."""
    return "no local VLM is configured"


def run(_context: SegmentContext, _config: EscalateVlmConfig, **_parents: Payload) -> Escalation:
    """Refuses: this version has no client for a local VLM."""
    raise ConfigError(
        "cannot ask a local VLM",
        where="escalate_vlm",
        why="this version has no client for it",
        remedy="set escalate_vlm.enabled=false",
    )


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
