"""Money and questions: what may still be spent, reserved at the worst price before a question is asked, so that no cap is ever passed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

_ROUNDING_USD = 1e-9


@dataclass(frozen=True)
class Caps:
    """What the answers that a result rests on may cost together.

    Attributes:
        usd: None: nothing is paid for, so there is no cap.
    """

    questions: int
    usd: float | None = None


@dataclass
class Reservation:
    """One question's share. `held_usd` is set aside, `spent_usd` of it is gone."""

    held_usd: float
    spent_usd: float = 0.0


@dataclass
class Budget:
    """What is spent and set aside; several threads may ask.

    Args:
        spent_usd: what this run has lost already, on calls that brought no answer.
        ahead_usd: what it has paid for answers whose questions have not come up yet, in a batch or before a crash, by their requests.
    """

    caps: Caps
    spent_usd: float = 0.0
    ahead_usd: dict[str, float] = field(default_factory=dict)
    questions: int = 0
    _held_usd: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def reserve(self, worst_usd: float, stored: Sequence[str] = ()) -> Reservation | None:
        """A question's share, None when it does not fit beside what is spent and set aside.

        Whether it fits once nothing is set aside depends on what was spent alone, not on who answered first: who is refused waits for the
        questions in flight and asks again.

        Args:
            stored: the requests of the answers whose price is in `worst_usd`.
        """
        with self._lock:
            paid_usd = sum(self.ahead_usd.get(request, 0.0) for request in stored)
            if self.questions >= self.caps.questions or not self._fits(worst_usd - paid_usd):
                return None
            for request in stored:
                self.ahead_usd.pop(request, None)
            self.questions += 1
            self._held_usd += worst_usd
            return Reservation(worst_usd)

    def covers(self, reservation: Reservation, next_usd: float) -> bool:
        """Whether a further call fits into a question's share; the share grows if the budget allows it."""
        with self._lock:
            missing = next_usd - (reservation.held_usd - reservation.spent_usd)
            if missing <= _ROUNDING_USD:
                return True
            if not self._fits(missing):
                return False
            reservation.held_usd += missing
            self._held_usd += missing
            return True

    def is_shared(self, reservation: Reservation) -> bool:
        """Whether something is set aside for other questions too: then what does not fit now may fit once they are settled."""
        with self._lock:
            return self._held_usd - reservation.held_usd > _ROUNDING_USD

    def settle(self, reservation: Reservation) -> None:
        """The question is answered, or given up: what was set aside and not spent is free again."""
        with self._lock:
            self._held_usd -= reservation.held_usd
            self.spent_usd += reservation.spent_usd

    @property
    def in_words(self) -> str:
        """'$0.0123 of $1.00'; without a price, nothing."""
        return "" if self.caps.usd is None else f"{usd(self.spent_usd)} of {usd(self.caps.usd)}"

    def _fits(self, more_usd: float) -> bool:
        if self.caps.usd is None:
            return True
        gone_usd = self.spent_usd + self._held_usd + sum(self.ahead_usd.values())
        return gone_usd + more_usd <= self.caps.usd + _ROUNDING_USD


def usd(amount: float) -> str:
    """'$1.20', '$0.0031', '$0.000027', '$0': two digits that say something."""
    if amount >= 0.995 or amount <= 0:
        return f"${amount:.2f}" if amount > 0 else "$0"
    digits = max(2, 1 - math.floor(math.log10(amount)))
    return f"${amount:.{digits}f}"
