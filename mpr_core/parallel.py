"""Many calls at once, results in order, few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_parallel(pool: Executor, function: Callable[[A], B], items: Iterable[A], ahead: int) -> Iterator[B]:
    """`function` of each item, in the items' order; no more than `ahead` are begun beyond the one that is given out.

    Args:
        pool: threads that outlive this, as to start them takes longer than some dozen short calls. `function` must not wait for another
            call in the same pool.
    Raises:
        Exception: what `function` raised first in that order; calls that run are finished before.
    """
    begun: deque[Future[B]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(function, item))
            if len(begun) > ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        wait([running for running in begun if not running.cancel()])
