"""A damaged file is used up to its damage, exactly; what cannot be used at all is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mpr_core.errors import MediaRefused
from mpr_core.media.probe import probe_media
from tests.mpr_core.media.media_factory import make_clip, numbered_picture
from tests.mpr_core.media.reading_back import LIMITS, Seen, expected_slice, read, straight

FRONT = {"movflags": "faststart"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}


def _noisy(count: int, size_px: tuple[int, int] = (96, 64)) -> list[np.ndarray]:
    """Numbered pictures that compress badly, so that a flipped byte lies in the picture and not in padding."""
    noise = np.random.default_rng(7)
    shape = (size_px[1], size_px[0], 3)
    pictures = [
        numbered_picture(number, size_px).astype(int) + noise.integers(-25, 25, shape) for number in range(count)
    ]
    return [np.clip(picture, 0, 255).astype(np.uint8) for picture in pictures]


def _good_part(path: Path, whole: list[Seen]) -> list[Seen]:
    """The frames of a damaged file, after checking that they are the first of the undamaged one, read anyhow."""
    probe, frames = straight(path)
    assert probe.damaged_from_s is not None
    assert probe.damage_reason
    assert probe.duration_s == probe.damaged_from_s
    assert probe.frame_count == len(frames)
    assert frames == whole[: len(frames)]
    assert frames[-1].pts_s < probe.damaged_from_s
    for start_s in (Fraction(0), probe.duration_s / 3, probe.duration_s * 4 / 5):
        assert read(path, probe, start_s) == expected_slice(frames, start_s, None)
    return frames


@pytest.mark.parametrize(
    ("name", "codec", "b_frames", "options"),
    [
        ("cut.mp4", "libx264", 2, FRONT),
        ("cut-hevc.mp4", "libx265", 0, FRONT),
        ("cut-fragments.mp4", "libx264", 2, FRAGMENTED),
        ("cut.mkv", "libx264", 2, {}),
        ("cut.webm", "libvpx-vp9", 0, {}),
        ("cut.ts", "mpeg2video", 2, {}),
        ("cut-h264.ts", "libx264", 2, {}),
        ("cut.flv", "libx264", 2, {}),
        ("cut.avi", "mpeg4", 0, {}),
        ("cut-h264.avi", "libx264", 2, {}),
        ("cut.wmv", "wmv2", 0, {}),
    ],
)
def test_a_file_cut_short_is_used_to_its_last_whole_frame(
    name: str, codec: str, b_frames: int, options: dict[str, str], tmp_path: Path
) -> None:
    path = make_clip(tmp_path / name, codec, b_frames=b_frames, container_options=options, pictures=_noisy(40), gop=10)
    whole = list(straight(path)[1])
    cut = tmp_path / f"short-{name}"
    data = path.read_bytes()
    cut.write_bytes(data[: len(data) * 7 // 10 // 188 * 188 + 100])
    frames = _good_part(cut, whole)
    assert 1 <= len(frames) <= 34


@pytest.mark.parametrize("share", [0.45, 0.5, 0.55, 0.62, 0.7, 0.8, 0.9, 0.97])
def test_a_fragmented_mp4_may_be_cut_anywhere(share: float, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "whole.mp4", b_frames=2, container_options=FRAGMENTED)
    whole = list(straight(path)[1])
    cut = tmp_path / "cut.mp4"
    data = path.read_bytes()
    cut.write_bytes(data[: int(len(data) * share)])
    probe, frames = straight(cut)
    assert frames == whole[: len(frames)]
    assert probe.damaged_from_s is not None or len(frames) == len(whole)


SIZE_PX = (320, 192)


def _break_packet(path: Path, number: int) -> Path:
    """A copy whose packet of that number has a random middle."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        position, size = packets[number].pos, packets[number].size
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(3).integers(0, 256, size // 2, np.uint8).tobytes()
    data[position + size // 4 : position + size // 4 + len(noise)] = noise
    broken = path.with_name(f"broken-{number}-{path.name}")
    broken.write_bytes(data)
    return broken


@pytest.mark.parametrize(
    ("name", "codec", "b_frames"),
    [
        ("h264.mp4", "libx264", 0),
        ("h264-b.mp4", "libx264", 2),
        ("h264.mkv", "libx264", 2),
        ("h264.ts", "libx264", 2),
        ("mpeg2.ts", "mpeg2video", 2),
        ("mpeg4.avi", "mpeg4", 0),
        ("mpeg4-b.mp4", "mpeg4", 2),
        ("h264.flv", "libx264", 2),
        ("wmv2.wmv", "wmv2", 0),
    ],
)
def test_flipped_bytes_in_the_middle_end_the_good_part_before_them(
    name: str, codec: str, b_frames: int, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / name, codec, b_frames=b_frames, pictures=_noisy(40, SIZE_PX), size_px=SIZE_PX, gop=20)
    whole = list(straight(path)[1])
    assert len(whole) == 40
    for number in (17, 30):
        frames = _good_part(_break_packet(path, number), whole)
        assert number - 12 <= len(frames) <= number + 3


def test_a_broken_av1_packet_neither_hangs_nor_slips_through(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "broken.mp4", "libsvtav1", pictures=_noisy(40, SIZE_PX), size_px=SIZE_PX)
    whole = list(straight(path)[1])
    broken = _break_packet(path, 17)
    for _ in range(10):
        probe = probe_media(broken, LIMITS)
        assert probe.damaged_from_s is not None
        assert read(broken, probe) == whole[: probe.frame_count]


def test_what_is_stored_before_the_damage_but_shown_after_it_is_not_used(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "b.mkv",
        b_frames=3,
        pictures=_noisy(40),
        options={
            "x264-params": "bframes=3:b-adapt=0:b-pyramid=none:keyint=40:scenecut=0:threads=1:lookahead-threads=1"
        },
    )
    whole = list(straight(path)[1])
    data = bytearray(path.read_bytes())
    met = 0
    for middle in range(len(data) // 3, len(data) * 2 // 3, len(data) // 12):
        broken = tmp_path / f"b-{middle}.mkv"
        flipped = bytearray(data)
        flipped[middle : middle + 60] = b"\xff" * 60
        broken.write_bytes(flipped)
        if straight(broken)[0].damaged_from_s is not None:
            _good_part(broken, whole)
            met += 1
    assert met > 1


def test_a_file_without_one_good_frame_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "zero.mp4", "mpeg4", container_options=FRONT)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(MediaRefused) as refused:
        probe_media(path, LIMITS)
    assert refused.value.what == "no frame can be shown"
    assert refused.value.where == str(path)
    assert refused.value.remedy


def test_a_missing_end_without_frames_in_it_costs_no_frame(clip: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "cues.mkv"
    path.write_bytes(clip("h264.mkv").read_bytes()[:-8])
    probe, frames = straight(path)
    assert [frame.number for frame in frames] == list(range(40))
    assert probe.damaged_from_s == probe.duration_s
