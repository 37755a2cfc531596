"""Whom a question will be put to, before it is: what that may cost at most, and which of it is paid for already."""

from __future__ import annotations

from dataclasses import dataclass

from mpr_core.cascade.answer_cache import StoredAnswer
from mpr_core.cascade.lines import Line
from mpr_core.cascade.provider import Ask


@dataclass(frozen=True)
class Outlook:
    """One question's.

    Attributes:
        turns: the models whose word is used, each with what it answered already; a model that would be asked because another one gave
            no answer is not among them.
    """

    ask: Ask
    turns: tuple[tuple[Line, StoredAnswer | None], ...]

    @property
    def worst_usd(self) -> float:
        """What the question may cost at most before a further model has to be asked: what is stored costs what it did."""
        return sum(line.worst_usd(self.ask) if known is None else known.cost_usd for line, known in self.turns)

    @property
    def stored(self) -> tuple[str, ...]:
        """The digests of the answers that there are."""
        return tuple(known.request for _, known in self.turns if known is not None)

    def asks(self, line: Line) -> bool:
        """Whether that model has still to be asked."""
        return any(one is line and known is None for one, known in self.turns)
