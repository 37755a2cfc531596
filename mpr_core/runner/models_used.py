"""Which models a stage run goes by, or why it does not run."""

from __future__ import annotations

from mpr_core.lineage.catalog import Catalog
from mpr_core.runner.context import Services
from mpr_core.runner.request import StageRequest
from mpr_core.runner.stage import Stage


def models_used(stage: Stage, request: StageRequest, services: Services) -> tuple[dict[str, str], str | None]:
    """Name -> digest of every model, and why the stage is skipped; None when it is not.

    A run that asks no model goes by those whose answers the head rests on: what they decided stays, whatever can be asked from here.
    """
    if not request.asks_models and stage.module().PAYLOAD.ASKS_MODELS:
        head = Catalog(services.media_out).head(request.timeline.id, stage.name)
        if head is not None and head.models and stage.switched_off(request.config, services) is None:
            return head.models, None
    reason = stage.reason_to_skip(request.config, services)
    return ({} if reason else dict(stage.models(request.config, services))), reason
