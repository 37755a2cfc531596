"""From a container's timestamps to strictly increasing frame times, exactly.

Two kinds of container exist. Most store when each frame is shown (pts). Some old ones (avi, wmv, mkv made from avi)
store only the order in which frames are decoded (dts); there the k-th frame shown takes the k-th stored stamp, since
what FFmpeg guesses from neighbouring packets is wrong for B-frames.

Rules where pts are not clean, each of which makes a file untrusted for seeking (`irregular`):
- no pts on a frame: one nominal interval after the frame before;
- the same pts as the frame before, or one up to `RESTART_S` earlier: shown 1/1024 tick after the frame before, so that
  the later picture replaces the earlier one as in a player, and nothing that follows is moved;
- an earlier pts by more than that (a recording spliced or restarted): this frame follows the one before after one
  nominal interval, and all later ones keep their distance to it.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import Protocol

# Clocks count in 1/1024 of the stream's tick, in plain integers: exact, and room between two ticks for frames with
# equal pts.
SUBTICKS = 1024
RESTART_S = 1


class FrameClock(Protocol):
    """Gives every presented frame its time, in subticks of the stream's time base."""

    irregular: bool
    offset: int
    """What is added to a stored stamp, in subticks; changes only where a recording restarts."""

    def saw_packet(self, index: int, dts: int | None) -> None:
        """Note a packet, in decode order, before it is decoded."""

    def stamp(self, pts: int | None, index: int | None, reorders: bool) -> int:
        """The time of the next presented frame, greater than all before; call once per frame in presentation order."""


class PtsClock:
    """Times from stored presentation stamps."""

    def __init__(self, time_base: Fraction, rate: Fraction | None) -> None:
        self.irregular = False
        self._last: int | None = None
        self.offset = 0
        self._interval = max(1, round(SUBTICKS / (rate * time_base))) if rate else SUBTICKS
        self._restart = int(SUBTICKS * RESTART_S / time_base)

    def saw_packet(self, index: int, dts: int | None) -> None:
        """Nothing to note: frames carry their own stamps."""

    def stamp(self, pts: int | None, index: int | None, reorders: bool) -> int:
        """See `FrameClock.stamp`."""
        last = self._last
        if pts is None:
            self.irregular = True
            time = 0 if last is None else last + self._interval
        else:
            time = pts * SUBTICKS + self.offset
            if last is not None and time <= last:
                self.irregular = True
                if last - time > self._restart:
                    self.offset += last + self._interval - time
                    time = last + self._interval
                else:
                    time = last + 1
        self._last = time
        return time


class DtsClock:
    """Times by rank from decode stamps: the k-th frame shown takes the k-th stamp of the packets that gave a frame."""

    def __init__(self, time_base: Fraction, rate: Fraction | None) -> None:
        self.irregular = False
        self.offset = 0
        self._last: int | None = None
        self._interval = max(1, round(SUBTICKS / (rate * time_base))) if rate else SUBTICKS
        self._waiting: deque[tuple[int, int]] = deque()
        self._newest: int | None = None

    def saw_packet(self, index: int, dts: int | None) -> None:
        """See `FrameClock.saw_packet`."""
        if dts is not None:
            stamp = dts * SUBTICKS
        else:
            self.irregular = True
            stamp = 0 if self._newest is None else self._newest + self._interval
        self._newest = stamp
        self._waiting.append((index, stamp))

    def stamp(self, pts: int | None, index: int | None, reorders: bool) -> int:
        """See `FrameClock.stamp`. Without reordering, packets before this frame's own gave none: their stamps go."""
        if index is not None and not reorders:
            while len(self._waiting) > 1 and self._waiting[0][0] < index:
                self._waiting.popleft()
        last = self._last
        time = 0 if last is None else last + self._interval
        if self._waiting:
            time = self._waiting.popleft()[1]
        if last is not None and time <= last:
            self.irregular = True
            time = last + 1
        self._last = time
        return time


def frame_clock(stamps: str, time_base: Fraction, rate: Fraction | None) -> FrameClock:
    """The clock for a container that stores `"pts"` or only `"dts"`; `rate` is the nominal frame rate, if known."""
    return PtsClock(time_base, rate) if stamps == "pts" else DtsClock(time_base, rate)
