"""The chunks of a source together show every frame of it once: the same exact second, the same pixels, read back and compared."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.errors import MediaRefused
from mpr_core.intake.chunking import longer_than_asked
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.intake.cutting import cut, shown
from tests.mpr_core.media.conftest import CLIPS
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.media.mp4_boxes import set_edit_list
from tests.mpr_core.media.reading_back import straight

# These containers store in which order frames decode, not when they are shown; of flv1 no muxer keeps the times.
NOT_CUT = ("h264.avi", "mpeg4.avi", "msmpeg4.avi", "mjpeg.avi", "with-sound.avi", "wmv2.wmv", "flv1.flv")
OPEN = "open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=3:b-adapt=0"
UNEVEN = [0, 3, 4, 9, 10, 11, 17, 18, 21, 30, 31, 33, 40, 41, 42, 50, 55, 56, 60, 61]

MORE: dict[str, Callable[[Path], Path]] = {
    "23.976.mp4": lambda path: make_clip(path, rate=Fraction(24000, 1001), b_frames=2),
    "23.976.mkv": lambda path: make_clip(path, rate=Fraction(24000, 1001), b_frames=2),
    "pyramid.ts": lambda path: make_clip(path, b_frames=3, options={"x264-params": f"{OPEN}:b-pyramid=normal"}),
    "pyramid.mkv": lambda path: make_clip(path, b_frames=3, options={"x264-params": f"{OPEN}:b-pyramid=normal"}),
    "open-hevc.mp4": lambda path: make_clip(
        path, "libx265", b_frames=3, options={"x265-params": "log-level=none:open-gop=1:keyint=10:scenecut=0"}
    ),
    "uneven.mp4": lambda path: make_clip(path, frames=20, pts=UNEVEN, gop=5, b_frames=2),
    "uneven.mkv": lambda path: make_clip(path, frames=20, pts=UNEVEN, gop=5, b_frames=2),
    "uneven.ts": lambda path: make_clip(path, frames=20, pts=UNEVEN, gop=5),
    "negative.mp4": lambda path: make_clip(
        path, pts=range(-7, 33), container_options={"avoid_negative_ts": "disabled"}
    ),
    "negative.ts": lambda path: make_clip(path, pts=range(-7, 33), container_options={"avoid_negative_ts": "disabled"}),
    "hidden-start.mp4": lambda path: set_edit_list(make_clip(path, b_frames=2), [(1400, 1024 + 5 * 512)]),
    "hidden-end.mp4": lambda path: set_edit_list(make_clip(path), [(1240, 0)]),
    "delayed.mp4": lambda path: set_edit_list(make_clip(path), [(500, -1), (1600, 0)]),
    "sound-first.mp4": lambda path: make_clip(path, pts=range(20, 60), audio_codec="aac"),
    "sound-late.mkv": lambda path: make_clip(path, audio_codec="aac", audio_start_s=0.5),
    "sound-first.ts": lambda path: make_clip(path, pts=range(20, 60), audio_codec="mp2"),
    "turned.mp4": lambda path: make_clip(path, rotation_deg=90),
    "keyframes-only.mov": lambda path: make_clip(path, "prores_ks", pix_fmt="yuv422p10le"),
}

# Long enough for chunks that are reached by seeking.
SLOW: dict[str, Callable[[Path], Path]] = {
    f"slow{kind}": lambda path, codec=codec, more=more: make_clip(path, codec, rate=Fraction(3), **more)  # type: ignore[misc]
    for kind, codec, more in (
        (".mp4", "libx264", {"b_frames": 2, "audio_codec": "aac"}),
        (".mkv", "libx264", {"b_frames": 2, "audio_codec": "libopus"}),
        (".ts", "libx264", {"b_frames": 3, "options": {"x264-params": OPEN}, "audio_codec": "mp2"}),
        (".flv", "libx264", {"b_frames": 2}),
        (".webm", "libvpx-vp9", {"audio_codec": "libopus"}),
    )
}
SOURCES = MORE | SLOW


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, clip: Callable[[str], Path]) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("sources")

    def get(name: str) -> Path:
        path = folder / name
        return clip(name) if name not in SOURCES else path if path.exists() else SOURCES[name](path)

    return get


@pytest.mark.parametrize("name", [name for name in CLIPS if name not in NOT_CUT] + list(SOURCES))
@pytest.mark.parametrize("seconds", [Fraction(1, 2), Fraction(1)], ids=["short", "long"])
def test_every_frame_is_in_one_chunk_at_its_second(name: str, seconds: Fraction, source: Callable[[str], Path]) -> None:
    path = source(name)
    probe, frames = straight(path)
    media_in = ObjectStore("memory://")
    done = cut(path, seconds, media_in)
    chunks = done.manifest.usable()
    assert len(chunks) == done.manifest.planned > 1
    assert [frame for chunk in chunks for frame in shown(media_in, chunk)] == frames
    assert sum(chunk.probe.frame_count for chunk in chunks) == probe.frame_count
    assert [chunk.probe.seekable for chunk in chunks] == [True] * len(chunks)
    assert {(chunk.probe.width_px, chunk.probe.height_px) for chunk in chunks} == {(probe.width_px, probe.height_px)}
    # One after the other they take as long as the source, whatever their containers can say of their last frame.
    sample_s = Fraction(1, 48000)
    assert abs(sum(chunk.duration_s for chunk in chunks) - probe.duration_s) <= sample_s
    assert abs(chunks[0].offset_s) <= sample_s
    assert any(chunk.probe.has_audio for chunk in chunks) == (done.manifest.source.sound is not None) == probe.has_audio


@settings(max_examples=12)
@given(seconds=st.fractions(Fraction(1, 25), 4, max_denominator=50), name=st.sampled_from(["slow.ts", "slow.mkv"]))
def test_whatever_the_length_chunks_are_no_longer_where_a_cut_was_possible(
    seconds: Fraction, name: str, source: Callable[[str], Path]
) -> None:
    path, media_in = source(name), ObjectStore("memory://")
    manifest = cut(path, seconds, media_in).manifest
    assert [frame for chunk in manifest.usable() for frame in shown(media_in, chunk)] == straight(path)[1]
    possible = cut(path, Fraction(1, 25), ObjectStore("memory://")).manifest.cuts_s
    assert set(manifest.cuts_s) <= set(possible)
    for start_s, end_s in pairwise(manifest.cuts_s):
        assert end_s - start_s <= seconds or not any(start_s < cut_s < end_s for cut_s in possible)


@pytest.mark.parametrize("name", NOT_CUT)
def test_what_cannot_be_cut_exactly_is_refused_and_nothing_is_written(name: str, source: Callable[[str], Path]) -> None:
    media_in = ObjectStore("memory://")
    with pytest.raises(MediaRefused, match="cannot be cut without decoding it") as refusal:
        cut(source(name), 1, media_in)
    assert refusal.value.why
    assert "ingest the file whole" in refusal.value.remedy
    assert media_in.objects("") == []


@pytest.mark.parametrize("seconds", [Fraction(1, 10), Fraction(7, 20)])
def test_a_chunk_without_a_keyframe_in_reach_is_longer_and_counted_so(
    seconds: Fraction, source: Callable[[str], Path]
) -> None:
    path = source("vp9.webm")
    done = cut(path, seconds, ObjectStore("memory://"))
    assert [later - earlier for earlier, later in pairwise(done.manifest.cuts_s)] == [Fraction(2, 5)] * 4
    assert longer_than_asked(done.manifest) == [(number, Fraction(2, 5)) for number in range(1, 5)]


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
@pytest.mark.parametrize(("gop", "options"), [(1000, "scenecut=0"), (12, "intra-refresh=1:scenecut=0")])
def test_a_source_whose_other_keyframes_do_not_show_everything_at_once_is_one_chunk(
    gop: int, options: str, suffix: str, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / f"one.{suffix}", frames=28, gop=gop, options={"x264-params": options})
    media_in = ObjectStore("memory://")
    done = cut(path, 1, media_in)
    assert [frame for chunk in done.manifest.usable() for frame in shown(media_in, chunk)] == straight(path)[1]
    assert longer_than_asked(done.manifest) == [(1, Fraction(28, 25))]


def test_a_source_shorter_than_a_chunk_is_one_chunk(tmp_path: Path) -> None:
    done = cut(make_clip(tmp_path / "short.mp4", frames=1), 60, ObjectStore("memory://"))
    assert [chunk.probe.frame_count for chunk in done.manifest.usable()] == [1]
    assert longer_than_asked(done.manifest) == []


@pytest.mark.parametrize("seconds", [Fraction(1, 2), Fraction(1)])
def test_scene_cuts_that_are_no_clean_beginning_are_not_cut_at(seconds: Fraction, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "scenes.mp4", gop=1000)
    media_in = ObjectStore("memory://")
    done = cut(path, seconds, media_in)
    assert done.manifest.cuts_s == (0, Fraction(32, 25), Fraction(8, 5))
    assert [frame for chunk in done.manifest.usable() for frame in shown(media_in, chunk)] == straight(path)[1]


def test_sound_that_a_chunk_cannot_hold_is_left_out_and_moves_no_picture(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "aac.ts", pts=range(20, 60), audio_codec="aac")
    probe, frames = straight(path)
    media_in = ObjectStore("memory://")
    done = cut(path, 1, media_in)
    assert done.manifest.source.sound is None
    assert probe.first_frame_s > Fraction(1, 2)
    assert [frame for chunk in done.manifest.usable() for frame in shown(media_in, chunk)] == frames
    assert sum(chunk.duration_s for chunk in done.manifest.usable()) == probe.duration_s


def test_the_same_source_gives_the_same_bytes_however_many_workers_cut_it(source: Callable[[str], Path]) -> None:
    path = source("with-sound.mp4")
    stores = [ObjectStore("memory://"), ObjectStore("memory://")]
    done = [cut(path, Fraction(1, 2), store, workers=workers) for store, workers in zip(stores, (1, 4), strict=True)]
    assert done[0] == done[1]
    first, second = ({found.key: store.get(found.key) for found in store.objects("")} for store in stores)
    assert first == second
