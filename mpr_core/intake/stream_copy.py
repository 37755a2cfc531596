"""The packets of one planned chunk in a file of their own, not decoded: the same bytes, the same times less the cut's."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import av
import av.error

from mpr_core.errors import MprError
from mpr_core.intake.cut_plan import MATROSKA, CutPlan, PlannedChunk
from mpr_core.intake.packet_index import PacketIndex
from mpr_core.media.decode import packets_of, read_only
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import open_media, select_video

# How far before the first packet a seek aims, one attempt after the other; after the last, the file is read from its beginning.
_SEEK_BACK_S = (2, 10, 40)
# How far behind the last picture sound of the chunk may be stored.
_LATE_SOUND_S = 2
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class _Elsewhere(Exception):
    """Reading after a seek did not meet the packets that the index names."""


def copy_chunk(
    path: Path, index: PacketIndex, plan: CutPlan, chunk: PlannedChunk, target: Path, limits: MediaLimits
) -> None:
    """Write one chunk.

    Raises:
        MprError: the source is no longer the file that was indexed, or the chunk cannot be written.
    """
    first_s = index.pts[chunk.first] * index.time_base
    backs = [back_s for back_s in _SEEK_BACK_S if first_s - back_s > index.start_s] if chunk.first else []
    for back_s in (*backs, None):
        try:
            with open_media(path, limits) as container:
                if back_s is not None:
                    aim = int((first_s - back_s) / index.time_base)
                    container.seek(aim, stream=select_video(container))
                _Copy(container, index, plan, chunk, sought=back_s is not None).write(target)
            return
        except _Elsewhere:
            continue
        except av.error.FFmpegError as error:
            if back_s is None or error.errno in _NO_ROOM:
                raise _not_written(path, chunk, target, error) from error
    raise MprError(
        "a source does not read as it did before",
        where=str(path),
        why=f"the packets of chunk {chunk.number} are not where they were",
        remedy="run the same command again when nothing writes to the file any more",
    )


def _not_written(path: Path, chunk: PlannedChunk, target: Path, error: av.error.FFmpegError) -> MprError:
    full = error.errno in _NO_ROOM
    return MprError(
        "a chunk cannot be written",
        where=f"chunk {chunk.number} of {path}",
        why=error.strerror.lower(),
        remedy=f"make room in {target.parent.parent} (TMPDIR names another folder) and run the same command again"
        if full
        else "mpr ingest the file whole, or convert it: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4",
    )


class _Copy:
    def __init__(self, container: Any, index: PacketIndex, plan: CutPlan, chunk: PlannedChunk, *, sought: bool) -> None:
        self.container, self.index, self.plan, self.chunk, self.sought = container, index, plan, chunk, sought
        self.picture = select_video(container)
        self.sound = container.streams.best("audio") if plan.sound else None
        read_only(container, self.picture, *([] if self.sound is None else [self.sound]))
        self.dts = decode_stamps(index, chunk)

    def write(self, target: Path) -> None:
        with av.open(str(target), "w", format=self.plan.muxer, container_options=self._options()) as out:
            taken = [self.picture, *([] if self.sound is None else [self.sound])]
            streams = {s.index: out.add_stream_from_template(s, opaque=True) for s in taken}
            for packet in self._shifted():
                packet.stream = streams[packet.stream.index]
                out.mux(packet)

    def _options(self) -> dict[str, str]:
        """Nothing of the machine or the hour, so that the same packets give the same bytes; edit lists as exact as the pictures' times."""
        options = {"fflags": "+bitexact"}
        if self.plan.muxer != MATROSKA:
            options |= {"movflags": "+faststart", "movie_timescale": str(self.index.time_base.denominator)}
        return options

    def _shifted(self) -> Iterator[Any]:
        """The chunk's packets on its own clock; pictures are held against the index, one by one."""
        index, chunk = self.index, self.chunk
        number, ended = (None if self.sought else 0), False
        for packet in self._read():
            if packet.stream.index != self.picture.index:
                if packet.pts is not None and self._is_heard(packet):
                    yield self._on_chunk_clock(packet)
                elif ended and packet.pts is not None and packet.pts * packet.time_base > self._end_s():
                    break
                continue
            if number is None:
                number = self._entry(packet)
            elif number == 0 and not packet.is_keyframe:
                continue
            if number is not None and number < chunk.stop:
                if packet.pts != index.pts[number]:
                    raise _Elsewhere
                if number >= chunk.first:
                    packet.pts, packet.dts = packet.pts - chunk.zero, self.dts[number - chunk.first] - chunk.zero
                    yield packet
                number += 1
            ended = number is not None and number >= chunk.stop
            if ended and (self.sound is None or packet.pts is None or self._is_late(packet)):
                break
        if not ended:
            raise _Elsewhere

    def _read(self) -> Iterator[Any]:
        """Packets until the end, or the place where the index pass met damage."""
        try:
            yield from packets_of(self.container)
        except av.error.FFmpegError:
            if self.index.damage_reason is None:
                raise

    def _entry(self, packet: Any) -> int | None:
        """The number of a packet met after a seek, once it is the chunk's first."""
        first_pts = self.index.pts[self.chunk.first]
        if packet.is_keyframe and packet.pts is not None and packet.pts > first_pts:
            raise _Elsewhere
        return self.chunk.first if packet.is_keyframe and packet.pts == first_pts else None

    def _is_heard(self, packet: Any) -> bool:
        return bool(self.chunk.zero * self.index.time_base <= packet.pts * packet.time_base < self._end_s())

    def _is_late(self, packet: Any) -> bool:
        return bool(packet.pts * packet.time_base > self._end_s() + _LATE_SOUND_S)

    def _end_s(self) -> Fraction:
        """The container's time at which the chunk ends."""
        return self.chunk.end_s + self.index.start_s if self.chunk.until is not None else Fraction(2**62)

    def _on_chunk_clock(self, packet: Any) -> Any:
        shift = ceil(self.chunk.zero * self.index.time_base / packet.time_base)
        packet.dts = packet.pts = packet.pts - shift
        return packet


def decode_stamps(index: PacketIndex, chunk: PlannedChunk) -> list[int]:
    """A decode stamp for each packet: rising, none later than its picture is shown. Containers that store none leave them to the reader."""
    shown = index.pts[chunk.first : chunk.stop]
    rising: list[int] = []
    for ticks in sorted(shown):
        rising.append(max(ticks, rising[-1] + 1) if rising else ticks)
    early = max(stamp - ticks for stamp, ticks in zip(rising, shown, strict=True))
    return [stamp - early for stamp in rising]
