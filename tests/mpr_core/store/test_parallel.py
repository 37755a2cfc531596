"""Many at once, in order, and never many in memory."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from mpr_core.store.parallel import THREADS, in_parallel


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(in_parallel(lambda n: n * n, range(200))) == [n * n for n in range(200)]
    assert list(in_parallel(str, [])) == []


@pytest.mark.parametrize("threads", [1, 4, THREADS])
def test_items_are_taken_only_a_little_ahead_of_what_was_given_out(threads: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    for given, _ in enumerate(in_parallel(lambda n: n, items(), threads), start=1):
        assert taken <= given + 2 * threads


def test_the_first_failure_in_order_is_raised_and_no_more_is_begun() -> None:
    begun = []
    held = Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("three")
        if number > 3:
            held.wait(0.01)
        return number

    with pytest.raises(ValueError, match="three"):
        list(in_parallel(work, range(1000), 2))
    assert len(begun) < 20


def test_who_stops_asking_leaves_nothing_running() -> None:
    results = in_parallel(lambda n: n, range(1000), 2)
    assert next(iter(results)) == 0
    assert hasattr(results, "close")
    results.close()
    assert list(results) == []
