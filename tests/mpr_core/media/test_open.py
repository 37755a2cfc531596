"""What is not an accepted video is refused with its reason, and nothing that it names is ever opened."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mpr_core.errors import MediaRefused
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import open_media
from mpr_core.media.probe import probe_media
from tests.mpr_core.media.hostile import claim_duration, claim_size, opened_files, refer_elsewhere
from tests.mpr_core.media.media_factory import make_clip, make_sound
from tests.mpr_core.media.reading_back import LIMITS


def refusal(path: Path, limits: MediaLimits = LIMITS) -> MediaRefused:
    """The refusal of a file; it always says where, why and what to do, and ends the command line with 2."""
    with pytest.raises(MediaRefused) as refused:
        probe_media(path, limits)
    error = refused.value
    assert error.where == str(path)
    assert error.why
    assert error.remedy
    assert error.exit_code == 2
    return error


CONTENTS = {
    "a text file": b"hello, this is no video\n" * 20,
    "a PNG image": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a JPEG image": b"\xff\xd8\xff\xe0" + bytes(100),
    "a GIF image": b"GIF89a" + bytes(100),
    "a WebP image": b"RIFF\x40\0\0\0WEBPVP8 " + bytes(100),
    "a HEIC image": b"\0\0\0\x18ftypheic" + bytes(100),
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(50),
    "a ZIP archive": b"PK\x03\x04" + bytes(100),
    "an Ogg file": b"OggS" + bytes(100),
    "an MP3 audio file": b"ID3\x04" + bytes(100),
    "subtitle file (SRT)": b"1\n00:00:01,000 --> 00:00:02,000\nhello\n",
    "subtitle file (WebVTT)": b"WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n",
    "a web page": b"<!DOCTYPE html><html><body>not found</body></html>",
    "none of the accepted containers": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_other_content_under_a_video_name_is_called_what_it_is(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENTS[kind])
    error = refusal(path)
    assert error.what == "not a video"
    assert kind in error.why


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert refusal(path).what == "empty file"


def test_a_missing_file_a_folder_and_a_pipe(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.mp4").what == "file not found"
    assert "folder" in refusal(tmp_path).why
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    assert "pipe" in refusal(pipe).why


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "secret.mp4", frames=2)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser reads anything
        real_open = Path.open

        def refuse(self: Path, *args: object, **kwargs: object) -> object:
            if stat.S_IMODE(self.stat().st_mode) == 0:
                raise PermissionError(13, "Permission denied", str(self))
            return real_open(self, *args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(Path, "open", refuse)
    error = refusal(path)
    assert error.what == "file not readable"
    assert "permission" in error.why


@pytest.mark.parametrize("suffix", ["m4a", "mp4", "mka", "ts"])
def test_sound_alone_is_no_video(suffix: str, tmp_path: Path) -> None:
    path = make_sound(tmp_path / f"sound.{suffix}", "mp2" if suffix == "ts" else "aac")
    assert "sound" in refusal(path).why or "audio" in refusal(path).why


def test_sound_with_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("aac", rate=48000)
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = 1 << 10
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 48000
        output.mux(sound.encode(frame))
        output.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8), "rgb24")))
        output.mux([*sound.encode(), *cover.encode()])
    assert "cover picture" in refusal(path).why


def test_a_codec_outside_the_list_is_named(tmp_path: Path) -> None:
    error = refusal(make_clip(tmp_path / "lossless.mkv", "ffv1", frames=2))
    assert error.what == "codec not accepted"
    assert "ffv1" in error.why


def test_an_mp4_whose_index_was_lost_says_so(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "half.mp4")
    path.write_bytes(path.read_bytes()[:2000])
    error = refusal(path)
    assert error.what == "video not readable"
    assert "mp4" in error.why
    assert "index" in error.why


@pytest.mark.parametrize("limit", ["pixels", "duration", "streams", "frames"])
def test_each_limit_refuses(limit: str, clip: Callable[[str], Path]) -> None:
    limits = {
        "pixels": MediaLimits(max_pixels_px=96 * 64 - 1),
        "duration": MediaLimits(max_duration_s=1),
        "streams": MediaLimits(max_streams=1),
        "frames": MediaLimits(max_frames=39),
    }[limit]
    what = {"pixels": "video too large", "streams": "too many streams"}.get(limit, "video too long")
    assert refusal(clip("with-sound.mp4"), limits).what == what


def test_at_the_limits_a_file_is_accepted(clip: Callable[[str], Path]) -> None:
    limits = MediaLimits(max_pixels_px=96 * 64, max_duration_s=2, max_streams=2, max_frames=40)
    assert probe_media(clip("with-sound.mp4"), limits).frame_count == 40


def test_a_header_that_claims_a_day_is_refused_before_decoding(tmp_path: Path) -> None:
    path = claim_duration(tmp_path / "day.mkv", 24 * 3600)
    with pytest.raises(MediaRefused, match="86400 s"), open_media(path, LIMITS):
        pass


def test_a_file_longer_than_its_header_claims_is_refused_while_decoding(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "long.mkv", "libvpx", container_options={"live": "1"}, rate=Fraction(5))
    assert refusal(path, MediaLimits(max_duration_s=4)).what == "video too long"


MEASURE = """
import resource, sys
from pathlib import Path
from mpr_core.errors import MediaRefused
from mpr_core.media.limits import MediaLimits
from mpr_core.media.probe import probe_media
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[1:]:
    try:
        probe_media(Path(name), MediaLimits())
    except MediaRefused as error:
        print(error.what, "|", error.why)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_stream_that_claims_huge_frames_is_refused_without_the_memory(tmp_path: Path) -> None:
    paths = [
        claim_size(tmp_path / f"huge.{suffix}", 16368, 16368) for suffix in ("mp4", "mkv", "ts", "flv", "mpg", "avi")
    ]
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    *refusals, grown_mb = run.stdout.splitlines()
    assert len(refusals) == len(paths)
    assert all(line.startswith("video too large") and "16368x16368" in line for line in refusals)
    assert int(grown_mb) < 100, "one such frame takes 400 MB"


