"""What a training says while it runs."""

from __future__ import annotations

import sys
from typing import TextIO

from gpu_service.train.fitting import Epoch
from mpr_core.report.clock import duration

_STEPS = 10


class Terminal:
    """Lines that overwrite one another on a terminal, and few of them in a file."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream, self._is_terminal = stream, stream.isatty()

    def say(self, line: str) -> None:
        """A line that stays."""
        print(line, file=self._stream, flush=True)

    def drawn(self, done: int, of: int) -> None:
        """So many pictures are drawn."""
        self._pass(f"drawing picture {done}/{of}", done, of)

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is over."""
        line = f"epoch {epoch.number}/{epoch.of}   loss {epoch.loss:.2f}   mAP50 {epoch.map50:.3f}   "
        self._pass(line + f"{duration(epoch.left_s)} left", epoch.number, epoch.of)

    def _pass(self, line: str, done: int, of: int) -> None:
        if self._is_terminal:
            print(f"\r{line}\x1b[K", end="\n" if done == of else "", file=self._stream, flush=True)
        elif done == of or done * _STEPS // of > (done - 1) * _STEPS // of:
            self.say(line)
