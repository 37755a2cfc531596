"""One decode pass over a whole file: every presented frame's time, and where the first damage is.

What counts as damage: a packet the container marks as corrupt or cut short, a packet that does not decode, a frame the
decoder had to patch, a read error, a leap of the clock by more than an hour, a file that ends before its index does.
Everything stored before the damaged packet and shown before anything stored after it is good; nothing later counts. In
streams that may begin anywhere (ts, mpg) what comes before the first complete keyframe is not presented, and not
damage.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import av.error

from mpr_core.media.clock import SUBTICKS, FrameClock, frame_clock
from mpr_core.media.completeness import missing_bytes, stops_early
from mpr_core.media.decode import Decoded, VideoDecoder
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import duration_refused, open_media, size_refused

Progress = Callable[[float, float], None]

# The farthest that any codec stores a frame from where it is shown, with room.
REORDER_WINDOW = 64
LEAP_S = 3600
NO_STAMP = -(2**63)
_PROGRESS_EVERY = 32


class Survey(NamedTuple):
    """What one pass found.

    Args:
        times: every good frame's time, strictly increasing, in subticks of the time base.
        first: the first good frame (its size, format, orientation); None when there was none.
        last_duration: of the last good frame in ticks, as the container or codec gives it; 0 when neither does.
        irregular: timestamps had to be mended (see `clock`).
        keyframes_in_place: every keyframe was shown at its rank in stored order (what seeking by dts needs).
        damage: what is wrong after the last good frame; None for an undamaged file.
        uncertain: a damage was found by a pass with several threads, which cannot tell where exactly.
        positions: byte position of every packet, in stored order; -1 where the container does not tell.
        stamps: what the container stores for the same packets (pts or dts, in ticks); `NO_STAMP` where it stores none.
    """

    times: array[int]
    first: Any | None
    last_duration: int
    irregular: bool
    keyframes_in_place: bool
    damage: str | None
    uncertain: bool
    positions: array[int]
    stamps: array[int]


def survey(path: Path, limits: MediaLimits, stamps: str, progress: Progress | None) -> Survey:
    """Decode the whole file once; a second time on one thread when damage was met, to place it exactly.

    Args:
        stamps: `"pts"` or `"dts"`, what the container stores.
        progress: called with (seconds done, seconds the header claims or 0).
    Raises:
        MediaRefused: over a limit that the header did not reveal.
    """
    found = _Pass(path, limits, stamps, False, progress).run()
    return _Pass(path, limits, stamps, True, progress).run() if found.uncertain else found


class _Pass:
    def __init__(self, path: Path, limits: MediaLimits, stamps: str, exact: bool, progress: Progress | None) -> None:
        self.path, self.limits, self.stamps, self.progress = path, limits, stamps, progress
        self.exact = exact or stamps == "dts"
        self.times = array("q")
        self.packet_positions = array("q")
        self.packet_stamps = array("q")
        self.durations: deque[int] = deque(maxlen=REORDER_WINDOW * 2)
        self.first: Any | None = None
        self.recent: deque[tuple[int, int | None]] = deque(maxlen=REORDER_WINDOW)
        self.damage: str | None = None
        self.damaged_index: int | None = None
        self.delivered = -1
        self.in_place = True
        self.keys: set[int] = set()
        self.last_key = -1
        self.latest_pts: int | None = None
        self.latest_shown_pts: int | None = None

    def run(self) -> Survey:
        with open_media(self.path, self.limits) as container:
            self.decoder = VideoDecoder(container, self.limits, exact=self.exact, draft=True)
            stream = self.decoder.stream
            self.time_base: Fraction = stream.time_base
            self.clock: FrameClock = frame_clock(self.stamps, self.time_base, stream.average_rate)
            self.leap = int(LEAP_S * SUBTICKS / self.time_base)
            self.claimed_s = (container.duration or 0) / 1_000_000
            packets = self.decoder.packets()
            index = self._read(packets)
            self._finish(packets, index)
            # PyAV loses an error among the frames that several threads give at the very end, and what follows it.
            lost_tail = self.latest_pts is not None and self.latest_shown_pts != self.latest_pts
            uncertain = not self.exact and (self.damage is not None or lost_tail)
            if self.damage is None:
                self.damage = self._incomplete(container, stream)
        return Survey(
            times=self.times,
            first=self.first,
            last_duration=self.durations[-1] if self.durations else 0,
            irregular=self.clock.irregular,
            keyframes_in_place=self.in_place,
            damage=self.damage,
            uncertain=uncertain,
            positions=self.packet_positions,
            stamps=self.packet_stamps,
        )

    def _incomplete(self, container: Any, stream: Any) -> str | None:
        missing = missing_bytes(self.path, container, stream)
        if missing:
            return f"the file is cut short: {missing} bytes that its header or index promises are missing"
        read_s = float((self.times[-1] - self.times[0]) * self.time_base) / SUBTICKS if self.times else 0.0
        if self.packet_positions and stops_early(self.path, container, self.packet_positions[-1], read_s, self.limits):
            return f"of the {self.claimed_s:.1f} s that the header promises nothing can be read after {read_s:.1f} s"
        return None

    def _read(self, packets: Any) -> int:
        """Decode until the end or the first damage that counts; returns the index of the last packet read."""
        index = -1
        at_key = not self.decoder.starts_anywhere
        lead_pts: int | None = None
        while (packet := self._next(packets, index)) is not None:
            if not at_key:
                if not packet.is_keyframe or packet.is_corrupt:
                    continue
                at_key, lead_pts = True, packet.pts
            index += 1
            self._note(packet, index)
            if packet.is_corrupt and not packet.is_discard:
                self._damaged(index, "a packet is damaged or cut short")
            else:
                self._decode(packet, index, lead_pts)
            if self.damage is None:
                continue
            if not self.decoder.starts_anywhere or self._has_good_frame(lead_pts):
                break
            self.decoder.restart()
            self.damage, self.damaged_index, at_key = None, None, False
        return index

    def _has_good_frame(self, lead_pts: int | None) -> bool:
        """Whether anything came before the damage, in the decoder's pipeline included."""
        if not self.times:
            with suppress(av.error.FFmpegError):
                self._take(self.decoder.drain(), lead_pts)
        return bool(self.times)

    def _next(self, packets: Any, index: int) -> Any | None:
        try:
            return next(packets, None)
        except av.error.FFmpegError as error:
            self._damaged(index + 1, f"the file cannot be read further ({error.strerror})")
            return None

    def _note(self, packet: Any, index: int) -> None:
        self.clock.saw_packet(index, packet.dts)
        self.recent.append((index, packet.pts))
        stamp = packet.pts if self.stamps == "pts" else packet.dts
        self.packet_stamps.append(NO_STAMP if stamp is None else stamp)
        self.packet_positions.append(-1 if packet.pos is None else packet.pos)
        if packet.is_keyframe:
            self.keys.add(index)
        if not packet.is_discard and packet.pts is not None:
            self.latest_pts = packet.pts if self.latest_pts is None else max(self.latest_pts, packet.pts)

    def _decode(self, packet: Any, index: int, lead_pts: int | None) -> None:
        try:
            decoded = self.decoder.decode(packet, index)
        except av.error.FFmpegError as error:
            self._damaged(index, f"a packet does not decode ({error.strerror})")
            return
        self._take(decoded, lead_pts)

    def _take(self, decoded: list[Decoded], lead_pts: int | None = None) -> None:
        for frame, index in decoded:
            if lead_pts is not None and frame.pts is not None and frame.pts < lead_pts and not self.times:
                continue
            if self.damaged_index is not None and index is not None and index >= self.damaged_index:
                continue
            if frame.is_corrupt:
                self._damaged(index if index is not None else self.delivered + 1, "a frame is damaged")
                return
            if not self._count(frame, index):
                return

    def _count(self, frame: Any, index: int | None) -> bool:
        """Give the frame its time and count it; False when the clock leaps."""
        if frame.width * frame.height > self.limits.max_pixels_px:
            raise size_refused(self.path, frame.width, frame.height, self.limits)
        time = self.clock.stamp(frame.pts, index, self.decoder.reorders)
        if self.times and time - self.times[-1] > self.leap:
            self._damaged(
                index if index is not None else self.delivered + 1, "the timestamps leap by more than an hour"
            )
            return False
        if self.first is None:
            self.first = frame
        self._check_place(index)
        self.times.append(time)
        self.durations.append(frame.duration or 0)
        self.delivered = max(self.delivered, index if index is not None else self.delivered + 1)
        if frame.pts is not None:
            self.latest_shown_pts = max(frame.pts, self.latest_shown_pts or frame.pts)
        seconds = float((time - self.times[0]) * self.time_base) / SUBTICKS
        if seconds > self.limits.max_duration_s or len(self.times) > self.limits.max_frames:
            raise duration_refused(self.path, seconds, self.limits)
        if self.progress is not None and len(self.times) % _PROGRESS_EVERY == 0:
            self.progress(seconds, self.claimed_s)
        return True

    def _check_place(self, index: int | None) -> None:
        """Whether frames around each keyframe are shown on the side where they are stored, as times by rank need."""
        if index is None:
            self.in_place = False
            return
        if index in self.keys:
            self.in_place &= self.delivered < index
            self.last_key = index
        else:
            self.in_place &= index > self.last_key
        self.keys.discard(index)

    def _damaged(self, index: int, reason: str) -> None:
        """Note damage in the packet of that decode order; the earliest one limits what is good."""
        if self.damage is None:
            self.damage, self.damaged_index = reason, index
        elif self.damaged_index is not None:
            self.damaged_index = min(self.damaged_index, index)

    def _finish(self, packets: Any, index: int) -> None:
        """Take the frames still in the decoder that damage cannot have reached, and drop those it may have."""
        if self.damage is None or self.stamps == "pts":
            try:
                self._take(self.decoder.drain())
            except av.error.FFmpegError as error:
                self._damaged(index, f"a packet does not decode ({error.strerror})")
        if self.damaged_index is None or self.stamps != "pts":
            return
        later = [pts for number, pts in self.recent if number >= self.damaged_index and pts is not None]
        with suppress(av.error.FFmpegError):  # the damage is known already; what cannot be read shows nothing earlier
            later += [packet.pts for packet in islice(packets, REORDER_WINDOW) if packet.pts is not None]
        cutoff = min(later, default=None)
        while cutoff is not None and self.times and self.times[-1] >= cutoff * SUBTICKS + self.clock.offset:
            self.times.pop()
            if self.durations:
                self.durations.pop()
