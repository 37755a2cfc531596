"""How long one request may be worked on: while someone waits for its answer, and within the host's time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from fastapi import Request

from gpu_service.refusals import Refused


class Work:
    """What is under way for one request. Threads cannot be stopped from outside, so whoever works asks it between two pictures.

    Args:
        within_s: how long it may take, from now on.
    """

    def __init__(self, within_s: float) -> None:
        self._within_s, self._end = within_s, monotonic() + within_s
        self._nobody_waits = threading.Event()

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._nobody_waits.set()

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._nobody_waits.is_set()

    def still_wanted(self) -> None:
        """Return if somebody waits for the answer.

        Raises:
            Refused: nobody does (504, which nobody reads).
        """
        if self.given_up:
            raise Refused("timeout", "the client went away before its answer was ready")

    def go_on(self) -> None:
        """Return if somebody waits for the answer, and there is time left.

        Raises:
            Refused: otherwise (504).
        """
        self.still_wanted()
        if monotonic() > self._end:
            raise Refused(
                "timeout",
                "the host did not finish the request in time",
                why=f"work on it took over {self._within_s:g} s",
                remedy="send fewer images at a time, or raise GPU_WORK_WITHIN_S on the host",
            )


@asynccontextmanager
async def working(request: Request, within_s: float) -> AsyncIterator[Work]:
    """Work for a request whose body has been read; it is given up when the client goes away.

    Some servers tell by a message that the client is gone (uvicorn), others by cancelling the request (Ray Serve).
    """
    work = Work(within_s)

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)
        work.give_up()

    watching = asyncio.create_task(watch())
    try:
        yield work
    except asyncio.CancelledError:
        work.give_up()
        raise
    finally:
        watching.cancel()
