"""What a stage function may use besides its config and its parents' payloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mpr_core.cascade.access import ModelAccess
from mpr_core.lineage.node import Node
from mpr_core.media.limits import MediaLimits
from mpr_core.runner.found import Cost
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Chunk, Timeline

if TYPE_CHECKING:
    from mpr_core.inference.operations import Inference
    from mpr_core.runner.payload import Payload
    from mpr_core.runner.workers import Workers


def in_process() -> Inference:
    """The routines themselves, with no model open yet."""
    from mpr_core.inference.in_process import InProcess  # vision libraries, which whoever makes services may not need

    return InProcess()


@dataclass
class Services:
    """What a run has at hand: the two roots, limits, and the routines that infer.

    `sessions` keeps what is dear to open (a decoder, a brand index), and `inference` its models, from one segment to the next, and with
    `keep_sessions` from one stage to the next (many short runs over the same models); nothing in them may change what a segment's
    payload is. `workers` compute parts of Python-bound stages beside this process. `models` says which vision-language models can be
    asked.
    """

    media_in: ObjectStore
    media_out: ObjectStore
    inference: Inference = field(default_factory=in_process)
    limits: MediaLimits = field(default_factory=MediaLimits)
    disabled_reasons: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)
    keep_sessions: bool = False
    workers: Workers | None = None
    models: ModelAccess = field(default_factory=ModelAccess)

    def session(self, name: str, make: Callable[[], Any]) -> Any:
        """The session of that name, made on first use."""
        if name not in self.sessions:
            self.sessions[name] = make()
        return self.sessions[name]

    def close(self) -> None:
        """Close whatever the sessions hold open, and let the workers go."""
        for session in self.sessions.values():
            if hasattr(session, "close"):
                session.close()
        self.sessions.clear()
        self.inference.close()
        if self.workers is not None:
            self.workers.close()


@dataclass(frozen=True)
class SegmentContext:
    """One segment's surroundings; what a stage says or warns of becomes a log line of the run."""

    services: Services
    chunk: Chunk
    segment: Segment
    say: Callable[[str], None] = field(default=lambda _line: None)
    warn: Callable[[str], None] = field(default=lambda _line: None)


@dataclass(frozen=True)
class TimelineContext:
    """The whole timeline, for the stage that reduces over it."""

    services: Services
    timeline: Timeline
    profile: str
    nodes: dict[str, Node]
    table: Callable[[str, int, str], pa.Table]
    """`table(stage, i, name)`: one table of the i-th part of a parent stage."""
    config_changes: dict[str, Any] = field(default_factory=dict)
    say: Callable[[str], None] = field(default=lambda _line: None)
    warn: Callable[[str], None] = field(default=lambda _line: None)

    def segments(self) -> list[Segment]:
        """The timeline's segments, from the first segment-wise parent."""
        first = next(iter(self.nodes.values()))
        return [part.segment for part in first.parts if part.segment is not None]

    def offset_s(self, segment: Segment) -> Fraction:
        """What to add to a chunk second of this segment to get a timeline second."""
        return self.timeline.starts_s()[segment.chunk_index]


@dataclass(frozen=True, kw_only=True)
class PlanContext(TimelineContext):
    """The whole timeline, for a stage that has to look at all of it before it decides what each segment gets.

    Attributes:
        payload: `payload(stage, i)`: the i-th payload of a parent stage.
        models: what the stage's `models` gave.
        border: `border(done, total)` is called between two pieces of work; it returns when the run may go on, or ends it.
        progress: told how far the work is: words, and the seconds that are left once they are known.
        paid: told what was asked of a model and what it cost.
        asks_models: whether questions may be put to models; else answers that are stored are all there is.
    """

    payload: Callable[[str, int], Payload]
    run_id: str = "local"
    models: dict[str, str] = field(default_factory=dict)
    border: Callable[[int, int], None] = field(default=lambda _done, _total: None)
    progress: Callable[[str, float | None], None] = field(default=lambda _words, _left_s: None)
    paid: Callable[[Cost], None] = field(default=lambda _cost: None)
    asks_models: bool = True


@dataclass(frozen=True)
class Planned:
    """What a stage's `plan` decided.

    Attributes:
        values: one JSON value per segment; it belongs to the segment's recipe and is handed to `run`.
        complete: nothing is left that another attempt could still do; an incomplete plan is made anew by the next run.
    """

    values: list[Any]
    complete: bool
