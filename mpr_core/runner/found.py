"""What a segment's payload shows of itself while a run goes on: boxes found, and what answers of models cost."""

from __future__ import annotations

from pydantic import Field

from mpr_core.record import Record
from mpr_core.timeline.segments import Segment

MOST_BOXES = 24
"""Boxes told per segment: a long run's stream stays a few megabytes, and a view shows no more at once."""


class FoundBox(Record):
    """One thing found, at the frame that shows it best."""

    track: int = Field(description="number of its track within the segment")
    t_s: float = Field(description="timeline second of the frame")
    source: str = Field(description="who found the box: text or yolo")
    score: float = Field(description="of a box in [0, 1], of a brand in [0, 100]")
    quad_px: tuple[float, ...] = Field(default=(), description="x, y of four corners clockwise from top-left")
    brand: str = ""
    text: str = ""


class Found(Record):
    """What one computed segment holds: the best `MOST_BOXES` tracks or brands, each once."""

    index: int = Field(default=0, description="number of the segment")
    start_s: float = Field(default=0.0, description="timeline second at which the segment begins")
    end_s: float = 0.0
    boxes: tuple[FoundBox, ...] = ()
    left_out: int = Field(default=0, description="further boxes, or decided brands, that are not told")

    def placed(self, index: int, segment: Segment, chunk_start_s: float) -> Found:
        """The same on the timeline's clock; so far the boxes' times were the chunk's."""
        moved = tuple(b.model_copy(update={"t_s": round(b.t_s + chunk_start_s, 6)}) for b in self.boxes)
        start, end = (round(chunk_start_s + float(t), 6) for t in (segment.start_s, segment.end_s))
        return Found(index=index, start_s=start, end_s=end, boxes=moved, left_out=self.left_out)


class Cost(Record):
    """Questions to one model and what they cost."""

    provider: str = ""
    model: str = ""
    asked: int = Field(default=0, description="calls made in this run; an answer that was paid for before is none")
    would_ask: int = Field(default=0, description="questions left unasked over the whole timeline")
    would_cost_usd: float = Field(default=0.0, description="what those would cost, about; of a skipped stage at most")
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


def summed_costs(costs: list[Cost]) -> list[Cost]:
    """One record per provider and model."""
    total: dict[tuple[str, str], Cost] = {}
    for cost in costs:
        known = total.get((cost.provider, cost.model), Cost(provider=cost.provider, model=cost.model))
        figures = ("asked", "input_tokens", "output_tokens", "cost_usd")
        total[cost.provider, cost.model] = known.model_copy(
            update={name: getattr(known, name) + getattr(cost, name) for name in figures}
        )
    return list(total.values())
