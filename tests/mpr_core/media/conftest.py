"""Clips in every accepted container and codec, made once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.mpr_core.media.media_factory import make_clip

Maker = Callable[[Path], Path]

CLIPS: dict[str, Maker] = {
    "h264.mp4": lambda path: make_clip(path, b_frames=2),
    "h264.mov": lambda path: make_clip(path),
    "h264.m4v": lambda path: make_clip(path, b_frames=3, rate=Fraction(24000, 1001)),
    "h264-fragmented.mp4": lambda path: make_clip(
        path, b_frames=2, container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "h264-open-gop.mp4": lambda path: make_clip(
        path, b_frames=3, options={"x264-params": "open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=3:b-adapt=0"}
    ),
    "hevc.mp4": lambda path: make_clip(path, "libx265", b_frames=3),
    "hevc.mkv": lambda path: make_clip(path, "libx265"),
    "av1.mp4": lambda path: make_clip(path, "libsvtav1"),
    "av1.webm": lambda path: make_clip(path, "libsvtav1"),
    "mpeg4.mp4": lambda path: make_clip(path, "mpeg4", b_frames=2),
    "h264.mkv": lambda path: make_clip(path, b_frames=3, rate=Fraction(30000, 1001)),
    "vp8.webm": lambda path: make_clip(path, "libvpx"),
    "vp9.webm": lambda path: make_clip(path, "libvpx-vp9"),
    "vp9-live.webm": lambda path: make_clip(path, "libvpx-vp9", container_options={"live": "1"}),
    "h264.avi": lambda path: make_clip(path, b_frames=2),
    "mpeg4.avi": lambda path: make_clip(path, "mpeg4", b_frames=2),
    "msmpeg4.avi": lambda path: make_clip(path, "msmpeg4"),
    "mjpeg.avi": lambda path: make_clip(path, "mjpeg", pix_fmt="yuvj420p"),
    "h264.ts": lambda path: make_clip(path, b_frames=2),
    "h264-open-gop.ts": lambda path: make_clip(
        path, b_frames=3, options={"x264-params": "open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=3:b-adapt=0"}
    ),
    "hevc.ts": lambda path: make_clip(path, "libx265", b_frames=3),
    "mpeg2.ts": lambda path: make_clip(path, "mpeg2video", b_frames=2),
    "mpeg2.mpg": lambda path: make_clip(path, "mpeg2video", b_frames=2),
    "h264.flv": lambda path: make_clip(path, b_frames=2),
    "flv1.flv": lambda path: make_clip(path, "flv"),
    "wmv2.wmv": lambda path: make_clip(path, "wmv2"),
    "with-sound.mp4": lambda path: make_clip(path, b_frames=2, audio_codec="aac"),
    "with-sound.mkv": lambda path: make_clip(path, b_frames=2, audio_codec="libopus"),
    "with-sound.ts": lambda path: make_clip(path, b_frames=2, audio_codec="mp2"),
    "with-sound.avi": lambda path: make_clip(path, "mpeg4", audio_codec="mp2"),
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`clip(name)` is the path of the clip of that name in `CLIPS`: 40 numbered frames, a keyframe every 10."""
    folder = tmp_path_factory.mktemp("clips")

    def get(name: str) -> Path:
        path = folder / name
        return path if path.exists() else CLIPS[name](path)

    return get
