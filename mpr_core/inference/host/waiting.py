"""Waiting for an answer of the host on the run's own thread, which hears what is wrong and may be held or left meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from threading import Lock
from typing import TypeVar

from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.patience import Patience, Trouble
from mpr_core.inference.watch import Watch

_SLICE_S = 0.25
_TOLD_AFTER_S = 3.0
"""Shorter troubles are nothing that anyone has to know."""

R = TypeVar("R")


class Waiting:
    """What a run is told of its host.

    Attributes:
        watch: the run.
    """

    def __init__(self, access: HostAccess, patience: Patience) -> None:
        self._access, self._patience = access, patience
        self._told: Trouble | None = None
        self._telling = Lock()  # several segments are waited for at a time; each thing is told once
        self.watch = Watch()

    @property
    def limit_s(self) -> float:
        """How long the host is waited for."""
        return self._access.patience_s if self.watch.limit_s is None else self.watch.limit_s

    def result(self, future: Future[R]) -> R:
        """The future's result, however long that takes.

        Raises:
            RunLeft: the run is to end here.
            MprError: the host refused, failed, or was away for too long.
        """
        while True:
            try:
                found = future.result(_SLICE_S)
            except NotYet:
                if future.done():  # it ended with a time-out of its own
                    raise
                self._tell()
                self.watch.border()
                continue
            self._tell()
            return found

    def _tell(self) -> None:
        with self._telling:
            trouble = self._patience.trouble
            if trouble is None:
                ended, self._told = self._told, None
                if ended is not None:
                    self.watch.say(f"the inference host is back after {ended.seconds():.0f} s")
            elif self._told is None and trouble.seconds() >= _TOLD_AFTER_S:
                self._told = trouble
                self.watch.warn(self._in_words(trouble))

    def _in_words(self, trouble: Trouble) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(trouble.at))
        return (
            f"the inference host {trouble.how} since {clock}: {self._access.place} ({trouble.why}). "
            f"The stage waits for it up to {self.limit_s:g} s and goes on by itself when it is back: start the host, or stop the run"
        )
