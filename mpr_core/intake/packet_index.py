"""One pass over a source's video packets, none of them decoded but the first picture: where it may be cut.

A cut is possible at a keyframe when everything stored before it is shown before everything stored from it on. Where pictures that are
stored behind the keyframe are shown before it (an open group of pictures), they need the group before it to decode.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median_low
from typing import Any

import av.error

from mpr_core.errors import MediaRefused
from mpr_core.intake.recovery import recovers_at_once
from mpr_core.media.completeness import missing_bytes
from mpr_core.media.decode import VideoDecoder, packets_of, read_only, stored_stamps
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import REMEDY_AGAIN, codec_name, open_media, select_video
from mpr_core.media.probe import first_instant_s

Reading = Callable[[float], None]
"""Called with the part of the file that was read, 0 to 1."""

_LAST_INTERVALS = 1000
_TELL_EVERY = 4096
_WHOLE = "mpr ingest the file whole, or convert it: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4"


@dataclass(frozen=True)
class PacketIndex:
    """The video packets of a source in stored order, and what its header says.

    Attributes:
        pts: ticks; from the first keyframe on.
        keys: numbers of the keyframes from which a decoder shows everything exactly.
        corrupt: numbers of packets that are damaged or cut short.
        first_shown: ticks of the first picture that a player shows.
        start_s: the container's time at which the source's clock is 0.
        end_s: end of the last picture, source clock.
        sound: codec of the sound that a player would play.
        damage_reason: why reading ended before the file's end.
        size_bytes: of the file when reading began.
        mtime_ns: when it had been written last.
    """

    time_base: Fraction
    pts: array[int]
    keys: tuple[int, ...]
    corrupt: tuple[int, ...]
    first_shown: int
    start_s: Fraction
    end_s: Fraction
    container: str
    codec: str
    size_px: tuple[int, int]
    average_fps: Fraction | None
    sound: str | None
    damage_reason: str | None
    size_bytes: int
    mtime_ns: int

    def second(self, ticks: int) -> Fraction:
        """Ticks as a second on the source's clock."""
        return ticks * self.time_base - self.start_s

    def borders(self) -> list[tuple[int, int, bool]]:
        """(keyframe number, ticks of the first picture shown from there on, whether that needs the group before), but for the first."""
        until = list(accumulate(self.pts, max))
        later = list(accumulate(reversed(self.pts), min))[::-1]
        return [(key, later[key], later[key] < self.pts[key]) for key in self.keys[1:] if until[key - 1] < later[key]]


def index_packets(path: Path, limits: MediaLimits, reading: Reading = lambda _part: None) -> PacketIndex:
    """Read every video packet once.

    Raises:
        MediaRefused: not an accepted video (see `open_media`), or one whose packets do not tell when they are shown.
    """
    with open_media(path, limits, as_stored=True) as container:
        before = path.stat()
        if stored_stamps(container).kind == "dts":
            raise _not_cut(
                path, f"{container.format.name} stores in which order pictures decode, not when they are shown"
            )
    first_shown = _first_shown(path, limits)
    with open_media(path, limits) as container:
        stream = select_video(container)
        read_only(container, stream)
        found = _Pass(path, container, stream, first_shown)
        found.run(reading)
        start_s = first_instant_s(container, first_shown * stream.time_base)
        sound = container.streams.best("audio")
        return PacketIndex(
            time_base=stream.time_base,
            pts=found.pts,
            keys=tuple(found.keys),
            corrupt=tuple(found.corrupt),
            first_shown=first_shown,
            start_s=start_s,
            end_s=found.end() * stream.time_base - start_s,
            container=container.format.name,
            codec=codec_name(stream),
            size_px=(stream.codec_context.width, stream.codec_context.height),
            average_fps=stream.average_rate,
            sound=None if sound is None or sound.codec_context is None else codec_name(sound),
            damage_reason=found.damage or _missing(path, container, stream),
            size_bytes=before.st_size,
            mtime_ns=before.st_mtime_ns,
        )


