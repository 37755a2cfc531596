"""Taking mp4 files apart and putting them together wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Box = tuple[bytes, "bytes | list[Box]"]
_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}


def parse(data: bytes) -> list[Box]:
    """The boxes in `data`, parents taken apart."""
    boxes: list[Box] = []
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        body = data[at + head : at + size]
        boxes.append((name, parse(body) if name in _PARENTS else body))
        at += size
    return boxes


def build(boxes: Sequence[Box]) -> bytes:
    """The bytes of `boxes`."""
    parts = []
    for name, body in boxes:
        data = body if isinstance(body, bytes) else build(body)
        parts.append((8 + len(data)).to_bytes(4, "big") + name + data)
    return b"".join(parts)


def edit_boxes(path: Path, change: Callable[[bytes, bytes], bytes]) -> Path:
    """Pass every leaf box (name, body) through `change`; when sizes change, the index must stand behind the data."""

    def visit(boxes: list[Box]) -> list[Box]:
        return [(name, change(name, body) if isinstance(body, bytes) else visit(body)) for name, body in boxes]

    path.write_bytes(build(visit(parse(path.read_bytes()))))
    return path


def set_edit_list(path: Path, entries: Sequence[tuple[int, int]]) -> Path:
    """Give the last track (the video) an edit list.

    Args:
        entries: (duration in movie ticks of 1/1000 s, first media tick, -1 for nothing shown).
    """
    body = bytes(4) + len(entries).to_bytes(4, "big")
    for duration, start in entries:
        body += duration.to_bytes(4, "big") + start.to_bytes(4, "big", signed=True) + (1 << 16).to_bytes(4, "big")
    boxes = parse(path.read_bytes())
    moov = next(content for name, content in boxes if name == b"moov")
    assert isinstance(moov, list)
    track = [content for name, content in moov if name == b"trak"][-1]
    assert isinstance(track, list)
    track[:] = [box for box in track if box[0] != b"edts"]
    track.insert(1, (b"edts", [(b"elst", body)]))
    path.write_bytes(build(boxes))
    return path
