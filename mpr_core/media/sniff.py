"""What a refused file is, in words, from its first bytes. Only explains a refusal; it never decides what is opened."""

from __future__ import annotations

import re
from typing import NamedTuple

HEAD_BYTES = 4096
MP4 = "an mp4 or mov file"


class Looks(NamedTuple):
    """What the first bytes look like.

    Args:
        kind: in words, with its article.
        refers: whether such a file names other files or addresses, so that opening it could read or fetch them.
    """

    kind: str
    refers: bool = False


_TEXT_FORMS = (
    (r"#EXTM3U", Looks("an HLS playlist (m3u8)", True)),
    (r"ffconcat version", Looks("an FFmpeg concat script", True)),
    (r"v=0\r?\n", Looks("an SDP session description", True)),
    (r"\[(playlist|reference)\]", Looks("a playlist", True)),
    (r"<asx", Looks("an ASX playlist", True)),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<MPD", Looks("a DASH manifest (mpd)", True)),
    (r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<SmoothStreamingMedia", Looks("a Smooth Streaming manifest", True)),
    (r"(<\?xml[^>]*>\s*)?(<!doctype[^>]*>\s*)?<svg", Looks("an SVG image", True)),
    (r"(<!doctype html|<html|<head)", Looks("a web page (HTML)", True)),
    (r"WEBVTT", Looks("a subtitle file (WebVTT)")),
    (r"\d+\r?\n\d\d:\d\d:\d\d[,.]\d+ -->", Looks("a subtitle file (SRT)")),
    (r"\[Script Info\]", Looks("a subtitle file (ASS)")),
    (r"(file|https?|rtmp|rtsp)[:\s]+\S", Looks("a list of files or addresses", True)),
)

_MAGIC = (
    (0, b"\x89PNG\r\n", Looks("a PNG image")),
    (0, b"\xff\xd8\xff", Looks("a JPEG image")),
    (0, b"GIF8", Looks("a GIF image")),
    (0, b"BM", Looks("a BMP image")),
    (0, b"II*\x00", Looks("a TIFF image")),
    (0, b"MM\x00*", Looks("a TIFF image")),
    (8, b"WEBP", Looks("a WebP image")),
    (8, b"WAVE", Looks("a WAV audio file")),
    (4, b"ftypheic", Looks("a HEIC image")),
    (4, b"ftypmif1", Looks("a HEIF image")),
    (4, b"ftypavi", Looks("an AVIF image")),
    (4, b"ftypM4A", Looks("an audio file (m4a)")),
    (0, b"ID3", Looks("an MP3 audio file")),
    (0, b"fLaC", Looks("a FLAC audio file")),
    (0, b"OggS", Looks("an Ogg file")),
    (0, b"%PDF", Looks("a PDF document")),
    (0, b"PK\x03\x04", Looks("a ZIP archive or office document")),
    (0, b"\x1f\x8b", Looks("a gzip archive")),
    (0, b"7z\xbc\xaf", Looks("a 7-Zip archive")),
    (0, b"Rar!", Looks("a RAR archive")),
    (0, b"\x7fELF", Looks("a program")),
    (0, b"MZ", Looks("a program")),
    (0, b"SQLite format 3", Looks("a database")),
    (0, b"\x06\x0e\x2b\x34", Looks("an MXF file")),
)

_CONTAINERS = (
    (4, b"ftyp", MP4),
    (4, b"moov", MP4),
    (4, b"mdat", MP4),
    (0, b"\x1aE\xdf\xa3", "an mkv or webm file"),
    (8, b"AVI ", "an avi file"),
    (0, b"FLV", "an flv file"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a wmv or asf file"),
    (0, b"\x00\x00\x01\xba", "an mpg file"),
    (0, b"\x47", "a ts file"),
)


def looks_like(head: bytes) -> Looks | None:
    """What is known not to be an accepted video, from the first `HEAD_BYTES`; None when nothing is recognised."""
    for offset, magic, looks in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return looks
    text = _as_text(head)
    if text is None:
        return None
    for pattern, looks in _TEXT_FORMS:
        if re.match(pattern, text.lstrip("\ufeff \t\r\n"), re.IGNORECASE | re.DOTALL):
            return looks
    return Looks("a text file")


def container_of(head: bytes) -> str | None:
    """The accepted container that the first bytes announce, in words; None when they announce none."""
    return next((kind for offset, magic, kind in _CONTAINERS if head[offset : offset + len(magic)] == magic), None)


def _as_text(head: bytes) -> str | None:
    """The bytes as text, or None for binary; a character cut at the end of the window is forgiven."""
    if not head or b"\x00" in head:
        return None
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return None
    control = sum(1 for character in text if character < " " and character not in "\t\r\n\f")
    return None if control > len(text) // 100 else text
