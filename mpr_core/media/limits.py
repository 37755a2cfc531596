"""What a source video may be: containers, codecs, protocols, and how large.

A source is untrusted. FFmpeg opens dozens of formats that fetch other files or pages (playlists, scripts, redirectors)
and hundreds of rarely tested decoders; only what is listed here is ever handed to it.
"""

from __future__ import annotations

from pydantic import Field

from mpr_core.record import Record

PROTOCOLS = ("file",)

# FFmpeg's demuxer names. 'mov' reads mp4, m4v and 3gp too, 'matroska' reads webm, 'asf' reads wmv, 'mpeg' is the
# program stream.
DEMUXERS = ("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf")

# Codec -> FFmpeg decoder. The codec name is what a probe reports.
DECODERS = {
    "h264": "h264",
    "hevc": "hevc",
    "vp8": "vp8",
    "vp9": "vp9",
    "av1": "libdav1d",
    "mpeg1video": "mpeg1video",
    "mpeg2video": "mpeg2video",
    "mpeg4": "mpeg4",
    "msmpeg4v2": "msmpeg4v2",
    "msmpeg4v3": "msmpeg4",
    "wmv1": "wmv1",
    "wmv2": "wmv2",
    "wmv3": "wmv3",
    "vc1": "vc1",
    "flv1": "flv",
    "h263": "h263",
    "mjpeg": "mjpeg",
    "prores": "prores",
}

CONTAINERS_TEXT = "mp4, mov, m4v, mkv, webm, avi, ts, mpg, flv, wmv"
CODECS_TEXT = "h264, hevc, vp8, vp9, av1, mpeg2, mpeg4 and older MPEG and Windows Media codecs"


class MediaLimits(Record):
    """How large a source video may be. Checked on the header before any frame is decoded, and again on every frame."""

    max_pixels_px: int = Field(
        default=7680 * 4320,
        ge=1,
        description="Largest frame area, width times height, in pixels; the default is 8K UHD.",
    )
    max_duration_s: int = Field(default=12 * 3600, ge=1, description="Longest video, in seconds.")
    max_streams: int = Field(default=32, ge=1, description="Most streams (video, audio, subtitles, data) in one file.")
    max_frames: int = Field(
        default=12 * 3600 * 120, ge=1, description="Most frames in one file; the default is 12 hours at 120 per second."
    )
