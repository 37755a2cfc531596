"""What a reader gave, in a form that compares."""

from __future__ import annotations

import zlib
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mpr_core.media.frames import FrameReader
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.probe import probe_media
from tests.mpr_core.media.media_factory import number_in

LIMITS = MediaLimits()


class Seen(NamedTuple):
    """One frame: its second, the number painted in it, a checksum of its pixels."""

    pts_s: Fraction
    number: int
    pixels: int


def read(path: Path, probe: MediaProbe, start_s: Fraction = Fraction(0), end_s: Fraction | None = None) -> list[Seen]:
    """All frames of one call to `FrameReader.frames`."""
    with FrameReader(path, probe, LIMITS) as reader:
        seen = []
        for frame in reader.frames(start_s, end_s):
            image = frame.bgr()
            seen.append(Seen(frame.pts_s, number_in(image), zlib.crc32(image.tobytes())))
        return seen


@cache
def straight(path: Path) -> tuple[MediaProbe, list[Seen]]:
    """The probe of a file and all its frames, read once."""
    probe = probe_media(path, LIMITS)
    return probe, read(path, probe)


def expected_slice(frames: list[Seen], start_s: Fraction, end_s: Fraction | None) -> list[Seen]:
    """What `frames(start_s, end_s)` has to give, from a straight read."""
    if end_s is not None and end_s <= start_s:
        return []
    before = [frame for frame in frames if frame.pts_s <= start_s]
    return before[-1:] + [frame for frame in frames if frame.pts_s > start_s and (end_s is None or frame.pts_s < end_s)]
