"""How far a stage is, how fast, and how long still: counted in seconds of video and sampled frames, said as events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from mpr_core.lineage.node import Node
from mpr_core.runner.events import Event, EventSink
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline

_LEAST_BETWEEN_S = 0.2


class StageProgress:
    """Counts segments as they get done and tells the sink, at most five times a second.

    Attributes:
        frames: sampled frames of each segment where they are known beforehand; extract_frames itself counts them as it goes.
    """

    def __init__(
        self, event: Callable[..., Event], sink: EventSink, segments: Sequence[Segment | None], timeline: Timeline
    ) -> None:
        whole = float(timeline.duration_s)
        self.media = [float(s.end_s - s.start_s) if s is not None else whole for s in segments]
        self.event, self.sink = event, sink
        self.compute_s = 0.0
        self.parts_computed = self.parts_reused = 0
        self.reused_s = self.computed_s = self.frames_computed = 0.0
        self.frames: list[float] = []
        self.began = self.last_said = time.monotonic()

    @property
    def segments_done(self) -> int:
        return self.parts_computed + self.parts_reused

    @property
    def segments_total(self) -> int:
        return len(self.media)

    def start(self, reused: list[int]) -> None:
        self.parts_reused = len(reused)
        self.reused_s = sum(self.media[i] for i in reused)
        self.sink(self._now("stage_started", status="running"))

    def reused(self, index: int) -> None:
        """One more part turned out to be there already."""
        self.parts_reused += 1
        self.reused_s += self.media[index]

    def held(self, seconds: float) -> None:
        """Time that a pause took is no part of the speed."""
        self.began += seconds

    def computed(self, index: int, seconds: float, counts: Mapping[str, float]) -> None:
        self.compute_s += seconds
        self.parts_computed += 1
        self.computed_s += self.media[index]
        self.frames_computed += self.frames[index] if index < len(self.frames) else counts.get("frames", 0.0)
        if time.monotonic() - self.last_said >= _LEAST_BETWEEN_S:
            self.last_said = time.monotonic()
            self.sink(self._now("progress", status="running"))

    def finish(self, node: Node) -> None:
        status = node.status if node.status == "skipped" else ("cached" if self.parts_computed == 0 else "done")
        self.sink(self._now("stage_finished", status=status, message=node.reason, counts=node.counts, node=node.id))

    def _now(self, kind: str, **more: object) -> Event:
        elapsed = time.monotonic() - self.began
        left_s = sum(self.media) - self.reused_s - self.computed_s
        speed = self.computed_s / elapsed if self.computed_s and elapsed > 0 else None
        frames_per_s = self.frames_computed / elapsed if self.frames_computed and elapsed > 0 else None
        return self.event(
            kind,
            segments_done=self.segments_done,
            segments_total=self.segments_total,
            media_s=round(self.reused_s + self.computed_s, 3),
            elapsed_s=round(elapsed, 3),
            speed_ratio=None if speed is None else round(speed, 3),
            frames_done=round(self.frames_computed),
            frames_per_s=None if frames_per_s is None else round(frames_per_s, 1),
            eta_s=None if speed is None else round(left_s / speed, 1),
            parts_computed=self.parts_computed,
            parts_reused=self.parts_reused,
            **more,
        )
