"""What cutting a source says while it goes on: one record, for terminals and, as JSON lines, for machines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from pydantic import Field

from mpr_core.record import Record

CutKind = Literal["reading", "queued", "processing", "kept", "done", "lost", "retry", "error", "finished"]


class CutEvent(Record):
    """One step. `kept` is a chunk that was there already, `lost` one of which no frame can be shown."""

    format: Literal["mpr.cut_event/1"] = "mpr.cut_event/1"
    kind: CutKind
    number: int = Field(default=0, description="of the chunk, from 1 on")
    key: str = Field(default="", description="of the chunk in media-in; at the end, the folder")
    message: str = Field(default="", description="why: of retry, error and lost")
    read_ratio: float = Field(default=0.0, description="of the source, while it is read")
    queued: int = Field(default=0, description="chunks that wait")
    processing: int = Field(default=0, description="chunks at work")
    finished: int = Field(default=0, description="chunks that are there, kept ones included")
    chunks: int = Field(default=0, description="chunks in all")
    media_s: float = Field(default=0.0, description="seconds of video in finished chunks")
    total_s: float = Field(default=0.0, description="seconds of video in all")
    written_bytes: int = 0
    elapsed_s: float = 0.0
    speed_ratio: float | None = Field(
        default=None, description="seconds of video per second of wall time; kept chunks do not count"
    )
    bytes_per_s: float | None = None


CutSink = Callable[[CutEvent], None]


class CutCounts:
    """Counts what the workers do and tells it; safe to call from every thread."""

    def __init__(self, sink: CutSink, chunks: int, total_s: Fraction) -> None:
        self._sink, self._chunks, self._total_s = sink, chunks, total_s
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._queued, self._processing, self._finished, self._bytes = 0, 0, 0, 0
        self._media_s, self._made_s = Fraction(0), Fraction(0)

    def queued(self, number: int, key: str) -> None:
        with self._lock:
            self._queued += 1
            self._tell("queued", number, key)

    def begun(self, number: int, key: str) -> None:
        with self._lock:
            self._queued -= 1
            self._processing += 1
            self._tell("processing", number, key)

    def ended(
        self, kind: CutKind, number: int, key: str, seconds: Fraction, written_bytes: int, message: str = ""
    ) -> None:
        """A chunk is there, made or kept, or lost."""
        with self._lock:
            self._processing -= 1
            self._finished += 1
            self._media_s += seconds
            self._bytes += written_bytes
            if kind != "kept":
                self._made_s += seconds
            self._tell(kind, number, key, message)

    def again(self, number: int, key: str, message: str) -> None:
        """A chunk goes back into the queue."""
        with self._lock:
            self._processing -= 1
            self._queued += 1
            self._tell("retry", number, key, message)

    def failed(self, number: int, key: str, message: str) -> None:
        with self._lock:
            self._processing -= 1
            self._tell("error", number, key, message)

    def over(self, prefix: str) -> None:
        with self._lock:
            self._tell("finished", key=prefix)

    def _tell(self, kind: CutKind, number: int = 0, key: str = "", message: str = "") -> None:
        elapsed = time.monotonic() - self._began
        rates = (float(self._made_s) / elapsed, self._bytes / elapsed) if self._made_s and elapsed > 0 else (None, None)
        self._sink(
            CutEvent(
                kind=kind,
                number=number,
                key=key,
                message=message,
                read_ratio=1.0,
                queued=self._queued,
                processing=self._processing,
                finished=self._finished,
                chunks=self._chunks,
                media_s=round(float(self._media_s), 3),
                total_s=round(float(self._total_s), 3),
                written_bytes=self._bytes,
                elapsed_s=round(elapsed, 3),
                speed_ratio=None if rates[0] is None else round(rates[0], 3),
                bytes_per_s=None if rates[1] is None else round(rates[1], 1),
            )
        )
