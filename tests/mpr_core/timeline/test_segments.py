"""Segments tile a chunk, on borders that belong to the source and not to the chunk."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mpr_core.timeline.segments import Segment, segments_of_chunk, segments_of_timeline
from mpr_core.timeline.timeline import Chunk, Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

seconds = st.fractions(min_value=Fraction(1, 1000), max_value=200, max_denominator=30030)
offsets = st.fractions(min_value=0, max_value=10_000, max_denominator=1001)
lengths = st.fractions(min_value=2, max_value=60, max_denominator=97)
rates = st.sampled_from([Fraction(1), Fraction(2), Fraction(5, 2), Fraction(24000, 1001), Fraction(1, 3), Fraction(60)])


def grid(chunk: Chunk, fps: Fraction, start_s: Fraction, end_s: Fraction) -> list[int]:
    """Sampling numbers k with start <= k/fps - offset < end."""
    first, last = ceil((start_s + chunk.offset_s) * fps), ceil((end_s + chunk.offset_s) * fps)
    return list(range(first, last))


@given(duration_s=seconds, offset_s=offsets, segment_s=lengths)
def test_segments_cover_a_chunk_without_gap_or_overlap(
    duration_s: Fraction, offset_s: Fraction, segment_s: Fraction
) -> None:
    chunk = made_up_chunk(duration_s, offset_s=offset_s)
    found = segments_of_chunk(chunk, 3, segment_s)
    assert (found[0].start_s, found[-1].end_s) == (0, duration_s)
    assert all(one.end_s == two.start_s for one, two in pairwise(found))
    assert all(0 < one.end_s - one.start_s <= segment_s for one in found)
    assert all((one.end_s + offset_s) % segment_s == 0 for one in found[:-1])
    assert {(one.chunk_index, one.chunk_digest) for one in found} == {(3, chunk.digest)}


@settings(max_examples=60)
@given(duration_s=seconds, offset_s=offsets, segment_s=lengths, fps=rates)
def test_every_sampled_instant_lies_in_exactly_one_segment(
    duration_s: Fraction, offset_s: Fraction, segment_s: Fraction, fps: Fraction
) -> None:
    chunk = made_up_chunk(duration_s, offset_s=offset_s)
    whole = grid(chunk, fps, Fraction(0), duration_s)
    pieces = [k for one in segments_of_chunk(chunk, 0, segment_s) for k in grid(chunk, fps, one.start_s, one.end_s)]
    assert pieces == whole


@settings(max_examples=60)
@given(duration_s=seconds, cut_ratio=st.fractions(min_value=0, max_value=1, max_denominator=50), segment_s=lengths)
def test_cutting_a_source_in_two_keeps_the_borders_and_adds_only_the_cut(
    duration_s: Fraction, cut_ratio: Fraction, segment_s: Fraction
) -> None:
    cut_s = duration_s * cut_ratio
    if cut_s in (0, duration_s):
        return
    borders = {one.end_s for one in segments_of_chunk(made_up_chunk(duration_s), 0, segment_s)}
    first = segments_of_chunk(made_up_chunk(cut_s), 0, segment_s)
    second = segments_of_chunk(made_up_chunk(duration_s - cut_s, offset_s=cut_s), 1, segment_s)
    assert {one.end_s for one in first} | {one.end_s + cut_s for one in second} == borders | {cut_s}


def test_a_damaged_chunk_ends_where_the_damage_begins() -> None:
    chunk = made_up_chunk(Fraction(10), damaged_from_s=Fraction(7, 2))
    assert [(one.start_s, one.end_s) for one in segments_of_chunk(chunk, 0, Fraction(2))] == [
        (0, 2),
        (2, Fraction(7, 2)),
    ]
    assert Timeline(id="t", chunks=(chunk, chunk)).starts_s() == (0, Fraction(7, 2))


def test_a_timelines_segments_are_its_chunks_in_order() -> None:
    chunks = (made_up_chunk(Fraction(3), digest="b" * 64), made_up_chunk(Fraction(1), digest="c" * 64))
    timeline = Timeline(id="t", chunks=chunks)
    found = [(one.chunk_index, one.start_s, one.end_s) for one in segments_of_timeline(timeline, Fraction(2))]
    assert found == [(0, 0, 2), (0, 2, 3), (1, 0, 1)]
    assert (timeline.duration_s, timeline.starts_s()) == (4, (0, 3))


@pytest.mark.parametrize(("start_s", "end_s"), [(0, 0), (2, 1), (-1, 1)])
def test_a_segment_that_is_empty_or_negative_cannot_be_made(start_s: int, end_s: int) -> None:
    with pytest.raises(ValidationError, match="empty or negative segment"):
        Segment(chunk_index=0, chunk_digest="d", start_s=Fraction(start_s), end_s=Fraction(end_s))


def test_a_segment_keeps_its_fractions_through_json() -> None:
    one = Segment(chunk_index=0, chunk_digest="d", start_s=Fraction(1001, 30000), end_s=Fraction(2002, 30000))
    assert '"1001/30000"' in one.model_dump_json()
    assert Segment.model_validate_json(one.model_dump_json()) == one
