"""What `mpr gc` found to go, as records, and carrying it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mpr_core.lineage.stored import Folder, deletion_batches
from mpr_core.store.object_store import ObjectStore

NodeName = tuple[str, str]
"""`(stage, node id)`"""

ANY_TIMELINE = "*"
"""In `in_use`: a run of which nobody knows the timeline."""

InUse = Mapping[str, str]
"""Timeline -> why it is in use."""


@dataclass
class Heap:
    """What is to go, counted by kind."""

    nodes: list[NodeName] = field(default_factory=list)
    parts: int = 0
    frames: int = 0
    overlays: int = 0
    reports: int = 0
    keys: list[str] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, folder: Folder) -> int:
        """Take a folder; returns how many objects it has."""
        self.keys += folder.keys
        self.size_bytes += folder.size_bytes
        return len(folder.keys)


@dataclass(frozen=True)
class TimelineGarbage:
    """One timeline's share.

    Attributes:
        left_alone: why nothing of it was touched; empty when it was looked at.
        kept: nodes that stay.
        heads: how many stages have a head.
        labels: names of its labels.
    """

    timeline: str
    left_alone: str
    kept: int
    heads: int
    labels: tuple[str, ...]
    heap: Heap


@dataclass(frozen=True)
class GarbagePlan:
    """Everything that may go.

    Attributes:
        orphans: parts, frames and overlays that no node names: of killed runs, or of a gc that was killed.
        in_use: what was in use when the plan was made.
        caution: why parts and frames stay although nothing that can be read needs them; empty when none does.
    """

    timelines: tuple[TimelineGarbage, ...]
    orphans: Heap
    in_use: InUse
    caution: str

    @property
    def heaps(self) -> tuple[Heap, ...]:
        return (*(found.heap for found in self.timelines), self.orphans)

    @property
    def keys(self) -> list[str]:
        return [key for heap in self.heaps for key in heap.keys]

    @property
    def size_bytes(self) -> int:
        return sum(heap.size_bytes for heap in self.heaps)


@dataclass(frozen=True)
class Collected:
    """What was deleted.

    Attributes:
        objects: how many.
        stopped: the timeline whose run began meanwhile, so that the rest was left; empty when all was done.
    """

    objects: int
    stopped: str = ""


def collect(
    store: ObjectStore,
    plan: GarbagePlan,
    in_use_now: Callable[[], InUse],
    progress: Callable[[int], None] = lambda _: None,
) -> Collected:
    """Delete what a plan names, in an order that may be broken off anywhere.

    Args:
        in_use_now: asked before every batch; when a run began since the plan was made, the rest stays.
        progress: told how many objects are gone.
    """
    objects = 0
    for batch in deletion_batches(plan.keys):
        late = [name for name in in_use_now() if name not in plan.in_use]
        if late:
            return Collected(objects, stopped=late[0])
        store.delete(batch)
        objects += len(batch)
        progress(objects)
    return Collected(objects)
