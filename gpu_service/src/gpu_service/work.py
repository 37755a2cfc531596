"""How long one request may be worked on: while someone waits for its answer, and within the host's time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import anyio
from fastapi import Request

from gpu_service.refusals import Refused

R = TypeVar("R")


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
                why=f"work on it took over {self._within_s:g} s (GPU_WORK_WITHIN_S)",
                remedy="send fewer images at a time, or raise GPU_WORK_WITHIN_S on the host",
            )


async def worked_on(request: Request, within_s: float, do: Callable[[Work], R]) -> R:
    """What `do` makes in a thread of a request whose body has been read; it is given up when the client goes away.

    Some servers tell by a message that the client is gone (uvicorn), others by cancelling the request (Ray Serve). Returns or raises when
    the thread has ended, not before: until then the request needs its place.
    """
    work = Work(within_s)

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)
        work.give_up()

    watching = asyncio.create_task(watch())
    doing = asyncio.create_task(anyio.to_thread.run_sync(do, work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        work.give_up()
        with anyio.CancelScope(shield=True):
            await asyncio.gather(doing, return_exceptions=True)
        raise
    finally:
        watching.cancel()
