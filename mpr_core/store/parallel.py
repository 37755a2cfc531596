"""Many small requests at once, in order, with few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

THREADS = 16


def in_parallel(function: Callable[[A], B], items: Iterable[A], threads: int = THREADS) -> Iterator[B]:
    """`function` of each item, in the items' order; no more than twice `threads` items are taken ahead of what was given out.

    Raises:
        Exception: what `function` raised first in that order; items that were begun are finished before.
    """
    with ThreadPoolExecutor(threads) as pool:
        begun: deque[Future[B]] = deque()
        try:
            for item in items:
                if len(begun) >= 2 * threads:
                    yield begun.popleft().result()
                begun.append(pool.submit(function, item))
            while begun:
                yield begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()
