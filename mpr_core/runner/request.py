"""What is asked of the runner: one stage of one timeline, and the parts that makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mpr_core.lineage.node import Node
from mpr_core.record import StageConfig
from mpr_core.runner.events import Event, EventKind
from mpr_core.runner.stage import Stage
from mpr_core.stages.registry import STAGES
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline


@dataclass(frozen=True)
class StageRequest:
    """What to run: everything that decides the result, and who asked.

    Attributes:
        parents: the nodes of the stage's `needs`, resolved once by the caller.
        config_changes: fields that differ from the profile, for the record.
        asks_models: whether questions may be put to models; else answers that are stored are all there is.
        in_process_after_s: see `Pipeline`.
    """

    timeline: Timeline
    stage: str
    config: StageConfig
    parents: Mapping[str, Node]
    profile: str
    config_changes: Mapping[str, Any] = field(default_factory=dict)
    asks_models: bool = True
    run_id: str = "local"
    run_type: Literal["initial", "replay", "retry"] = "initial"
    in_process_after_s: float | None = None

    def event(self, kind: EventKind, **more: Any) -> Event:
        """An event of this stage and run."""
        return Event(kind=kind, run_id=self.run_id, timeline=self.timeline.id, stage=self.stage, **more)


@dataclass(frozen=True)
class PartTask:
    """One part to be: its recipe and what the recipe was made of.

    Attributes:
        plan: what the stage's look at the whole timeline decided for this segment; None for a stage without one.
    """

    index: int
    recipe: str
    segment: Segment | None
    parents: dict[str, str]
    plan: Any = None


@dataclass(frozen=True)
class StageWork:
    """What the parts of one stage run have in common.

    Attributes:
        config: the effective config as JSON, which stands in every part's record.
        models: name -> digest of every model file used.
        skipped_because: why the stage passes its input on; None when it runs.
    """

    request: StageRequest
    config: dict[str, Any]
    models: dict[str, str]
    skipped_because: str | None

    @property
    def stage(self) -> Stage:
        return STAGES[self.request.stage]
