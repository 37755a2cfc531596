"""A walk gives a segment the same bytes whether it came there step by step or went straight to it, and holds little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.media.digest import file_digest
from mpr_core.media.frames import FrameReader, MediaFrame
from mpr_core.media.limits import MediaLimits
from mpr_core.media.probe import probe_media
from mpr_core.stages.chunk_walk import CONTEXT_S, ChunkWalk, WalkedFrame
from mpr_core.timeline.segments import segments_of_chunk
from mpr_core.timeline.timeline import Chunk
from tests.mpr_core.media.media_factory import make_clip

FRAMES = 300
# Frames 8 ms to 4 s apart: longer than a segment's context, and shorter than a sampling step.
VFR_MS = [0]
for number in range(1, FRAMES):
    VFR_MS.append(VFR_MS[-1] + {0: 8, 97: 4000, 150: 1700}.get(number, (20, 45, 33, 8)[number % 4]))


class CountingReader:
    """A reader that counts the frames it gives and how often it is begun anew."""

    def __init__(self, path: Path, chunk: Chunk) -> None:
        self._reader = FrameReader(path, chunk.probe, MediaLimits())
        self.started_at: list[Fraction] = []
        self.read = 0

    def frames(self, start_s: Fraction) -> Iterator[MediaFrame]:
        self.started_at.append(start_s)
        for frame in self._reader.frames(start_s):
            self.read += 1
            yield frame


@pytest.fixture(scope="module", params=["even", "variable", "late"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Chunk]:
    path = tmp_path_factory.mktemp("walk") / f"{request.param}.mkv"
    if request.param == "even":
        make_clip(path, frames=FRAMES, b_frames=2, gop=20)
    elif request.param == "variable":
        make_clip(path, frames=FRAMES, pts=VFR_MS, time_base=Fraction(1, 1000), b_frames=2, gop=20)
    else:
        make_clip(path, frames=FRAMES, pts=range(13, 13 + FRAMES), audio_codec="libopus", gop=20)
    return path, chunk_of(path)


def chunk_of(path: Path, offset_s: Fraction = Fraction(0)) -> Chunk:
    probe = probe_media(path, MediaLimits())
    return Chunk(
        key="chunks/x", digest=file_digest(path), size_bytes=path.stat().st_size, probe=probe, offset_s=offset_s
    )


def walk(path: Path, chunk: Chunk, fps: Fraction = Fraction(2)) -> ChunkWalk:
    reader: Any = CountingReader(path, chunk)
    return ChunkWalk(reader, chunk, fps, 90)


def as_bytes(frames: Sequence[WalkedFrame]) -> list[tuple[Fraction, tuple[int, ...], bytes, bytes]]:
    return [(frame.pts_s, frame.grid, frame.jpeg, frame.signature.tobytes()) for frame in frames]


@settings(max_examples=12)
@given(
    segment_s=st.sampled_from([Fraction(2), Fraction(3), Fraction(7, 3), Fraction(5), Fraction(60)]),
    offset_s=st.sampled_from([Fraction(0), Fraction(3, 7), Fraction(101)]),
    fps=st.sampled_from([Fraction(2), Fraction(5), Fraction(1, 3)]),
)
def test_every_frame_is_inside_one_segment_and_every_instant_is_sampled_once(
    source: tuple[Path, Chunk], segment_s: Fraction, offset_s: Fraction, fps: Fraction
) -> None:
    path, chunk = source[0], source[1].model_copy(update={"offset_s": offset_s})
    one = walk(path, chunk, fps)
    inside, sampled = [], []
    for segment in segments_of_chunk(chunk, 0, segment_s):
        for frame in one.segment(segment):
            inside += [frame.pts_s] if segment.start_s <= frame.pts_s < segment.end_s else []
            sampled += [k for k in frame.grid if segment.start_s <= one.instant_s(k) < segment.end_s]
    assert inside == sorted(set(inside))
    assert len(inside) == chunk.probe.frame_count
    first_s = chunk.probe.first_frame_s
    expected = list(range(int(offset_s * fps), int((offset_s + chunk.duration_s) * fps) + 2))
    assert sampled == [k for k in expected if first_s <= one.instant_s(k) < chunk.duration_s]


@settings(max_examples=8)
@given(order=st.permutations(list(range(4))), segment_s=st.sampled_from([Fraction(3), Fraction(11, 4)]))
def test_segments_in_any_order_have_the_same_bytes(
    source: tuple[Path, Chunk], order: list[int], segment_s: Fraction
) -> None:
    path, chunk = source
    segments = segments_of_chunk(chunk, 0, segment_s)
    straight_walk = walk(path, chunk)
    straight = [as_bytes(straight_walk.segment(segment)) for segment in segments]
    jumping = walk(path, chunk)
    for index in order:
        assert as_bytes(jumping.segment(segments[index])) == straight[index]
    alone = walk(path, chunk)
    assert as_bytes(alone.segment(segments[-1])) == straight[-1]


def test_a_segment_comes_with_its_context_on_both_sides(source: tuple[Path, Chunk]) -> None:
    path, chunk = source
    segment = segments_of_chunk(chunk, 0, Fraction(3))[1]
    found = [frame.pts_s for frame in walk(path, chunk).segment(segment)]
    with FrameReader(path, chunk.probe, MediaLimits()) as reader:
        every = [frame.pts_s for frame in reader.frames()]
    wanted = {pts for pts in every if segment.start_s - CONTEXT_S <= pts < segment.end_s + CONTEXT_S}
    assert wanted <= set(found)
    assert len(set(found) - wanted) <= 1, "but for a longer one that is on display when the segment begins"


def counted(one: ChunkWalk) -> CountingReader:
    reader: Any = one._reader
    assert isinstance(reader, CountingReader)
    return reader


def test_a_walk_over_all_segments_reads_the_file_once(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "x.mp4", frames=FRAMES)
    chunk = chunk_of(path)
    one = walk(path, chunk)
    for segment in segments_of_chunk(chunk, 0, Fraction(2)):
        one.segment(segment)
    assert counted(one).started_at == [0]
    assert counted(one).read == FRAMES


def test_a_walk_seeks_over_segments_that_need_no_work(tmp_path: Path) -> None:
    """Parts that are there already are skipped; what lies between must be neither decoded nor held."""
    path = make_clip(tmp_path / "x.mp4", frames=1500, gop=25)
    chunk = chunk_of(path)
    segments = segments_of_chunk(chunk, 0, Fraction(2))
    one = walk(path, chunk)
    one.segment(segments[0])
    one.segment(segments[25])
    assert counted(one).started_at == [0, segments[25].start_s - CONTEXT_S]
    assert counted(one).read < 300
    assert len(one._seen) < 150


def test_a_source_without_seeking_is_read_on_and_nothing_between_is_held(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "x.mp4", frames=1500, gop=25)
    chunk = chunk_of(path)
    rigid = chunk.model_copy(update={"probe": chunk.probe.model_copy(update={"seekable": False})})
    segments = segments_of_chunk(chunk, 0, Fraction(2))
    one, most = walk(path, rigid), 0
    one.segment(segments[0])
    finish = one._finished

    def watched(frame: MediaFrame, until: Fraction) -> WalkedFrame:
        nonlocal most
        most = max(most, len(one._seen))
        return finish(frame, until)

    one._finished = watched  # type: ignore[method-assign]
    last = as_bytes(one.segment(segments[25]))
    assert counted(one).started_at == [0]
    assert most < 250
    assert last == as_bytes(walk(path, chunk).segment(segments[25]))


def test_what_no_later_segment_needs_is_let_go(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "x.mp4", frames=1500)
    chunk = chunk_of(path)
    one = walk(path, chunk)
    held = []
    for segment in segments_of_chunk(chunk, 0, Fraction(4)):
        one.segment(segment)
        held.append(len(one._seen))
    assert max(held) <= int((2 * CONTEXT_S) * 25) + 2


def test_a_one_frame_source_is_one_segment_with_one_frame(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "x.mp4", frames=1)
    chunk = chunk_of(path)
    (segment,) = segments_of_chunk(chunk, 0, Fraction(15))
    (frame,) = walk(path, chunk).segment(segment)
    assert (frame.pts_s, frame.grid) == (0, (0,))
    assert frame.jpeg.startswith(b"\xff\xd8")


def test_a_segment_of_a_chunk_with_frames_the_next_one_still_shows(tmp_path: Path) -> None:
    """One frame stays on display over several segments: each samples it, none invents a frame."""
    path = make_clip(tmp_path / "x.mkv", frames=3, pts=[0, 40, 9000], time_base=Fraction(1, 1000))
    chunk = chunk_of(path)
    one = walk(path, chunk)
    seen = {}
    for segment in segments_of_chunk(chunk, 0, Fraction(2)):
        seen[segment.start_s] = [(f.pts_s, f.grid) for f in one.segment(segment) if f.grid and f.pts_s < segment.end_s]
    held = (Fraction(1, 25), tuple(range(1, 18)))
    assert seen[Fraction(0)] == [(0, (0,)), held]
    assert [seen[Fraction(start)] for start in (2, 4, 6)] == [[held]] * 3
    assert seen[Fraction(8)][0] == held
