"""Whoever waits for a result that takes long: what it is told meanwhile, and its chance to leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Watch:
    """A run that has something inferred.

    Attributes:
        say: told what is good to know; `warn`: what must be known.
        border: called a few times a second while a result is waited for, on the thread that waits; it returns when the run may go on, or
            raises to leave.
        limit_s: how long a host that is away is waited for; None: as long as the settings say.
    """

    say: Callable[[str], None] = field(default=lambda _line: None)
    warn: Callable[[str], None] = field(default=lambda _line: None)
    border: Callable[[], None] = field(default=lambda: None)
    limit_s: float | None = None
