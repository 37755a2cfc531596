"""Whether a file ends before its own structure says it does.

Only promises about bytes count: a wrong duration or frame count in a header is common and harmless.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import av.error

from mpr_core.media.decode import packets_of
from mpr_core.media.limits import MediaLimits
from mpr_core.media.open import open_media

# An mp4 index has one entry per frame; files are interleaved in time, so the last entries reach furthest.
_TAIL_ENTRIES = 256
_EBML_HEADER = b"\x1aE\xdf\xa3"
_MKV_SEGMENT = b"\x18S\x80g"
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1


_TS_PACKET = 188
_TS_SYNC = 0x47
# A header that claims this much more than could be read, with this much of the file left over, was not merely wrong.
_CLAIM_RATIO, _CLAIM_S = 1.1, 0.5
_UNREAD_RATIO = 0.1


def missing_bytes(path: Path, container: Any, stream: Any) -> int:
    """How many bytes the container promises past the end of the file; 0 for a complete one or one without promises."""
    size = path.stat().st_size
    name = container.format.name
    if "mp4" in name:
        entries = stream.index_entries
        tail = entries[-_TAIL_ENTRIES:] if len(entries) else []
        missing = max(0, max((entry.pos + entry.size for entry in tail), default=0) - size)
        return missing or _missing_of_fragment(path, size)
    readers = {"matroska,webm": _mkv_end, "avi": _riff_end, "asf": _asf_end, "mpegts": _ts_end}
    if name not in readers:
        return 0
    with path.open("rb") as file:
        return max(0, readers[name](file) - size)


def stops_early(path: Path, container: Any, last_position: int, read_s: float, limits: MediaLimits) -> bool:
    """Whether reading stopped inside the file, behind bytes that make no sense, before the time the header claims.

    Args:
        last_position: byte position of the last video packet that was read; negative when unknown.
        read_s: seconds of video that were read.
    """
    claimed_s = (container.duration or 0) / 1_000_000
    unread = path.stat().st_size - last_position
    if last_position < 0 or claimed_s < read_s * _CLAIM_RATIO + _CLAIM_S:
        return False
    return (
        unread > path.stat().st_size * _UNREAD_RATIO
        and _last_second(path, limits) < claimed_s / _CLAIM_RATIO - _CLAIM_S
    )


def _last_second(path: Path, limits: MediaLimits) -> float:
    """The latest timestamp of any stream, counted from the earliest: sound may rightly go on after the last picture."""
    seconds = []
    with open_media(path, limits) as container, suppress(av.error.FFmpegError):
        for packet in packets_of(container):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                seconds.append(float(stamp * packet.time_base))
    return max(seconds, default=0.0) - min(seconds, default=0.0)


def _missing_of_fragment(path: Path, size: int) -> int:
    """How many bytes of the last fragment of a fragmented mp4 are missing."""
    at, in_fragments = 0, False
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            in_fragments |= name == b"moof"
            if length < 8:
                return 0
            at += length
            if at > size:
                return at - size if in_fragments and name in (b"moof", b"mdat") else 0
    return 0


def _ts_end(file: BinaryIO) -> int:
    """End of the last, begun packet of a plain transport stream; 0 for other packet sizes."""
    head = file.read(2 * _TS_PACKET)
    size = file.seek(0, 2)
    if len(head) < 2 * _TS_PACKET or head[0] != _TS_SYNC or head[_TS_PACKET] != _TS_SYNC:
        return 0
    return -(-size // _TS_PACKET) * _TS_PACKET


def _mkv_end(file: BinaryIO) -> int:
    """End of the segment element; 0 when its size is left open, as live recorders do. Source: RFC 8794, RFC 9559."""
    if file.read(4) != _EBML_HEADER:
        return 0
    header_size = _ebml_size(file)
    file.seek(header_size or 0, 1)
    if file.read(4) != _MKV_SEGMENT:
        return 0
    size = _ebml_size(file)
    return 0 if size is None else file.tell() + size


def _ebml_size(file: BinaryIO) -> int | None:
    """A variable-length EBML size at the current position; None when it is 'unknown' (all ones)."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + file.read(length - 1), "big")
    return None if value == (1 << 7 * length) - 1 else value


def _riff_end(file: BinaryIO) -> int:
    """End of the first RIFF chunk; 0 when a recorder never filled its size in."""
    head = file.read(8)
    size = int.from_bytes(head[4:8], "little")
    return 0 if size >= 0x7FFFFFFF else 8 + size


def _asf_end(file: BinaryIO) -> int:
    """The file size in the ASF file properties object, unless the broadcast flag says it is not valid."""
    head = file.read(65536)
    start = head.find(_ASF_FILE_PROPERTIES)
    if start < 0 or len(head) < start + 92:
        return 0
    flags = int.from_bytes(head[start + 88 : start + 92], "little")
    return 0 if flags & _ASF_BROADCAST else int.from_bytes(head[start + 40 : start + 48], "little")
