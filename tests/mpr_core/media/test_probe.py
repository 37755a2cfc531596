"""A probe states what a viewer sees, whatever the container and its header say."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.probe import probe_media
from tests.mpr_core.media.conftest import CLIPS
from tests.mpr_core.media.hostile import claim_duration
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.media.mp4_boxes import set_edit_list
from tests.mpr_core.media.reading_back import LIMITS, read, straight

RATES = {"h264.m4v": Fraction(24000, 1001), "h264.mkv": Fraction(30000, 1001)}
CODECS = {
    "vp9-live.webm": "vp9",
    "mpeg2.ts": "mpeg2video",
    "mpeg2.mpg": "mpeg2video",
    "msmpeg4.avi": "msmpeg4v3",
    "with-sound.avi": "mpeg4",
}


@pytest.mark.parametrize("name", CLIPS)
def test_every_container_and_codec_is_counted_and_timed(name: str, clip: Callable[[str], Path]) -> None:
    probe, frames = straight(clip(name))
    rate = RATES.get(name, Fraction(25))
    stem = name.split(".")[0].split("-")[0]
    assert probe.codec == CODECS.get(name, "h264" if stem == "with" else stem)
    assert (probe.width_px, probe.height_px, probe.rotation_deg) == (96, 64, 0)
    assert probe.frame_count == 40
    assert [frame.number for frame in frames] == list(range(40))
    assert probe.average_fps == rate
    assert not probe.is_vfr
    assert probe.damaged_from_s is None
    assert probe.has_audio == name.startswith("with-sound")
    tick = probe.time_base
    for index, frame in enumerate(frames):
        assert abs(frame.pts_s - probe.first_frame_s - index / rate) <= tick
    assert abs(probe.duration_s - probe.first_frame_s - 40 / rate) <= tick


@pytest.mark.parametrize("name", ["h264.avi", "mpeg4.avi", "wmv2.wmv"])
def test_containers_without_pts_keep_exact_seconds_even_with_b_frames(name: str, clip: Callable[[str], Path]) -> None:
    probe, frames = straight(clip(name))
    assert probe.stamps == "dts"
    assert [frame.pts_s for frame in frames] == [Fraction(index, 25) for index in range(40)]


def test_most_containers_can_be_sought_in(clip: Callable[[str], Path]) -> None:
    seekable = {name for name in CLIPS if straight(clip(name))[0].seekable}
    assert {"h264.mp4", "h264-open-gop.mp4", "hevc.mkv", "vp9.webm", "av1.mp4", "h264.ts", "h264.flv"} <= seekable
    assert "mpeg2.mpg" not in seekable, "only some of its packets carry timestamps"


def test_a_probe_survives_json(clip: Callable[[str], Path]) -> None:
    probe, _ = straight(clip("h264.mkv"))
    text = probe.model_dump_json()
    assert '"average_fps":"30000/1001"' in text
    assert '"start_s":"0/1"' in text
    assert MediaProbe.model_validate_json(text) == probe


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_variable_frame_rate_keeps_each_frames_second(suffix: str, tmp_path: Path) -> None:
    stamps_ms = [0, 40, 90, 100, 300, 301, 700, 720, *range(800, 800 + 33 * 12, 33)]
    path = make_clip(
        tmp_path / f"vfr.{suffix}", frames=20, pts=stamps_ms, time_base=Fraction(1, 1000), b_frames=2, gop=5
    )
    probe, frames = straight(path)
    assert probe.is_vfr
    assert [frame.pts_s for frame in frames] == [Fraction(stamp, 1000) for stamp in stamps_ms]
    assert [frame.number for frame in frames] == list(range(20))


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    ("entries", "numbers"),
    [
        ([(1400, 5)], range(5, 40)),
        ([(800, 0)], range(20)),
        ([(600, 12)], range(12, 27)),
        ([(400, None), (1600, 0)], range(40)),
    ],
    ids=["start hidden", "end hidden", "both hidden", "begins later"],
)
def test_frames_hidden_by_an_edit_list_are_not_counted(
    entries: list[tuple[int, int | None]], numbers: range, b_frames: int, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "edit.mp4", b_frames=b_frames)
    delay = 1024 if b_frames else 0
    set_edit_list(path, [(length, -1 if first is None else delay + first * 512) for length, first in entries])
    probe, frames = straight(path)
    assert [frame.number for frame in frames] == list(numbers)
    assert probe.frame_count == len(numbers)
    assert [frame.pts_s for frame in frames] == [Fraction(index, 25) for index in range(len(numbers))]
    half_s = probe.duration_s / 2
    assert read(path, probe, half_s) == [frame for frame in frames if frame.pts_s > half_s - Fraction(1, 25)]


def test_a_hole_cut_by_an_edit_list_is_closed(tmp_path: Path) -> None:
    path = set_edit_list(make_clip(tmp_path / "cut.mp4"), [(400, 0), (600, 25 * 512)])
    probe, frames = straight(path)
    assert [frame.number for frame in frames] == [*range(10), *range(25, 40)]
    assert [frame.pts_s for frame in frames] == [Fraction(index, 25) for index in range(25)]
    assert probe.duration_s == 1


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_video_that_begins_after_its_sound_begins_later_than_zero(suffix: str, tmp_path: Path) -> None:
    codec = {"mp4": "aac", "mkv": "libopus", "ts": "mp2"}[suffix]
    path = make_clip(tmp_path / f"late.{suffix}", pts=range(10, 50), audio_codec=codec)
    probe, frames = straight(path)
    assert probe.video_stream_index == 1, "sound is stream 0"
    assert abs(probe.first_frame_s - Fraction(2, 5)) < Fraction(1, 50)
    assert frames[0].pts_s == probe.first_frame_s
    assert frames[-1].number == 39


@pytest.mark.parametrize("suffix", ["ts", "wmv"])
def test_negative_first_timestamps_begin_at_zero(suffix: str, tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / f"negative.{suffix}",
        "wmv2" if suffix == "wmv" else "libx264",
        pts=range(-5, 35),
        container_options={"avoid_negative_ts": "disabled"},
    )
    probe, frames = straight(path)
    assert probe.start_s == Fraction(-1, 5)
    assert [frame.pts_s for frame in frames] == [Fraction(index, 25) for index in range(40)]


def test_opus_run_up_before_zero_does_not_move_the_video(clip: Callable[[str], Path]) -> None:
    probe, frames = straight(clip("with-sound.mkv"))
    assert probe.start_s == 0
    assert frames[0].pts_s == 0


def test_frames_with_equal_pts_are_each_counted_once(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "equal.mkv", frames=20, pts=range(-5, 15), container_options={"avoid_negative_ts": "disabled"}
    )
    probe, frames = straight(path)
    assert [frame.number for frame in frames] == list(range(20))
    assert all(later.pts_s > earlier.pts_s for earlier, later in pairwise(frames))
    assert not probe.seekable


def test_a_missing_or_wrong_duration_in_the_header_is_not_damage(clip: Callable[[str], Path], tmp_path: Path) -> None:
    live, _ = straight(clip("vp9-live.webm"))
    assert live.claimed_duration_s is None or live.claimed_duration_s >= 0
    assert live.duration_s == Fraction(8, 5)
    lying = probe_media(claim_duration(tmp_path / "lying.mkv", 30), LIMITS)
    assert lying.claimed_duration_s == 30
    assert (lying.duration_s, lying.damaged_from_s) == (Fraction(8, 5), None)


def test_a_wrong_frame_count_in_an_avi_header_is_not_damage(clip: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(clip("mpeg4.avi").read_bytes())
    for name, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = data.index(name) - 4 + 4 + offset - 4 + 4
        assert int.from_bytes(data[at : at + 4], "little") == 40
        data[at : at + 4] = (7777).to_bytes(4, "little")
    path = tmp_path / "count.avi"
    path.write_bytes(data)
    probe = probe_media(path, LIMITS)
    assert (probe.frame_count, probe.duration_s, probe.damaged_from_s) == (40, Fraction(8, 5), None)


def test_progress_is_told_while_decoding(clip: Callable[[str], Path]) -> None:
    told: list[tuple[float, float]] = []
    probe_media(clip("h264.mp4"), LIMITS, progress=lambda done_s, total_s: told.append((done_s, total_s)))
    assert told
    assert all(0 < done_s <= total_s for done_s, total_s in told)


def test_a_single_frame_is_a_video(tmp_path: Path) -> None:
    probe, frames = straight(make_clip(tmp_path / "one.mp4", frames=1))
    assert (probe.frame_count, len(frames), probe.duration_s) == (1, 1, Fraction(1, 25))
