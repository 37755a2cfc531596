"""Any stretch read by itself is the same as in a straight read: the same seconds, the same pixels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpr_core.media.frames import FrameReader
from tests.mpr_core.media.conftest import CLIPS
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.media.reading_back import LIMITS, expected_slice, read, straight

MILLISECONDS = st.integers(min_value=0, max_value=1900)


@pytest.mark.parametrize("name", CLIPS)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(start_ms=MILLISECONDS, length_ms=MILLISECONDS)
def test_a_stretch_equals_the_slice_of_a_straight_read(
    name: str, clip: Callable[[str], Path], start_ms: int, length_ms: int
) -> None:
    path = clip(name)
    probe, frames = straight(path)
    start_s, end_s = Fraction(start_ms, 1000), Fraction(start_ms + length_ms, 1000)
    assert read(path, probe, start_s, end_s) == expected_slice(frames, start_s, end_s)


@pytest.mark.parametrize("name", ["h264.mp4", "h264.avi", "hevc.ts", "with-sound.ts"])
def test_stretches_laid_end_to_end_give_each_frame_once(name: str, clip: Callable[[str], Path]) -> None:
    path = clip(name)
    probe, frames = straight(path)
    cuts = [Fraction(0), Fraction(1, 3), Fraction(4, 5), Fraction(6, 5), probe.duration_s]
    joined = []
    for start_s, end_s in pairwise(cuts):
        joined += [frame for frame in read(path, probe, start_s, end_s) if frame.pts_s >= start_s]
    assert joined == frames


def test_before_the_first_frame_the_first_one_stands_in_if_it_comes_in_time(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "late.mp4", pts=range(10, 50), audio_codec="aac")
    probe, frames = straight(path)
    assert read(path, probe, Fraction(0), Fraction(1, 2))[0] == frames[0]
    assert read(path, probe, Fraction(0), Fraction(2, 5)) == []


def test_at_and_behind_the_end_the_last_frame_stays_on_display(clip: Callable[[str], Path]) -> None:
    path = clip("h264.mkv")
    probe, frames = straight(path)
    assert read(path, probe, probe.duration_s, None) == [frames[-1]]
    assert read(path, probe, Fraction(3), Fraction(2)) == []


def test_reading_may_be_abandoned_and_several_readings_may_run_at_once(clip: Callable[[str], Path]) -> None:
    path = clip("h264.mp4")
    probe, frames = straight(path)
    with FrameReader(path, probe, LIMITS) as reader:
        first, second = reader.frames(), reader.frames(Fraction(1))
        assert [frame.pts_s for frame in islice(first, 3)] == [frame.pts_s for frame in frames[:3]]
        assert next(iter(second)).pts_s == 1
        assert next(iter(first)).pts_s == frames[3].pts_s
    assert list(first) == []


def test_an_open_group_of_pictures_is_read_cleanly_after_a_seek(clip: Callable[[str], Path]) -> None:
    for name in ("h264-open-gop.mp4", "h264-open-gop.ts", "mpeg2.ts", "hevc.ts"):
        path = clip(name)
        probe, frames = straight(path)
        assert probe.seekable
        for index in range(8, 34):
            assert read(path, probe, Fraction(index, 25), Fraction(index + 2, 25)) == frames[index : index + 2]


def test_a_recording_that_begins_between_keyframes_starts_at_the_first_one(
    clip: Callable[[str], Path], tmp_path: Path
) -> None:
    data = clip("h264.ts").read_bytes()
    path = tmp_path / "tuned-in.ts"
    tables, rest = data[: 188 * 3], data[188 * 3 :]
    path.write_bytes(tables + rest[len(rest) * 4 // 10 // 188 * 188 :])
    probe, frames = straight(path)
    assert probe.damaged_from_s is None
    whole = straight(clip("h264.ts"))[1][-len(frames) :]
    assert 5 < len(frames) < 35
    assert [(frame.number, frame.pixels) for frame in frames] == [(frame.number, frame.pixels) for frame in whole]
    assert [frame.pts_s for frame in frames] == [Fraction(index, 25) for index in range(len(frames))]
