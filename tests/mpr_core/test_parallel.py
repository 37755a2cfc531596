"""Many at once, in order, and never many in memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from mpr_core.parallel import in_parallel


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def test_results_come_in_the_order_of_the_items(pool: ThreadPoolExecutor) -> None:
    assert list(in_parallel(pool, lambda n: n * n, range(200), 4)) == [n * n for n in range(200)]
    assert list(in_parallel(pool, str, [], 4)) == []


@pytest.mark.parametrize("ahead", [1, 4, 32])
def test_items_are_taken_only_a_little_ahead_of_what_was_given_out(pool: ThreadPoolExecutor, ahead: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    for given, _ in enumerate(in_parallel(pool, lambda n: n, items(), ahead), start=1):
        assert taken <= given + ahead


def test_the_first_failure_in_order_is_raised_and_no_more_is_begun(pool: ThreadPoolExecutor) -> None:
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
        list(in_parallel(pool, work, range(1000), 4))
    assert len(begun) < 20


def test_who_stops_asking_leaves_nothing_running(pool: ThreadPoolExecutor) -> None:
    finished = []
    results = in_parallel(pool, finished.append, range(1000), 4)
    assert next(iter(results)) is None
    assert hasattr(results, "close")
    results.close()
    count = len(finished)
    assert count <= 5
    assert list(results) == []
    assert len(finished) == count


def test_several_may_use_one_pool_at_a_time(pool: ThreadPoolExecutor) -> None:
    ones, twos = (in_parallel(pool, lambda n, by=by: n * by, range(100), 8) for by in (1, 2))  # type: ignore[misc]
    assert list(zip(ones, twos, strict=True)) == [(n, 2 * n) for n in range(100)]
