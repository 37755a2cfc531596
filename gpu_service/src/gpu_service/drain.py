"""SIGTERM: the host says that it is not ready any more, finishes the answers under way, and only then lets the server end."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gpu_service.slots import Slots

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.05


@contextmanager
def draining_on_sigterm(slots: Slots, within_s: float) -> Iterator[None]:
    """While it lasts, SIGTERM drains first; whoever handled it before is told afterwards, or at once by a second SIGTERM.

    Does nothing in a thread other than the main one, where no server listens to signals either.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    tasks: list[asyncio.Task[None]] = []

    def go_on() -> None:
        if callable(before):
            before(signal.SIGTERM, None)

    async def drain() -> None:
        if slots.taken:
            _LOG.warning("ending: %d answers are under way", slots.taken)
        end = loop.time() + within_s
        while slots.taken and loop.time() < end:
            await asyncio.sleep(_LOOK_EVERY_S)
        go_on()

    def asked(_signal: int, _frame: FrameType | None) -> None:
        if slots.draining:
            go_on()
            return
        slots.draining = True
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(drain())))

    signal.signal(signal.SIGTERM, asked)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
