"""The models a stage may ask, in the profile's order, each with its prices: what is left of the choice on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from mpr_core.cascade.provider import Ask, Provider, Usage

_STRIKES = 3
"""So many questions in a row that got no answer for a passing reason, retries and all, and a provider is left alone for the rest of a run."""


@dataclass
class Line:
    """One model that can be asked.

    Attributes:
        worst_usd: the most a question may cost.
        cost_usd: what the tokens of a response cost.
    """

    provider: Provider
    worst_usd: Callable[[Ask], float]
    cost_usd: Callable[[Usage], float]

    def __post_init__(self) -> None:
        self._lock, self._strikes, self._out = Lock(), 0, ""

    @property
    def name(self) -> str:
        return f"{self.provider.name} {self.provider.model}".strip()

    @property
    def out_because(self) -> str:
        """Why it is not asked any more in this run; '' while it is."""
        return self._out

    def answered(self) -> None:
        with self._lock:
            self._strikes = 0

    def failed(self, why: str, *, for_good: bool) -> None:
        """A question got no answer, though not for a reason that lies in the question."""
        with self._lock:
            self._strikes += 1
            if for_good or self._strikes >= _STRIKES:
                self._out = self._out or why
