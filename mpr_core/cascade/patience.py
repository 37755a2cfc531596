"""One question put to one model until it is answered, is turned down, or takes too long; waits are told of, and end with the run."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Event

from mpr_core.cascade.lines import Line
from mpr_core.cascade.provider import Ask, Reply
from mpr_core.cascade.retry import RetryPolicy, Wait, answered


@dataclass
class PatientCall:
    """Several threads may call; what there is to tell is kept for the run's own thread.

    Attributes:
        stopped: set when the run is ending: no call is repeated any more.
        waits: words about each wait, until somebody takes them.
    """

    policy: RetryPolicy
    stopped: Event = field(default_factory=Event)
    waits: deque[str] = field(default_factory=deque)

    def __call__(self, line: Line, ask: Ask) -> Reply:
        """The model's answer.

        Raises:
            ProviderError: the last failure, or the first that no repetition helps.
        """

        def told(wait: Wait) -> None:
            self.waits.append(f"{line.name}: {wait.failure.kind}, asked again in {wait.wait_s:.0f} s")

        return answered(line.provider, ask, self.policy, leave=self.stopped.is_set, told=told)
