"""The one retry policy, with a provider that fails as it is told to and waits that take no time."""

from __future__ import annotations

import pytest

from mpr_core.cascade.provider import Ask, FailureKind, ProviderError, Reply, Usage
from mpr_core.cascade.retry import RetryPolicy, Wait, answered

ASK = Ask("", "", (), {})
REPLY = Reply({}, Usage(), "m")
POLICY = RetryPolicy(tries=4, total_s=100, first_wait_s=1, longest_wait_s=20)


class Failing:
    """Fails in these ways, then answers."""

    name, model = "vlm", "m"

    def __init__(self, *failures: ProviderError) -> None:
        self.failures = list(failures)
        self.asked = 0

    def ask(self, ask: Ask, /) -> Reply:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return REPLY

    def close(self) -> None:
        """Nothing is held."""


def failed(kind: FailureKind, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError("no", kind=kind, retry_after_s=retry_after_s)


def test_transient_failures_are_asked_again_with_growing_waits() -> None:
    provider, waits, slept = Failing(failed("unavailable"), failed("timeout"), failed("disconnected")), [], []
    assert answered(provider, ASK, POLICY, told=waits.append, sleep=slept.append) is REPLY
    assert [wait.tries for wait in waits] == [1, 2, 3]
    assert [wait.failure.kind for wait in waits] == ["unavailable", "timeout", "disconnected"]
    for wait, least_s in zip(waits, (1, 2, 4), strict=True):
        assert least_s <= wait.wait_s <= least_s + 1
    assert sum(slept) == pytest.approx(sum(wait.wait_s for wait in waits))


@pytest.mark.parametrize("kind", ["refused", "invalid", "truncated", "rejected", "unauthorised"])
def test_a_failure_that_no_repetition_helps_is_final(kind: FailureKind) -> None:
    provider = Failing(failed(kind))
    with pytest.raises(ProviderError) as caught:
        answered(provider, ASK, POLICY, sleep=lambda _s: None)
    assert (caught.value.kind, provider.asked) == (kind, 1)


def test_after_so_many_tries_the_last_failure_is_told() -> None:
    provider = Failing(*[failed("unavailable")] * 3, failed("timeout"))
    with pytest.raises(ProviderError) as caught:
        answered(provider, ASK, POLICY, sleep=lambda _s: None)
    assert (caught.value.kind, provider.asked) == ("timeout", 4)


def test_a_provider_is_not_asked_sooner_than_it_says() -> None:
    waits: list[Wait] = []
    answered(Failing(failed("rate_limited", 45)), ASK, POLICY, told=waits.append, sleep=lambda _s: None)
    assert [wait.wait_s for wait in waits] == [45]


def test_a_wait_that_would_end_too_late_is_not_begun() -> None:
    waits: list[Wait] = []
    provider = Failing(failed("rate_limited", 60), failed("rate_limited", 60))
    with pytest.raises(ProviderError):
        answered(provider, ASK, POLICY, told=waits.append, sleep=lambda _s: None)
    assert (provider.asked, len(waits)) == (2, 1)


def test_a_stopped_run_leaves_in_the_middle_of_a_wait() -> None:
    slept: list[float] = []
    provider = Failing(failed("rate_limited", 50))
    with pytest.raises(ProviderError, match="no") as caught:
        answered(provider, ASK, POLICY, leave=lambda: len(slept) == 3, sleep=slept.append)
    assert (caught.value.kind, provider.asked, slept) == ("rate_limited", 1, [0.25] * 3)


def test_what_leave_raises_goes_through() -> None:
    def leave() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered(Failing(failed("timeout")), ASK, POLICY, leave=leave)
