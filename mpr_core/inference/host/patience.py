"""Patience with a host that is away or overloaded: one circuit breaker for all requests under way, and one total time for each.

While the host is away no request is sent but a look at its health, by one thread at a time; the others wait for what it finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Condition, Event
from typing import Literal, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    wait_exponential_jitter,
)

from mpr_core.errors import InferenceUnavailable
from mpr_core.inference.host.exchange import HostAway, HostBusy

_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.25, 5.0
_SLICE_S = 0.25
_BUSY = wait_exponential_jitter(initial=0.2, max=10)

R = TypeVar("R")


@dataclass(frozen=True)
class Trouble:
    """A host that does nothing for us.

    Attributes:
        since: `time.monotonic()` of the first request that got no result.
        at: the same as Unix time.
    """

    how: Literal["does not answer", "is overloaded"]
    why: str
    since: float = field(default_factory=time.monotonic)
    at: float = field(default_factory=time.time)

    def seconds(self) -> float:
        return time.monotonic() - self.since


class Left(Exception):
    """Whoever asked does not want the answer any more."""


class Patience:
    """The breaker.

    Args:
        look: asks the host whether it is ready; what it raises other than `HostAway` and `HostBusy` ends the wait.
    """

    def __init__(self, look: Callable[[], object], place: str) -> None:
        self._look, self._place = look, place
        self._changed = Condition()
        self._absence: Trouble | None = None
        self._overload: Trouble | None = None
        self._unanswered: dict[object, Trouble] = {}
        self._looking = False
        self._next_look, self._between_looks_s = 0.0, _FIRST_LOOK_S

    @property
    def trouble(self) -> Trouble | None:
        """What has been wrong with the host for longest; None while it gives results.

        A host that says that it is ready and yet gives no answer to a request is in trouble too, whatever else it answers.
        """
        with self._changed:
            found = [self._absence, self._overload, *self._unanswered.values()]
        return min((one for one in found if one is not None), key=lambda one: one.since, default=None)

    def answered(self, ask: Callable[[], R], limit_s: float, left: Event) -> R:
        """What `ask` returns, asked again while the host is away or overloaded.

        Args:
            left: set when nobody waits for the answer any more.
        Raises:
            InferenceUnavailable: that took longer than `limit_s`.
            Left: `left` was set.
        """

        def once() -> R:
            self._wait(limit_s, left)
            try:
                found = ask()
            except HostAway as away:
                self._is_away(str(away), once)
                raise
            except HostBusy as busy:
                self._overload = self._overload or Trouble("is overloaded", str(busy))
                raise
            self._overload = None
            return found

        retrying = Retrying(
            retry=retry_if_exception_type((HostAway, HostBusy)),
            stop=stop_after_delay(limit_s),
            wait=_wait_s,
            sleep=sleep_using_event(left),
            reraise=True,
        )
        try:
            return retrying(once)
        except HostBusy as busy:
            raise self._gave_up(Trouble("is overloaded", str(busy)), limit_s) from busy
        except HostAway as away:
            raise self._gave_up(Trouble("does not answer", str(away)), limit_s) from away
        finally:
            with self._changed:
                self._unanswered.pop(once, None)

    def _wait(self, limit_s: float, left: Event) -> None:
        """Return when the host is there, as far as is known.

        Raises:
            InferenceUnavailable: it has been away for longer than the limit.
        """
        while True:
            if left.is_set():
                raise Left
            with self._changed:
                absence = self._absence
                if absence is None:
                    return
                if self._looking or time.monotonic() < self._next_look:
                    if absence.seconds() >= limit_s:
                        raise self._gave_up(absence, limit_s)
                    self._changed.wait(_SLICE_S)
                    continue
                self._looking = True
            self._look_once()

    def _look_once(self) -> None:
        """Ask for the host's health, and say what that found."""
        found = self._absence
        try:
            self._look()
            found = None
        except HostBusy:  # it answers
            found = None
        except HostAway as away:
            found = None if found is None else replace(found, why=str(away))
        finally:
            with self._changed:
                self._looking, self._absence = False, found
                self._next_look = time.monotonic() + self._between_looks_s
                self._between_looks_s = min(_LONGEST_LOOK_S, 2 * self._between_looks_s)
                self._changed.notify_all()

    def _is_away(self, why: str, request: object) -> None:
        with self._changed:
            self._unanswered.setdefault(request, Trouble("does not answer", why))
            if self._absence is None:
                self._absence = Trouble("does not answer", why)
                self._next_look, self._between_looks_s = time.monotonic() + _FIRST_LOOK_S, _FIRST_LOOK_S

    def _gave_up(self, trouble: Trouble, limit_s: float) -> InferenceUnavailable:
        return InferenceUnavailable(
            f"the inference host {trouble.how}",
            where=self._place,
            why=f"{trouble.why}; it was waited for {limit_s:g} s",
            remedy="start it and run again: what was finished is kept; or unset INFERENCE_URL to infer in-process",
        )


def _wait_s(state: RetryCallState) -> float:
    """Before the next try: of an overloaded host what it asks for at least; one that is away is looked for instead, at first."""
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, HostBusy):
        return max(failure.retry_after_s, _BUSY(state))
    return 0.0 if state.attempt_number == 1 else _BUSY(state)
