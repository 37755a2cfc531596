"""escalate_cloud: what is still unresolved to a cloud model. Not configured here yet: it counts what it would ask."""

from __future__ import annotations

from mpr_core.errors import ConfigError
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import EscalateCloudConfig
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import Escalation, not_asked
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines

PAYLOAD = Escalation


def reason_to_skip(_config: EscalateCloudConfig, _services: Services) -> str:
    """Why nothing is asked."""
    return "no cloud provider is configured"


def run(_context: SegmentContext, _config: EscalateCloudConfig, **_parents: Payload) -> Escalation:
    """Refuses: this version has no client for a cloud model."""
    raise ConfigError(
        "cannot ask a cloud model",
        where="escalate_cloud",
        why="this version has no client for it",
        remedy="set escalate_cloud.enabled=false",
    )


def skip(
    _context: SegmentContext,
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
        config, detect_objects=detect_objects, run_ocr=run_ocr, match_brands=match_brands, before=escalate_vlm
    )