class _Listener:
    """A server that counts who calls."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.calls = 0
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()


@pytest.fixture
def listener() -> Iterator[_Listener]:
    server = _Listener()
    yield server
    server.socket.shutdown(socket.SHUT_RDWR)
    server.socket.close()


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{url}\n#EXTINF:2,\n{file}\n#EXT-X-ENDLIST\n",
    "hls behind a blank line": "\n#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{file}\n#EXTINF:2,\n{url}\n",
    "concat": "ffconcat version 1.0\nfile '{file}'\nfile '{url}'\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL>{file}</MPD>\n',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=x:{url}{file}\n",
    "asx": '<asx version="3.0"><entry><ref href="{url}"/><ref href="{file}"/></entry></asx>',
    "reference": "[Reference]\nRef1={url}\nRef2={file}\n",
    "list": "{url}\n{file}\n",
}


@pytest.mark.parametrize("suffix", ["mp4", "ts", "mkv", "m3u8"])
@pytest.mark.parametrize("form", PLAYLISTS)
def test_a_playlist_in_disguise_is_refused_and_nothing_it_names_is_opened(
    form: str, suffix: str, tmp_path: Path, listener: _Listener
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    target = make_clip(secret / "other.ts", frames=5)
    path = tmp_path / f"innocent.{suffix}"
    url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/x.ts"
    path.write_text(PLAYLISTS[form].format(url=url, file=target))
    with opened_files(secret) as opened:
        error = refusal(path)
    assert "refers to other files" in error.why
    assert opened == set()
    assert listener.calls == 0


@pytest.mark.parametrize("form", PLAYLISTS)
def test_the_library_itself_refuses_playlists_too(
    form: str, tmp_path: Path, listener: _Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look at a file only explains; the whitelists hold without it."""
    monkeypatch.setattr("mpr_core.media.open.looks_like", lambda head: None)
    secret = tmp_path / "secret"
    secret.mkdir()
    target = make_clip(secret / "other.ts", frames=5)
    path = tmp_path / "innocent.mp4"
    url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/x.ts"
    path.write_text(PLAYLISTS[form].format(url=url, file=target))
    with opened_files(secret) as opened:
        assert refusal(path).what == "not a video"
    assert (opened, listener.calls) == (set(), 0)


def test_a_mov_that_keeps_its_data_in_another_file_does_not_open_it(tmp_path: Path) -> None:
    target = make_clip(tmp_path / "other.mov")
    path = refer_elsewhere(tmp_path / "alias.mov", target)
    with opened_files(tmp_path) as opened:
        refusal(path)
    assert opened == {"alias.mov"}
    with opened_files(tmp_path) as opened, av.open(str(path), options={"enable_drefs": "1"}):
        pass
    assert "other.mov" in opened, "the trap works where nobody guards against it"


@pytest.mark.parametrize(
    "name", ["concat:a.mp4|b.mp4", "http:x.mp4", "50%02d.mp4", "with space & ü.mp4", "data:x,y.mp4"]
)
def test_a_file_name_is_never_taken_for_an_address(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clip(tmp_path / "plain.mp4", frames=3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe_media(Path(name), LIMITS).frame_count == 3
