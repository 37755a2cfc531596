"""How many requests are worked on and how many may wait; the next one is told when to come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from gpu_service.refusals import Refused

RETRY_AFTER_S = 1


class Slots:
    """Places for requests. Those that wait have not been read yet, so that they cost no memory.

    Attributes:
        taken: requests worked on or waiting.
        draining: set when the host is asked to end: what has a place keeps it, nothing else gets one.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._most = running + waiting
        self._running = anyio.Semaphore(running)
        self.taken = 0
        self.draining = False

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place to work in, after those that came before.

        Raises:
            Refused: too many wait (429), or the host is about to end (503).
        """
        if self.draining:
            raise Refused("not_ready", "the host is about to end", remedy="ask again", retry_after_s=RETRY_AFTER_S)
        if self.taken >= self._most:
            why = f"{self.taken} requests are worked on or wait"
            raise Refused("overloaded", "the host is busy", why=why, remedy="ask again", retry_after_s=RETRY_AFTER_S)
        self.taken += 1
        try:
            async with self._running:
                yield
        finally:
            self.taken -= 1
