"""Putting a question again that could not be answered just now: one policy, whichever provider; the SDKs repeat nothing of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from mpr_core.cascade.provider import Ask, Provider, ProviderError, Reply
from mpr_core.record import Record

# So soon a wait is left when the run is stopped or paused.
_SLICE_S = 0.25


class RetryPolicy(Record):
    """How often and how long."""

    tries: int = Field(default=5, ge=1, description="most calls for one question")
    total_s: float = Field(default=120, ge=0, description="no call is begun so long after the first one")
    first_wait_s: float = Field(default=1, ge=0)
    longest_wait_s: float = Field(default=30, ge=0, description="of waits that the provider does not prescribe")


@dataclass(frozen=True)
class Wait:
    """A wait before the next try: what a run tells of it."""

    failure: ProviderError
    tries: int
    wait_s: float


class _Left(Exception):
    """The wait was cut short."""


def answered(
    provider: Provider,
    ask: Ask,
    policy: RetryPolicy,
    *,
    leave: Callable[[], bool] = lambda: False,
    told: Callable[[Wait], None] = lambda _wait: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Reply:
    """The provider's answer; transient failures are met by asking again.

    A wait is the longer of the provider's Retry-After and an exponential one with jitter. One that would end later than the policy's total
    is not begun: sooner than it says, a provider is not asked again.

    Args:
        leave: asked several times a second during a wait; True ends it with the last failure. What it raises goes through.
        told: each wait, before it begins.
    Raises:
        ProviderError: the last failure, or the first that no repetition helps.
    """
    patience = _Patience(policy, leave, told, sleep)
    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, ProviderError) and error.transient),
        stop=patience.ends,
        wait=patience.wait_s,
        before_sleep=patience.tell,
        sleep=patience.sleep,
        reraise=True,
    )
    try:
        return retrying(provider.ask, ask)
    except _Left:
        failure = patience.last
    assert failure is not None  # there was a wait, and it was told of
    raise failure


class _Patience:
    """The policy, in the form that tenacity asks for."""

    def __init__(
        self,
        policy: RetryPolicy,
        leave: Callable[[], bool],
        told: Callable[[Wait], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._policy, self._leave, self._told, self._sleep = policy, leave, told, sleep
        first_s = policy.first_wait_s
        self._backoff = wait_exponential_jitter(initial=first_s, max=policy.longest_wait_s, jitter=first_s)
        self.last: ProviderError | None = None

    def wait_s(self, state: RetryCallState) -> float:
        return max(self._backoff(state), _failure(state).retry_after_s or 0.0)

    def ends(self, state: RetryCallState) -> bool:
        since_s = max(state.seconds_since_start or 0.0, state.idle_for)
        return state.attempt_number >= self._policy.tries or since_s + state.upcoming_sleep > self._policy.total_s

    def tell(self, state: RetryCallState) -> None:
        self.last = _failure(state)
        self._told(Wait(self.last, state.attempt_number, state.upcoming_sleep))

    def sleep(self, seconds: float) -> None:
        left_s = seconds
        while not self._leave():
            if left_s <= 0:
                return
            self._sleep(min(_SLICE_S, left_s))
            left_s -= _SLICE_S
        raise _Left


def _failure(state: RetryCallState) -> ProviderError:
    failure = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(failure, ProviderError)  # only such are tried again
    return failure
