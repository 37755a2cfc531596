"""One decoder over one opened container: packets in, frames out, each frame labelled with the packet it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

import av.error
import av.logging
from av.codec.context import ThreadType
from av.container.core import Flags
from av.stream import Discard

from mpr_core.cores import cores
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import decoder_options, open_media, select_video

# Each further thread holds further frames; past this many, memory grows faster than speed.
MAX_THREADS = 8
_GEN_PTS: int = Flags.gen_pts.value  # type: ignore[assignment]
_SAMPLED_PACKETS = 100
# FFmpeg's words (libavutil/imgutils.c).
_OVERSIZED = re.compile(r"Picture size (\d+)x(\d+)")
# Containers without an index, cut anywhere by recorders: they may begin in the middle of a group of pictures.
STREAM_FORMATS = ("mpegts", "mpeg")


class Decoded(NamedTuple):
    """A presented frame and the decode order of its packet; None when not decoding exactly, or when it got lost."""

    frame: Any
    order: int | None


class VideoDecoder:
    """The video of an opened container. Frames that an edit list hides are dropped by the decoder itself.

    Args:
        container: from `open_media`; no other stream of it is read.
        limits: the frame size no decoder may exceed.
        exact: decode on one thread: an error is raised at the packet that caused it, and frames know their packet.
            Never with several threads: PyAV's packet labels need the GIL when they are freed, on whatever thread that
            happens, while closing a decoder holds the GIL and waits for its threads.
        draft: leave out the deblocking filter: faster, pixels only roughly right. With several threads any error is raised then,
            also one that the decoder could hide: whoever looks for damage has to look again, exactly.
    """

    def __init__(self, container: Any, limits: MediaLimits, *, exact: bool = False, draft: bool = False) -> None:
        self.container = container
        self.stream = select_video(container)
        read_only(container, self.stream)
        context = self.stream.codec_context
        context.thread_count = 1 if exact else min(MAX_THREADS, cores())
        context.thread_type = ThreadType.SLICE if exact else ThreadType.AUTO
        context.copy_opaque = exact
        self._labels = exact
        # A frame may leave FFmpeg's threads before the thread that decodes it has marked it as damaged; an error code is never lost so.
        strict = {"err_detect": "explode"} if draft and not exact else {}
        context.options = decoder_options(limits) | ({"skip_loop_filter": "all"} if draft else {}) | strict
        self._context = context

    @property
    def reorders(self) -> bool:
        """Whether the stream shows frames in another order than it stores them."""
        return bool(self._context.has_b_frames)

    @property
    def starts_anywhere(self) -> bool:
        """Whether the file may begin between two keyframes."""
        return self.container.format.name in STREAM_FORMATS

    def packets(self) -> Iterator[Any]:
        """The stream's packets from the current position. Empty ones (a repeated frame) would end decoding."""
        return packets_of(self.container, self.stream)

    def decode(self, packet: Any, index: int) -> list[Decoded]:
        """The frames that become ready.

        Raises:
            av.error.FFmpegError: the packet, or with several threads one of those before, does not decode.
        """
        if self._labels:
            packet.opaque = index
        return [self._labelled(frame) for frame in self._context.decode(packet)]

    def drain(self) -> list[Decoded]:
        """The frames still inside the decoder; the last call."""
        return [self._labelled(frame) for frame in self._context.decode(None)]

    def restart(self) -> None:
        """Forget everything decoded so far; the next packet has to be a keyframe."""
        self._context.flush_buffers()

    def _labelled(self, frame: Any) -> Decoded:
        return Decoded(frame, frame.opaque if self._labels else None)


def read_only(container: Any, *streams: Any) -> None:
    """Leave out the packets of all other streams where a container can do without them."""
    wanted = {stream.index for stream in streams}
    for stream in container.streams:
        stream.discard = Discard.default if stream.index in wanted else Discard.all


def packets_of(container: Any, stream: Any | None = None) -> Iterator[Any]:
    """The packets of one stream, or of all, from the container's current position; without empty ones."""
    try:
        for packet in container.demux(*([] if stream is None else [stream])):
            if packet.size > 0:
                yield packet
    except IndexError:
        # At the end PyAV flushes every stream, also those that appeared on the way (ts, flv), which it does not know.
        return


class StoredStamps(NamedTuple):
    """Which timestamps a container stores.

    Args:
        kind: `"pts"`, or `"dts"` where it does not store when frames are shown.
        complete: every packet has its own; otherwise the rest is counted on from wherever reading begins.
    """

    kind: Literal["pts", "dts"]
    complete: bool


def stored_stamps(container: Any) -> StoredStamps:
    """What the first packets of the video show.

    Args:
        container: opened with `open_media(..., as_stored=True)`, at its beginning; some packets are read from it.
    """
    container.flags &= ~_GEN_PTS
    found: list[tuple[bool, bool]] = []
    with suppress(av.error.FFmpegError):  # a damaged beginning; the survey meets it again and says so
        for packet in packets_of(container, select_video(container)):
            found.append((packet.pts is not None, packet.dts is not None))
            if len(found) >= _SAMPLED_PACKETS:
                break
    if any(has_pts for has_pts, _ in found):
        return StoredStamps("pts", all(has_pts for has_pts, _ in found))
    return StoredStamps("dts", all(has_dts for _, has_dts in found))


def oversized_picture(path: Path, limits: MediaLimits) -> tuple[int, int] | None:
    """(width, height) that a video without a decodable frame claims, when that is why its decoder does not start."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as messages, open_media(path, limits) as container:
            decoder = VideoDecoder(container, limits, exact=True)
            with suppress(av.error.FFmpegError):
                for index, packet in zip(range(_SAMPLED_PACKETS), decoder.packets(), strict=False):
                    with suppress(av.error.FFmpegError):
                        decoder.decode(packet, index)
    finally:
        av.logging.set_level(level)
    sizes = [_OVERSIZED.search(text) for _, _, text in messages]
    return next(((int(size[1]), int(size[2])) for size in sizes if size), None)
