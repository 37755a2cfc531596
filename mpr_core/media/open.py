"""The only door through which a source video reaches FFmpeg.

Protocols, containers and codecs are whitelisted (`limits`), the header is held against the limits before any frame is
decoded, and every refusal says what the file is and what to do. External references inside mov files are not followed
(`enable_drefs` stays 0).
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.error
from av.stream import Disposition

from mpr_core.errors import MediaRefused
from mpr_core.media.limits import CODECS_TEXT, CONTAINERS_TEXT, DECODERS, DEMUXERS, PROTOCOLS, MediaLimits
from mpr_core.media.sniff import HEAD_BYTES, MP4, container_of, looks_like

REMEDY_CONVERT = (
    f"convert it to one of {CONTAINERS_TEXT}, for instance: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4"
)
REMEDY_VIDEO = f"pass a video file: {CONTAINERS_TEXT}"
REMEDY_AGAIN = "copy or download the file again, or take it out of the list"

_MICROSECOND = 1_000_000
# Decoders round the coded size up to whole blocks (at most 64 px, 128 for AV1); the exact size is checked on every
# frame.
_BLOCK_PX = 128
# FFmpeg refuses more streams than this by itself.
_MOST_STREAM_OPTIONS = 1000


@contextmanager
def open_media(path: Path, limits: MediaLimits, *, as_stored: bool = False) -> Iterator[Any]:
    """Open a video file for reading.

    Args:
        path: a regular file; links are followed, devices and pipes are not read.
        limits: refused on what the header already claims: streams, duration, frame size.
        as_stored: packets keep the timestamps that the file holds; missing ones are not filled in.
    Yields:
        An `av.container.InputContainer` with at least one video stream of an accepted codec (`select_video` finds it).
    Raises:
        MediaRefused: not there, not readable, not a video, a container or codec that is not accepted, or over a limit.
    """
    head = _read_head(path)
    container = _open_container(path, head, limits, as_stored)
    try:
        _check_header(path, container, limits)
        yield container
    finally:
        container.close()


def select_video(container: Any) -> Any:
    """The stream a player would show, None without one: no cover picture; default before others, largest, first."""
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & pictures]
    return min(streams, key=_preference, default=None)


def codec_name(stream: Any) -> str:
    """The codec's own name (`av1`), not that of the decoder (`libdav1d`)."""
    return str(stream.codec_context.codec.canonical_name)


def decoder_options(limits: MediaLimits) -> dict[str, str]:
    """Options for every decoder that is opened: none allocates a picture far above the limit."""
    side_px = int(limits.max_pixels_px**0.5) + 1
    margin_px = 2 * _BLOCK_PX * (side_px + _BLOCK_PX)
    return {"max_pixels": str(min(limits.max_pixels_px + margin_px, 2**31 - 1))}


def size_refused(path: Path, width_px: int, height_px: int, limits: MediaLimits) -> MediaRefused:
    """The refusal of frames larger than `limits.max_pixels_px`."""
    return MediaRefused(
        "video too large",
        where=str(path),
        why=f"its frames are {width_px}x{height_px} = {width_px * height_px} px; the limit is {limits.max_pixels_px}",
        remedy="scale the video down, or raise max_pixels_px (MPR_MAX_PIXELS) if you trust the file and have the memory",
    )


def duration_refused(path: Path, duration_s: float, limits: MediaLimits) -> MediaRefused:
    """The refusal of a video longer than `limits.max_duration_s`."""
    return MediaRefused(
        "video too long",
        where=str(path),
        why=f"it claims {duration_s:.0f} s, the limit is {limits.max_duration_s} s",
        remedy="cut it into shorter files, or raise max_duration_s (MPR_MAX_DURATION_S)",
    )


def _preference(stream: Any) -> tuple[bool, int, int]:
    area_px = (stream.codec_context.width or 0) * (stream.codec_context.height or 0)
    return not stream.disposition & Disposition.default, -area_px, stream.index


