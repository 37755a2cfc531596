"""One run of a decoder through a probed file, from its beginning or a keyframe, frames at the probe's times."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error

from mpr_core.errors import MprError
from mpr_core.media.clock import SUBTICKS, frame_clock
from mpr_core.media.decode import Decoded, VideoDecoder
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.open import open_media


def subticks_down(second: Fraction, probe: MediaProbe) -> int:
    """A second on the chunk's clock as the container's own time, in whole subticks of the time base, rounded down."""
    return (second + probe.start_s) * SUBTICKS // probe.time_base


def subticks_up(second: Fraction, probe: MediaProbe) -> int:
    """As `subticks_down`, rounded up."""
    return -((second + probe.start_s) * -SUBTICKS // probe.time_base)


def timed_frames(
    path: Path, probe: MediaProbe, limits: MediaLimits, seek_to: int | None = None
) -> Iterator[tuple[int, Any]]:
    """Presented frames in order, each with its time in subticks.

    Args:
        seek_to: ticks; start at the keyframe at or before this time. None starts at the beginning.

    After a seek nothing is given before that keyframe's own time: frames shown before it but stored after it (an open
    group of pictures) refer to pictures that were not decoded. The run ends at once when there is no such
    keyframe or it does not come out as one; the caller checks that the first time is not too late.

    Raises:
        MprError: a file that was probed as undamaged does not decode.
    """
    with open_media(path, limits) as container:
        decoder = VideoDecoder(container, limits, exact=probe.stamps == "dts" or probe.damaged_from_s is not None)
        if seek_to is not None:
            try:
                container.seek(seek_to, stream=decoder.stream)
            except av.error.FFmpegError:
                return
        yield from _Run(path, probe, decoder, seek_to is not None).frames()


class _Run:
    def __init__(self, path: Path, probe: MediaProbe, decoder: VideoDecoder, sought: bool) -> None:
        self.path, self.probe, self.decoder, self.sought = path, probe, decoder, sought
        self.clock = frame_clock(probe.stamps, probe.time_base, decoder.stream.average_rate)
        self.key_pts: int | None = None
        self.given = False
        self.broken: int | None = None

    def frames(self) -> Iterator[tuple[int, Any]]:
        first = subticks_down(self.probe.first_frame_s, self.probe)
        for frame, index in self._decoded():
            if self.broken is not None and index is not None and index >= self.broken:
                continue
            if frame.is_corrupt:
                if self.given:
                    self._meet_damage(index)
                continue
            if not self.given and self._is_leading(frame):
                continue
            if not self.given and self.sought and not self._is_entry(frame, index):
                return
            time = self.clock.stamp(frame.pts, index, self.decoder.reorders)
            if time < first:
                continue
            self.given = True
            yield time, frame

    def _decoded(self) -> Iterator[Decoded]:
        waiting, index = self.sought or self.decoder.starts_anywhere, -1
        packets = self.decoder.packets()
        while (packet := self._next(packets)) is not None:
            if waiting and (not packet.is_keyframe or packet.is_corrupt):
                continue
            if waiting:
                waiting, self.key_pts = False, packet.pts
            index += 1
            self.clock.saw_packet(index, packet.dts)
            if not packet.is_corrupt or packet.is_discard:
                try:
                    yield from self.decoder.decode(packet, index)
                    if self.broken is None:
                        continue
                except av.error.FFmpegError as error:
                    self._tolerate(error)
            if self.sought and not self.given:
                continue
            # As the probe did: what was complete before the damage comes out, then nothing.
            yield from self._drained()
            if self.given:
                return
            self.decoder.restart()
            waiting = True
        yield from self._drained()

    def _drained(self) -> Iterator[Decoded]:
        try:
            yield from self.decoder.drain()
        except av.error.FFmpegError as error:
            self._tolerate(error)

    def _next(self, packets: Iterator[Any]) -> Any | None:
        try:
            return next(packets, None)
        except av.error.FFmpegError as error:
            self._tolerate(error)
            return None

    def _tolerate(self, error: av.error.FFmpegError) -> None:
        """Errors are expected behind the damage, before the first frame of a stream, and around a sought keyframe."""
        if self.given and not self.sought and self.probe.damaged_from_s is None:
            raise self._changed(str(error.strerror)) from error

    def _meet_damage(self, index: int | None) -> None:
        """A frame came out broken: what is stored before it may still follow, nothing else."""
        if self.probe.damaged_from_s is None:
            raise self._changed("a frame is damaged")
        self.broken = index

    def _is_leading(self, frame: Any) -> bool:
        return self.key_pts is not None and frame.pts is not None and frame.pts < self.key_pts

    def _is_entry(self, frame: Any, index: int | None) -> bool:
        """Whether a run may begin with this frame: the keyframe, or what follows a hidden or a gradual one."""
        if self.probe.stamps == "dts":
            return index == 0 and bool(frame.key_frame)
        return bool(frame.key_frame) or frame.pts != self.key_pts

    def _changed(self, why: str) -> MprError:
        return MprError(
            "a video that was whole when it was probed does not decode",
            where=str(self.path),
            why=why,
            remedy="the file has changed since it was ingested, or its disk fails: ingest it again",
        )
