"""Frames at exact seconds: any stretch of a video, each presented frame once, the same read through or sought."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakSet

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from mpr_core.media.clock import SUBTICKS
from mpr_core.media.colour import Orientation, signature_of, to_bgr
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.reading import subticks_down, subticks_up, timed_frames

# How far before the wanted time a seek aims, one attempt after the other; after the last, the file is read from its
# beginning.
_SEEK_BACK_S = (0, 2, 10, 40)


class MediaFrame:
    """One presented frame. Holds the decoder's picture until it is dropped: take what is needed, then let it go.

    Args:
        pts_s: when it is shown, on the chunk's clock.
        duration_s: how long the file says it is shown; None when it does not say.
    """

    __slots__ = ("_converter", "_frame", "_orientation", "_size_px", "duration_s", "pts_s")

    def __init__(
        self,
        frame: Any,
        pts_s: Fraction,
        duration_s: Fraction | None,
        size_px: tuple[int, int],
        orientation: Orientation,
        converter: VideoReformatter,
    ) -> None:
        self.pts_s = pts_s
        self.duration_s = duration_s
        self._frame, self._size_px, self._orientation, self._converter = frame, size_px, orientation, converter

    def bgr(self) -> NDArray[np.uint8]:
        """The picture as shown, `(height_px, width_px, 3) uint8 BGR` in the probe's size, upright, in true colours."""
        return to_bgr(self._frame, self._size_px, self._orientation, self._converter)

    def signature(self) -> NDArray[np.uint8]:
        """The picture averaged down to `(18, 32, 3) uint8 BGR`; far cheaper than `bgr()`."""
        return signature_of(self._frame, self._orientation, self._converter)


class FrameReader:
    """Reads stretches of one probed file. Each call to `frames` opens the file anew, so several may run at once.

    Args:
        path: the file that `probe` describes.
        probe: from `probe_media`.
        limits: as for `probe_media`.
    """

    def __init__(self, path: Path, probe: MediaProbe, limits: MediaLimits) -> None:
        self._path, self._probe, self._limits = path, probe, limits
        self._orientation = Orientation(probe.rotation_deg, probe.mirrored)
        shown = (probe.width_px, probe.height_px)
        self._size_px = shown[::-1] if self._orientation.swaps_sides else shown
        self._first = subticks_up(probe.first_frame_s, probe)
        self._running: WeakSet[Any] = WeakSet()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for running in list(self._running):
            running.close()

    def frames(self, start_s: Fraction = Fraction(0), end_s: Fraction | None = None) -> Iterator[MediaFrame]:
        """The frame on display at `start_s`, then every later one with `pts_s < end_s`, in order, each once.

        Args:
            start_s: seconds on the chunk's clock. The frame on display is the last with `pts_s <= start_s`; before the
                first frame there is none, and the first one to come stands in when it comes before `end_s`.
            end_s: None reads to the end, of a damaged file to `damaged_from_s`. Nothing is read when it is not after
                `start_s`.
        Raises:
            MprError: the file is not what it was when probed.
        """
        running = self._frames(start_s, end_s)
        self._running.add(running)
        return running

    def _frames(self, start_s: Fraction, end_s: Fraction | None) -> Iterator[MediaFrame]:
        probe = self._probe
        ends = [end for end in (end_s, probe.damaged_from_s) if end is not None]
        if end_s is not None and end_s <= start_s:
            return
        start = subticks_down(start_s, probe)
        end = subticks_up(min(ends), probe) if ends else None
        converter = VideoReformatter()
        on_display: MediaFrame | None = None
        for time, frame in self._timed(start):
            if end is not None and time >= end:
                break
            shown = self._shown(time, frame, converter)
            if time <= start:
                on_display = shown
                continue
            if on_display is not None:
                yield on_display
                on_display = None
            yield shown
        if on_display is not None:
            yield on_display

    def _shown(self, time: int, frame: Any, converter: VideoReformatter) -> MediaFrame:
        probe = self._probe
        pts_s = Fraction(time, SUBTICKS) * probe.time_base - probe.start_s
        duration_s = frame.duration * probe.time_base if frame.duration else None
        return MediaFrame(frame, pts_s, duration_s, self._size_px, self._orientation, converter)

    def _timed(self, start: int) -> Iterator[tuple[int, Any]]:
        """Frames with their times in subticks, from one not after `start` on, or from the first."""
        if self._probe.seekable:
            for back_s in _SEEK_BACK_S:
                target = start // SUBTICKS - ceil(back_s / self._probe.time_base)
                if target * SUBTICKS <= self._first:
                    break
                run = timed_frames(self._path, self._probe, self._limits, target)
                first = next(run, None)
                if first is not None and first[0] <= start:
                    return chain([first], run)
        return timed_frames(self._path, self._probe, self._limits)