def _read_head(path: Path) -> bytes:
    """The first bytes of a regular, non-empty, readable file that does not announce itself as something else."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise MediaRefused("not a video", where=str(path), why="it is a folder", remedy="name the files in it")
        if not stat.S_ISREG(mode):
            raise MediaRefused(
                "not a video", where=str(path), why="it is a device, pipe or socket", remedy="save it to a file first"
            )
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise MediaRefused(
            "file not found", where=str(path), why="there is no such file", remedy="check the path"
        ) from error
    except PermissionError as error:
        raise MediaRefused(
            "file not readable",
            where=str(path),
            why="its permissions, or those of its folder, do not let this user read it",
            remedy="grant read permission (chmod u+r)",
        ) from error
    except (OSError, ValueError) as error:
        raise MediaRefused("file not readable", where=str(path), why=str(error), remedy=REMEDY_AGAIN) from error
    if not head:
        raise MediaRefused("empty file", where=str(path), why="it has 0 bytes", remedy=REMEDY_AGAIN)
    _refuse_other_kinds(path, head)
    return head


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    looks = looks_like(head)
    if looks is None:
        return
    if looks.refers:
        raise MediaRefused(
            "not a video",
            where=str(path),
            why=f"it is {looks.kind}, which only refers to other files or addresses; nothing it names was opened",
            remedy="download the video itself and pass that file",
        )
    raise MediaRefused("not a video", where=str(path), why=f"it is {looks.kind}", remedy=REMEDY_VIDEO)


def _open_container(path: Path, head: bytes, limits: MediaLimits, as_stored: bool) -> Any:
    flags = "+nofillin" if as_stored else ""
    try:
        try:
            return _open_whitelisted(path, limits, flags)
        except (av.error.EOFError, av.error.InvalidDataError):
            if container_of(head) != MP4:
                raise
            # A fragmented mp4 that is cut inside the index of its last fragment: read the indexes as they come.
            return _open_whitelisted(path, limits, flags + "+ignidx")
    except av.error.FFmpegError as error:
        raise _not_opened(path, head, error) from error


def _open_whitelisted(path: Path, limits: MediaLimits, flags: str) -> Any:
    allowed = {
        "protocol_whitelist": ",".join(PROTOCOLS),
        "format_whitelist": ",".join(DEMUXERS),
        "codec_whitelist": ",".join(DECODERS.values()),
    } | ({"fflags": flags} if flags else {})
    # An absolute 'file:' address, else a file called 'concat:a|b' would be read as FFmpeg's concat protocol.
    address = f"file:{path.absolute()}"
    per_stream = [decoder_options(limits)] * _MOST_STREAM_OPTIONS
    try:
        return av.open(address, container_options=allowed, stream_options=per_stream, metadata_errors="replace")
    except ValueError as error:
        if isinstance(error, av.error.FFmpegError):
            raise
        # The container names its streams only as they come (flv, mpg), so that no limit can be given to the decoders
        # which look at the first frames: let none be used.
        return av.open(address, container_options=allowed | {"codec_whitelist": "none"}, metadata_errors="replace")


def _not_opened(path: Path, head: bytes, error: Exception) -> MediaRefused:
    announced = container_of(head)
    if announced is None:
        return MediaRefused(
            "not a video",
            where=str(path),
            why="its content is none of the accepted containers",
            remedy=REMEDY_CONVERT,
        )
    return MediaRefused(
        "video not readable",
        where=str(path),
        why=f"it starts like {announced}, but its header or index is missing or damaged ({_reason(error)})",
        remedy=REMEDY_AGAIN,
    )


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def _check_header(path: Path, container: Any, limits: MediaLimits) -> None:
    if len(container.streams) > limits.max_streams:
        raise MediaRefused(
            "too many streams",
            where=str(path),
            why=f"it has {len(container.streams)} streams, the limit is {limits.max_streams}",
            remedy="keep the video and one audio stream: ffmpeg -i INPUT -map 0:v:0 -map 0:a:0? -c copy OUTPUT.mp4",
        )
    stream = select_video(container)
    if stream is None:
        raise _no_video(path, container)
    if DECODERS.get(codec_name(stream)) is None:
        raise MediaRefused(
            "codec not accepted",
            where=str(path),
            why=f"its video is {codec_name(stream)}; accepted are {CODECS_TEXT}",
            remedy=REMEDY_CONVERT,
        )
    width_px, height_px = stream.codec_context.width, stream.codec_context.height
    if width_px * height_px > limits.max_pixels_px:
        raise size_refused(path, width_px, height_px, limits)
    claimed_s = [container.duration / _MICROSECOND] if container.duration else []
    if stream.duration and stream.time_base:
        claimed_s.append(float(stream.duration * stream.time_base))
    if max(claimed_s, default=0.0) > limits.max_duration_s:
        raise duration_refused(path, max(claimed_s), limits)


def _no_video(path: Path, container: Any) -> MediaRefused:
    kinds = {stream.type for stream in container.streams}
    if "video" in kinds and "audio" in kinds:
        why = "it holds sound and a cover picture, or video in a codec this build cannot read"
    elif "video" in kinds:
        why = "its video is in a codec this build cannot read"
    elif "audio" in kinds:
        why = "it holds sound only, no video stream"
    else:
        why = "it holds no video stream"
    return MediaRefused("no video in the file", where=str(path), why=why, remedy="pass the file that has the picture")
