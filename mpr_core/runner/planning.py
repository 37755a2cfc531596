"""A stage's look at the whole timeline before its segments are computed, and the memory of it.

A plan may cost money and minutes, so one that is complete is kept under a digest of all that it was made from. An incomplete one, in which
something failed, is not: the next run makes it again.
"""

from __future__ import annotations

import json
import time
from typing import Any, Literal

from mpr_core.exact import canonical_digest
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.runner.context import PlanContext, Planned, Services
from mpr_core.runner.control import Border, Gate
from mpr_core.runner.events import EventSink
from mpr_core.runner.node_parts import payload_of, table_of_part
from mpr_core.runner.request import StageRequest
from mpr_core.runner.stage import Stage
from mpr_core.runner.telling import Telling
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

_LEAST_BETWEEN_S = 0.2


class StoredPlan(Record):
    """A complete plan."""

    format: Literal["mpr.plan/1"] = "mpr.plan/1"
    stage: str
    values: tuple[Any, ...]


class StagePlanning:
    """What a stage's plan needs of the run around it."""

    def __init__(
        self, request: StageRequest, services: Services, telling: Telling, events: EventSink, gate: Gate
    ) -> None:
        self._request, self._services, self._telling = request, services, telling
        self._events, self._gate = events, gate
        self._began, self._said_at = time.monotonic(), 0.0

    def values(self, stage: Stage, made_from: Any, models: dict[str, str], segments: int) -> list[Any] | None:
        """One value per segment; None for a stage without a plan.

        Args:
            made_from: JSON of everything that decides the plan.
        """
        planning = stage.planning()
        if planning is None:
            return None
        store, key = self._services.media_out, keys.plan(canonical_digest(["plan/1", made_from]))
        known = _stored(store, key)
        if known is not None and len(known) == segments:
            return known
        planned = planning(self._context(models), self._request.config)
        values = _as_json(planned)
        if planned.complete:
            kept = StoredPlan(stage=stage.name, values=tuple(values))
            store.put(key, kept.model_dump_json().encode())
        return values

    def _context(self, models: dict[str, str]) -> PlanContext:
        request, store = self._request, self._services.media_out
        return PlanContext(
            self._services,
            request.timeline,
            request.profile,
            dict(request.parents),
            lambda stage, index, table: table_of_part(store, request.parents[stage], index, table),
            dict(request.config_changes),
            self._telling.say,
            self._telling.warn,
            payload=lambda stage, index: payload_of(store, request.parents[stage], index),
            run_id=request.run_id,
            models=models,
            border=self._border,
            progress=self._progress,
            paid=self._telling.paid,
            asks_models=request.asks_models,
        )

    def _border(self, done: int, total: int) -> None:
        self._gate(Border(self._request.stage, done, max(total, 1), unit="questions"))

    def _progress(self, words: str, left_s: float | None) -> None:
        now = time.monotonic()
        if now - self._said_at >= _LEAST_BETWEEN_S:
            self._said_at = now
            elapsed = round(now - self._began, 3)
            self._events(
                self._request.event("progress", status="running", message=words, elapsed_s=elapsed, eta_s=left_s)
            )


def _as_json(planned: Planned) -> list[Any]:
    """The values as they will be read back, so that a remembered plan gives the same recipes."""
    values: list[Any] = json.loads(json.dumps(planned.values, allow_nan=False))
    return values


def _stored(store: ObjectStore, key: str) -> list[Any] | None:
    try:
        return list(read_record(StoredPlan, store.get(key), key).values)
    except KeyError:
        return None
