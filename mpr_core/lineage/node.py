"""A node: one stage's output for one timeline, as the list of its parts. Its id is a hash of what it is, not of when it ran."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from mpr_core.exact import canonical_digest
from mpr_core.record import Record
from mpr_core.timeline.segments import Segment

NODE_FORMAT: Literal["mpr.node/1"] = "mpr.node/1"
Status = Literal["done", "skipped"]


class NodePart(Record):
    """One segment's part: its recipe names its place in the store."""

    recipe: str
    segment: Segment | None = Field(description="None for the one part of a stage that reduces over the timeline")
    counts: dict[str, float] = Field(default_factory=dict)


class DamagedRange(Record):
    """Source video that could not be used, on the timeline's clock."""

    chunk_key: str
    from_s: float = Field(description="timeline second from which the chunk is unusable")
    reason: str


class Provenance(Record):
    """How this node came to be. Not part of its identity."""

    run_id: str
    run_type: Literal["initial", "replay", "retry"] = "initial"
    profile: str
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    compute_s: float = Field(default=0.0, description="wall seconds spent computing the parts that were not there")
    parts_computed: int = 0
    parts_reused: int = 0


class Node(Record):
    """The output of one stage for one timeline."""

    format: Literal["mpr.node/1"] = NODE_FORMAT
    id: str
    timeline: str
    stage: str
    stage_version: str
    status: Status
    reason: str = Field(default="", description="why the stage was skipped")
    config: dict[str, Any]
    config_changes: dict[str, Any] = Field(default_factory=dict, description="fields that differ from the profile")
    models: dict[str, str] = Field(default_factory=dict, description="model name -> digest and engine")
    parents: dict[str, str] = Field(default_factory=dict, description="parent stage -> node id")
    ancestors: dict[str, str] = Field(default_factory=dict, description="every stage this node rests on -> node id")
    parts: tuple[NodePart, ...]
    counts: dict[str, float] = Field(default_factory=dict)
    damaged: tuple[DamagedRange, ...] = ()
    provenance: Provenance

    @property
    def fully_cached(self) -> bool:
        return self.provenance.parts_computed == 0


class Head(Record):
    """Which node a stage of a timeline stands at."""

    format: Literal["mpr.head/1"] = "mpr.head/1"
    node: str
    run_id: str
    moved_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Label(Record):
    """A name that a user gave a node: a saved starting point to replay from."""

    format: Literal["mpr.label/1"] = "mpr.label/1"
    name: str
    timeline: str
    stage: str
    node: str
    made_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


def node_id(timeline_id: str, stage: str, version: str, parents: dict[str, str], recipes: list[str]) -> str:
    """16 hex digits: the same output from the same parents is the same node, whenever it ran."""
    return canonical_digest([timeline_id, stage, version, parents, recipes])[:16]
