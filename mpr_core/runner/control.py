"""Where a run can be held or left: before a stage, and between two of its segments; nothing is half-written there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Border:
    """A place between two pieces of work.

    Attributes:
        segments_total: 0 before the stage has begun.
        unit: what is counted where it is not segments: before a stage computes any, it may have questions to ask.
    """

    stage: str
    segments_done: int = 0
    segments_total: int = 0
    unit: str = "segments"

    @property
    def opens_stage(self) -> bool:
        return self.segments_total == 0

    def __str__(self) -> str:
        if self.opens_stage:
            return f"before {self.stage}"
        return f"in {self.stage}, after {self.segments_done} of {self.segments_total} {self.unit}"


class Gate(Protocol):
    """Asked before a stage, also one whose parts are all there, and before each of its segments that has to be computed.

    It returns when the run may go on, however long that takes.

    Raises:
        RunLeft: the run is to end here.
    """

    def __call__(self, border: Border, /) -> None: ...


def no_gate(_border: Border) -> None:
    """A gate that stands open."""
