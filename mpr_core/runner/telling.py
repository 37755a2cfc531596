"""What a running stage tells beside its progress: what each computed segment shows, what was asked of models, and log lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mpr_core.lineage.node import Node
from mpr_core.runner.events import Event, EventSink, no_events
from mpr_core.runner.found import Cost, summed_costs
from mpr_core.runner.parts import Part
from mpr_core.runner.payload import Payload
from mpr_core.timeline.timeline import Timeline


class Telling:
    """Turns payloads and words of one stage into events.

    Args:
        event: makes an event of this stage.
    """

    def __init__(self, event: Callable[..., Event], sink: EventSink, timeline: Timeline) -> None:
        self._event, self._sink = event, sink
        self._starts_s = [float(start) for start in timeline.starts_s()]
        self._costs: list[Cost] = []

    def computed(self, index: int, part: Part, payload: Payload, parents: Mapping[str, Payload]) -> None:
        """A part has been computed and stored."""
        self._costs += payload.costs()
        if self._sink is no_events or part.segment is None:
            return
        found = payload.found(parents)
        if found is not None:
            placed = found.placed(index, part.segment, self._starts_s[part.segment.chunk_index])
            self._sink(self._event("detections", counts=part.counts, found=placed))

    def spent(self, node: Node) -> None:
        """The stage, one that asks models, has finished: a line for each model that was asked, or one that says that none was."""
        costs = summed_costs(self._costs) or [Cost()]
        left = {
            "would_ask": round(node.counts.get("would_ask", 0)),
            "would_cost_usd": node.counts.get("would_cost_usd", 0.0),
        }
        for i, cost in enumerate(costs):
            told = cost if i else cost.model_copy(update=left)
            self._sink(self._event("cost", cost=told, message=node.reason))

    def paid(self, cost: Cost) -> None:
        """A model was asked before the segments are computed."""
        self._costs.append(cost)

    def say(self, text: str) -> None:
        """A line for whoever follows the run."""
        self._sink(self._event("log", level="info", message=text))

    def warn(self, text: str) -> None:
        """Something that whoever reads the result must know."""
        self._sink(self._event("log", level="warning", message=text))