class _Pass:
    def __init__(self, path: Path, container: Any, stream: Any, first_shown: int) -> None:
        self.path, self.container, self.stream, self.first_shown = path, container, stream, first_shown
        self.codec = codec_name(stream)
        self.pts: array[int] = array("q")
        self.keys: list[int] = []
        self.corrupt: list[int] = []
        self.hidden_from: int | None = None
        self.latest: int | None = None
        self.last_duration = 0
        self.damage: str | None = None

    def run(self, reading: Reading) -> None:
        size = self.path.stat().st_size
        try:
            for packet in packets_of(self.container, self.stream):
                if not self.keys and not packet.is_keyframe:
                    continue
                self._note(packet)
                if len(self.pts) % _TELL_EVERY == 0 and packet.pos is not None:
                    reading(packet.pos / size)
        except av.error.FFmpegError as error:
            self.damage = f"the file cannot be read further ({error.strerror})"
        if self.hidden_from is not None:
            del self.pts[self.hidden_from :]
            self.keys = [key for key in self.keys if key < self.hidden_from]
        if not self.keys:
            raise MediaRefused(
                "no frame can be shown",
                where=str(self.path),
                why=self.damage or "the video stream holds no keyframe",
                remedy=REMEDY_AGAIN,
            )

    def _note(self, packet: Any) -> None:
        number = len(self.pts)
        if packet.pts is None:
            raise _not_cut(self.path, f"packet {number} does not say when it is shown")
        if packet.is_discard and packet.pts >= self.first_shown:
            self.hidden_from = number if self.hidden_from is None else self.hidden_from
        elif self.hidden_from is not None:
            raise _not_cut(self.path, "its edit list hides pictures in its middle, or some that others need at its end")
        elif packet.is_keyframe:
            if self.pts and packet.pts <= self.pts[self.keys[-1]]:
                at_s = float(self.pts[self.keys[-1]] * self.stream.time_base)
                raise _not_cut(self.path, f"its timestamps begin anew after {at_s:.3f} s, as in a spliced recording")
            if not self.keys or recovers_at_once(self.codec, bytes(packet)):
                self.keys.append(number)
        if packet.is_corrupt and not packet.is_discard:
            self.corrupt.append(number)
        if self.latest is None or packet.pts > self.latest:
            self.latest, self.last_duration = packet.pts, packet.duration or 0
        self.pts.append(packet.pts)

    def end(self) -> int:
        """Ticks at which the last picture ends: as the file says, else after the usual interval."""
        if self.last_duration > 0:
            return max(self.pts) + self.last_duration
        shown = sorted(set(self.pts[-_LAST_INTERVALS:]))
        intervals = [later - earlier for earlier, later in pairwise(shown)]
        rate = self.stream.average_rate or Fraction(25)
        return max(self.pts) + (median_low(intervals) if intervals else max(1, round(1 / rate / self.stream.time_base)))


def _first_shown(path: Path, limits: MediaLimits) -> int:
    """Ticks of the first picture that a decoder gives out from the file's beginning."""
    with open_media(path, limits) as container:
        decoder = VideoDecoder(container, limits, exact=True)
        key_pts: int | None = None
        for index, packet in enumerate(decoder.packets()):
            if key_pts is None and (not packet.is_keyframe or packet.pts is None):
                continue
            key_pts = packet.pts if key_pts is None else key_pts
            with suppress(av.error.FFmpegError):  # a damaged beginning: the first whole picture counts
                for frame, _ in decoder.decode(packet, index):
                    leads = decoder.starts_anywhere and frame.pts is not None and frame.pts < key_pts
                    if frame.pts is not None and not frame.is_corrupt and not leads:
                        return int(frame.pts)
        with suppress(av.error.FFmpegError):
            for frame, _ in decoder.drain():
                if frame.pts is not None:
                    return int(frame.pts)
    raise MediaRefused(
        "no frame can be shown",
        where=str(path),
        why="the video stream holds no complete frame",
        remedy=REMEDY_AGAIN,
    )


def _missing(path: Path, container: Any, stream: Any) -> str | None:
    missing = missing_bytes(path, container, stream)
    return f"the file is cut short: {missing} bytes that its header or index promises are missing" if missing else None


def _not_cut(path: Path, why: str) -> MediaRefused:
    return MediaRefused("the video cannot be cut without decoding it", where=str(path), why=why, remedy=_WHOLE)
