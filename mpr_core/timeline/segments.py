"""Segments: half-open ranges of one chunk, the unit of work, caching, resume and memory.

Borders are multiples of the segment length on the *source's* clock, so a source cut into other chunks has the same borders,
and every grid instant belongs to the same segment range.
"""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field, model_validator

from mpr_core.exact import ExactFraction
from mpr_core.record import Record
from mpr_core.timeline.timeline import Chunk, Timeline


class Segment(Record):
    """`[start_s, end_s)` of one chunk, on the chunk's own clock."""

    chunk_index: int = Field(ge=0)
    chunk_digest: str
    start_s: ExactFraction
    end_s: ExactFraction

    @model_validator(mode="after")
    def _not_empty(self) -> Segment:
        if not 0 <= self.start_s < self.end_s:
            raise ValueError(f"empty or negative segment [{self.start_s}, {self.end_s})")
        return self


def segments_of_chunk(chunk: Chunk, chunk_index: int, segment_s: Fraction) -> list[Segment]:
    """The chunk's presented range cut at source-clock multiples of `segment_s`."""
    segments, start = [], Fraction(0)
    while start < chunk.duration_s:
        border = ((chunk.offset_s + start) // segment_s + 1) * segment_s - chunk.offset_s
        end = min(border, chunk.duration_s)
        segments.append(Segment(chunk_index=chunk_index, chunk_digest=chunk.digest, start_s=start, end_s=end))
        start = end
    return segments


def segments_of_timeline(timeline: Timeline, segment_s: Fraction) -> list[Segment]:
    """All segments of all chunks, in order."""
    return [
        segment for index, chunk in enumerate(timeline.chunks) for segment in segments_of_chunk(chunk, index, segment_s)
    ]
