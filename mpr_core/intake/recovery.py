"""Whether a decoder that begins at a keyframe shows it and all that follows exactly as one that came from before.

An H.264 stream may call a picture a keyframe behind which pictures still refer to those before it (an I picture at a scene cut), or from
which the decoder recovers only little by little (intra refresh): an IDR picture is neither, nor one whose recovery point message counts 0
frames until then. Source: ITU-T H.264, 7.3.1 (NAL units), D.1.8 and D.2.8.
"""

from __future__ import annotations

from collections.abc import Iterator

_SLICE, _IDR_SLICE, _SEI = 1, 5, 6
_RECOVERY_POINT = 6
_START_CODE = b"\x00\x00\x01"


def recovers_at_once(codec: str, packet: bytes) -> bool:
    """True for the keyframes of all other codecs.

    Args:
        packet: a keyframe's, with start codes or with lengths of four bytes before its units.
    """
    if codec != "h264":
        return True
    for unit in _units(packet):
        kind = unit[0] & 0x1F
        if kind in (_SLICE, _IDR_SLICE):
            return kind == _IDR_SLICE
        counts = [body for message, body in _messages(unit) if message == _RECOVERY_POINT] if kind == _SEI else []
        if counts:
            return counts[0][:1] >= b"\x80"  # ue(v): zero is one set bit
    return False


def _units(packet: bytes) -> Iterator[bytes]:
    """The NAL units of a packet, none of them empty."""
    if packet.startswith((_START_CODE, b"\x00" + _START_CODE)):
        yield from (unit for unit in packet.split(_START_CODE)[1:] if unit)
        return
    at = 0
    while at + 4 < len(packet):
        length = int.from_bytes(packet[at : at + 4], "big")
        if not 0 < length <= len(packet) - at - 4:
            return
        yield packet[at + 4 : at + 4 + length]
        at += 4 + length


def _messages(unit: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, payload) of each message of an SEI unit."""
    body, at = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00"), 0
    while at + 2 <= len(body):
        kind, at = _number(body, at)
        size, at = _number(body, at)
        if at + size > len(body):
            return
        yield kind, body[at : at + size]
        at += size


def _number(body: bytes, at: int) -> tuple[int, int]:
    """A number in bytes of 255 and a last one that is less; and where it ends."""
    value = 0
    while at < len(body) and body[at] == 0xFF:
        value, at = value + 0xFF, at + 1
    return value + (body[at] if at < len(body) else 0), at + 1
