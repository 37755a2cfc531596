"""How often a piece of work was tried, and whether it is to be asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mpr_core.intake.watched import WatchRules

Verdict = Literal["ask", "wait", "done", "given up"]
_SLOWER = 4


@dataclass(frozen=True)
class Attempts:
    """What became of the runs for one request.

    Attributes:
        done: one of them succeeded.
        ended: how many have ended.
        stopped: why no other is to be started: someone stopped one, or the failure would be the same again. Empty otherwise.
        last_end_s: Unix time at which the latest ended.
    """

    done: bool = False
    ended: int = 0
    stopped: str = ""
    last_end_s: float = 0.0

    def verdict(self, rules: WatchRules, now_s: float) -> Verdict:
        """Whether to ask for a run now."""
        if self.done:
            return "done"
        if self.stopped or self.ended >= rules.attempts:
            return "given up"
        wait_s = rules.backoff_s * _SLOWER ** (self.ended - 1) if self.ended else 0.0
        return "wait" if now_s < self.last_end_s + wait_s else "ask"

    @property
    def why(self) -> str:
        """Why it was given up."""
        return self.stopped or f"{self.ended} runs failed"
