"""Requests under way to a host, several at a time, their results in order, whatever becomes of the host meanwhile."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import TypeVar

from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.exchange import Exchange
from mpr_core.inference.host.patience import Patience
from mpr_core.inference.host.waiting import Waiting
from mpr_core.wire import routes
from mpr_core.wire.health import Ready

UNDER_WAY = 4
"""Requests at a time: while the host works on some, the next are there already."""

B = TypeVar("B")
R = TypeVar("R")


class Flow:
    """The connections, threads and patience that all operations of one host share."""

    def __init__(self, access: HostAccess) -> None:
        self.exchange = Exchange(access)
        self._patience = Patience(lambda: self.exchange.get(routes.READY, Ready), access.place)
        self.waiting = Waiting(access, self._patience)
        self._threads: ThreadPoolExecutor | None = None
        self._lock = Lock()

    def one(self, ask: Callable[[], R]) -> R:
        """The result of a single request.

        Raises:
            RunLeft: whoever waits is to end here.
            MprError: the host refused, failed, or was away for too long.
        """
        left = Event()
        try:
            return self.waiting.result(self._begun(ask, left))
        finally:
            left.set()

    def in_order(self, batches: Iterable[B], ask: Callable[[B], R]) -> Iterator[R]:
        """`map`, with `UNDER_WAY` requests at a time and no more batches taken than that.

        Raises:
            RunLeft, MprError: as `one`.
        """
        left = Event()
        pending: deque[Future[R]] = deque()
        try:
            for batch in batches:
                pending.append(self._begun(lambda batch=batch: ask(batch), left))  # type: ignore[misc]
                if len(pending) >= UNDER_WAY:
                    yield self.waiting.result(pending.popleft())
            while pending:
                yield self.waiting.result(pending.popleft())
        finally:
            left.set()
            for future in pending:
                future.cancel()

    def close(self) -> None:
        """Let threads and connections go, without waiting for answers that nobody wants."""
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)
                self._threads = None
        self.exchange.close()

    def _begun(self, ask: Callable[[], R], left: Event) -> Future[R]:
        with self._lock:
            if self._threads is None:
                # Twice as many: those of a segment that was left may still wait for their answers.
                self._threads = ThreadPoolExecutor(2 * UNDER_WAY, thread_name_prefix="host")
            return self._threads.submit(self._patience.answered, ask, self.waiting.limit_s, left)


def request_id() -> str:
    """A name for one request, which the host's log has too."""
    return uuid.uuid4().hex
