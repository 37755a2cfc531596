"""One forward walk over a chunk's frames that serves segment after segment: sampled JPEGs and a signature of every frame.

A segment needs some context on both sides (for transitions at its borders). A walk that is asked for the next segment goes on where
it stopped; asked for any other, it seeks. Either way the segment gets the same bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import MprError
from mpr_core.media.frames import FrameReader, MediaFrame
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Chunk

CONTEXT_S = Fraction(8, 5)  # what filter_scenes needs beside a transition to judge it alike in any window


@dataclass(frozen=True)
class WalkedFrame:
    """One presented frame.

    Attributes:
        grid: sampling numbers k whose instant falls into this frame's time on screen.
        jpeg: the encoded frame when `grid` is not empty.
        signature: `(18, 32, 3) uint8` BGR.
    """

    pts_s: Fraction
    grid: tuple[int, ...]
    jpeg: bytes
    size_px: tuple[int, int]
    signature: NDArray[np.uint8]


class ChunkWalk:
    """Walks one chunk at one sampling rate. Holds about two seconds of frames, encoded."""

    def __init__(self, reader: FrameReader, chunk: Chunk, fps: Fraction, jpeg_quality: int) -> None:
        self._reader, self._chunk, self._fps, self._quality = reader, chunk, fps, jpeg_quality
        self._frames: Iterator[WalkedFrame] | None = None
        self._seen: deque[WalkedFrame] = deque()
        self._whole_from = Fraction(0)
        self._reached = Fraction(-1)

    def segment(self, segment: Segment) -> list[WalkedFrame]:
        """The segment's frames with their context: everything with pts in [start - c, end + c), and what is on display at the start."""
        begin, end = max(Fraction(0), segment.start_s - CONTEXT_S), segment.end_s + CONTEXT_S
        # Where segments between needed no work, a seek is cheaper than reading on; in a file without seeking it is not.
        gap = self._chunk.probe.seekable and begin > self._reached
        if self._frames is None or self._whole_from > begin or gap:
            self._frames = self._walk(begin)
            self._seen.clear()
            self._whole_from, self._reached = begin, Fraction(-1)
        while self._reached < end:
            frame = next(self._frames, None)
            if frame is None:
                self._reached = max(end, self._chunk.duration_s + CONTEXT_S)
                break
            self._seen.append(frame)
            self._reached = frame.pts_s
            self._forget(begin)
        wanted = [f for f in self._seen if begin <= f.pts_s < end or self._in_range(f, segment)]
        self._forget(segment.end_s - CONTEXT_S)
        return wanted

    def instant_s(self, k: int) -> Fraction:
        """Chunk second of sampling number k (the grid is laid on the source's clock)."""
        return k / self._fps - self._chunk.offset_s

    def _in_range(self, frame: WalkedFrame, segment: Segment) -> bool:
        return any(segment.start_s <= self.instant_s(k) < segment.end_s for k in frame.grid)

    def _forget(self, before: Fraction) -> None:
        """Drop what no later segment can ask for."""
        while (
            self._seen and self._seen[0].pts_s < before and all(self.instant_s(k) < before for k in self._seen[0].grid)
        ):
            self._seen.popleft()
        self._whole_from = max(self._whole_from, before)

    def _walk(self, begin: Fraction) -> Iterator[WalkedFrame]:
        held: MediaFrame | None = None
        for frame in self._reader.frames(begin):
            if held is not None:
                yield self._finished(held, frame.pts_s)
            held = frame
        if held is not None:
            yield self._finished(held, max(self._chunk.duration_s, held.pts_s))

    def _finished(self, frame: MediaFrame, until: Fraction) -> WalkedFrame:
        grid = tuple(self._grid(frame.pts_s, until))
        jpeg, size = b"", (0, 0)
        if grid:
            bgr = frame.bgr()
            size = (bgr.shape[1], bgr.shape[0])
            ok, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
            if not ok:
                raise MprError("cannot encode a frame", where=self._chunk.key, why=f"at {float(frame.pts_s):.3f} s")
            jpeg = encoded.tobytes()
        return WalkedFrame(frame.pts_s, grid, jpeg, size, frame.signature())

    def _grid(self, start: Fraction, end: Fraction) -> range:
        """Sampling numbers k with start <= k/fps - offset < end."""
        offset = self._chunk.offset_s
        first = -((-(start + offset) * self._fps) // 1)
        last = -((-(end + offset) * self._fps) // 1)
        return range(int(first), int(last))
