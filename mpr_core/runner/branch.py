"""A branch of the checkpoint tree: one node with everything it rests on, read back segment by segment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from mpr_core.errors import InputError, PartMissing
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.runner.node_parts import part_of, payload_of
from mpr_core.runner.parts import Part
from mpr_core.runner.payload import Payload
from mpr_core.stages.registry import STAGES
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class Place:
    """An instant of the timeline within a segment."""

    index: int
    segment: Segment
    chunk_s: Fraction
    timeline_s: Fraction


class Branch:
    """One node and its ancestors.

    Raises:
        InputError: the node was made before the timeline's chunks became what they are.
    """

    def __init__(self, catalog: Catalog, tip: Node) -> None:
        self.catalog, self.tip = catalog, tip
        self.timeline: Timeline = catalog.timeline(tip.timeline)
        self._nodes: dict[str, Node] = {tip.stage: tip}
        digests = [chunk.digest for chunk in self.timeline.chunks]
        if any(s.chunk_index >= len(digests) or digests[s.chunk_index] != s.chunk_digest for s in self.segments):
            raise InputError(
                "the node is of other source video than the timeline now has",
                where=f"{tip.stage} {tip.id} of {tip.timeline}",
                why="its chunks were changed after it ran",
                remedy=f"mpr run {tip.timeline}, then use one of the new nodes",
            )

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of this branch, in order."""
        return tuple(stage for stage in STAGES if stage == self.tip.stage or stage in self.tip.ancestors)

    def has(self, stage: str) -> bool:
        return stage == self.tip.stage or stage in self.tip.ancestors

    def node(self, stage: str) -> Node:
        """The branch's node of a stage.

        Raises:
            InputError: the branch does not reach it.
            PartMissing: its manifest is gone.
        """
        if stage not in self._nodes:
            if not self.has(stage):
                raise InputError(
                    "the node does not rest on that stage",
                    where=f"{self.tip.stage} {self.tip.id}",
                    why=f"{stage} does not come before {self.tip.stage}",
                    remedy=f"name a node of {stage} or of a later stage",
                )
            identity = self.tip.ancestors[stage]
            found = self.catalog.node(self.tip.timeline, stage, identity)
            if found is None:
                raise PartMissing(
                    "a node is gone",
                    where=f"{stage} {identity} of {self.tip.timeline}",
                    why="its manifest was deleted",
                    remedy=f"mpr run {self.tip.timeline}",
                )
            self._nodes[stage] = found
        return self._nodes[stage]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The timeline's segments as this branch cut it."""
        whole = self.tip if STAGES[self.tip.stage].scope == "segment" else self.node("extract_frames")
        return tuple(part.segment for part in whole.parts if part.segment is not None)

    def place(self, at_s: float | Fraction) -> Place:
        """Where a second of the timeline lies.

        Raises:
            InputError: it is outside the timeline.
        """
        if math.isfinite(at_s):
            at, starts = Fraction(at_s).limit_denominator(10**9), self.timeline.starts_s()
            for index, segment in enumerate(self.segments):
                begin = starts[segment.chunk_index]
                if begin + segment.start_s <= at < begin + segment.end_s:
                    return Place(index, segment, at - begin, at)
        raise InputError(
            "outside the timeline",
            where=f"{float(at_s):g} s",
            why=f"{self.timeline.id} runs from 0 to {float(self.timeline.duration_s):.3f} s",
            remedy="name a second within it",
        )

    def offset_s(self, index: int) -> float:
        """What to add to a chunk second of a segment to get a timeline second."""
        return float(self.timeline.starts_s()[self.segments[index].chunk_index])

    def payload(self, stage: str, index: int, kind: type[P]) -> P:
        """The payload of a stage's part for the segment of that number (0 for the report).

        Raises:
            PartMissing: the part is gone or damaged.
            TypeError: the stage makes another kind of payload.
        """
        found = payload_of(self.catalog.store, self.node(stage), index)
        if not isinstance(found, kind):
            raise TypeError(f"{stage} makes {type(found).__name__}, not {kind.__name__}")
        return found

    def part(self, stage: str, index: int) -> Part:
        """The record of a stage's part for the segment of that number (0 for the report); imports no stage.

        Raises:
            PartMissing: the part is gone.
        """
        return part_of(self.catalog.store, self.node(stage), index)
