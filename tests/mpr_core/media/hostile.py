"""Files made to do harm: lying headers, references to other files, and a witness of what is opened."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av

from tests.mpr_core.media.media_factory import make_clip, numbered_picture
from tests.mpr_core.media.mp4_boxes import edit_boxes

_IN_OPEN = 0x20


@contextmanager
def opened_files(folder: Path) -> Iterator[set[str]]:
    """The names in `folder` that anybody opened while the block ran (Linux inotify); filled when it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN) >= 0
    names: set[str] = set()
    try:
        yield names
        try:
            events = os.read(watch, 1 << 16)
        except BlockingIOError:
            events = b""
        at = 0
        while at < len(events):
            length = int.from_bytes(events[at + 12 : at + 16], "little")
            name = events[at + 16 : at + 16 + length].rstrip(b"\0")
            if name:
                names.add(os.fsdecode(name))
            at += 16 + length
    finally:
        os.close(watch)


def claim_long_frames(path: Path, seconds: int) -> Path:
    """An mp4 of ten frames that are said to be shown for `seconds` altogether."""
    make_clip(path, frames=10)

    def change(name: bytes, body: bytes) -> bytes:
        if name == b"elst":
            return bytes(8)
        if name != b"stts":
            return body
        return bytes(4) + (1).to_bytes(4, "big") + (10).to_bytes(4, "big") + (seconds * 1280).to_bytes(4, "big")

    return edit_boxes(path, change)


def claim_duration(path: Path, seconds: int) -> Path:
    """An mkv or webm whose header claims another duration than its frames have."""
    make_clip(path)
    data = path.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    path.write_bytes(data[:at] + struct.pack(">d", seconds * 1000.0) + data[at + 8 :])
    return path


def claim_size(path: Path, width_px: int, height_px: int) -> Path:
    """An H.264 stream whose sequence header claims another frame size, in the container of `path`."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 96, 64, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"preset": "ultrafast", "profile": "baseline", "x264-params": "annexb=1:repeat-headers=1"}
    packets = []
    for number in range(10):
        frame = av.VideoFrame.from_ndarray(numbered_picture(number), "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for packet in packets:
            lying = av.Packet(_with_size(bytes(packet), width_px, height_px))
            lying.pts, lying.dts, lying.time_base, lying.stream = packet.pts, packet.dts, Fraction(1, 25), stream
            lying.is_keyframe = packet.is_keyframe
            output.mux(lying)
    return path


def _with_size(data: bytes, width_px: int, height_px: int) -> bytes:
    units = data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    lying = _sequence_header(width_px, height_px)
    return b"".join(b"\0\0\0\1" + (lying if unit[0] & 31 == 7 else unit) for unit in units)


def _sequence_header(width_px: int, height_px: int) -> bytes:
    """A baseline H.264 sequence parameter set. Source: ITU-T H.264, 7.3.2.1.1."""

    def exp_golomb(value: int) -> str:
        digits = bin(value + 1)[2:]
        return "0" * (len(digits) - 1) + digits

    bits = f"{66:08b}{0xC0:08b}{62:08b}" + exp_golomb(0) + exp_golomb(0) + exp_golomb(2) + exp_golomb(1) + "0"
    bits += exp_golomb(width_px // 16 - 1) + exp_golomb(height_px // 16 - 1) + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    body = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    escaped = bytearray()
    for byte in body:
        if escaped[-2:] == b"\0\0" and byte <= 3:
            escaped.append(3)
        escaped.append(byte)
    return b"\x67" + bytes(escaped)


def refer_elsewhere(path: Path, target: Path) -> Path:
    """A mov whose video data is said to lie in `target`, through a Macintosh alias record."""
    make_clip(path)
    name = os.fsencode(target.name)
    alias = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12)
    alias += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + (1).to_bytes(2, "big") * 2 + bytes(16)
    full = os.fsencode(target)
    alias += (2).to_bytes(2, "big") + len(full).to_bytes(2, "big") + full + b"\0" * (len(full) % 2)
    alias += b"\xff\xff\0\0"
    entry = (12 + len(alias)).to_bytes(4, "big") + b"alis" + bytes(4) + alias
    return edit_boxes(path, lambda box, body: bytes(4) + (1).to_bytes(4, "big") + entry if box == b"dref" else body)
