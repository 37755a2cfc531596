"""What models differ in: several ways to say the same, and which of them one model understands.

Whether a model enforces a schema, and how it is kept from reasoning at length before a short answer, stands in no list that could be
asked: a server turns the request down, for nothing, and names what it did not like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from mpr_core.cascade.provider import ProviderError, Reply, Usage

Ways = Mapping[str, str]
"""What is said in which way."""


@dataclass(frozen=True)
class Manner:
    """One thing that can be said in several ways.

    Attributes:
        words: one of them stands in the refusal of a request that was turned down for this (lower case).
        ways: the best first.
    """

    name: str
    words: tuple[str, ...]
    ways: tuple[str, ...]


class Manners:
    """The ways one model is spoken to: one that it turned down is never tried on it again."""

    def __init__(self, manners: Sequence[Manner]) -> None:
        self._manners = tuple(manners)
        self._at = {manner.name: 0 for manner in manners}
        self._lock = Lock()

    def now(self) -> Ways:
        """The best ways that were not turned down yet."""
        with self._lock:
            return self._ways(self._at)

    def put(self, ask: Callable[[Ways], Reply]) -> Reply:
        """What `ask` replies when it speaks in ways that are understood.

        Raises:
            ProviderError: of `ask`; its usage includes what the ways that were turned down cost.
        """
        spent = Usage()
        while True:
            with self._lock:
                at = dict(self._at)
            try:
                reply = ask(self._ways(at))
            except ProviderError as error:
                spent = error.usage = _sum(spent, error.usage)
                if error.kind not in ("rejected", "invalid") or not self._step(error.why.lower(), at):
                    raise
            else:
                return replace(reply, usage=_sum(spent, reply.usage))

    def _ways(self, at: Mapping[str, int]) -> Ways:
        return {manner.name: manner.ways[at[manner.name]] for manner in self._manners}

    def _step(self, refusal: str, at: Mapping[str, int]) -> bool:
        """Take the next way of what the refusal is about; False when there is none."""
        for manner in self._manners:
            following = at[manner.name] + 1
            if following < len(manner.ways) and any(word in refusal for word in manner.words):
                with self._lock:
                    # Questions in flight may all be turned down for the same reason.
                    self._at[manner.name] = max(self._at[manner.name], following)
                return True
        return False


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens)
