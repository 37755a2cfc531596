"""Videos of two frames and 1.5 kB, each with bytes of its own, as many as a test wants."""

from __future__ import annotations

import struct
import tempfile
from functools import cache
from pathlib import Path

from tests.mpr_core.media.media_factory import make_clip

POISON = b"this is no video\n" * 20


@cache
def _encoded() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_clip(Path(folder) / "tiny.mp4", frames=2, size_px=(32, 32)).read_bytes()


def tiny_video(number: int) -> bytes:
    """The same two frames for every number; a box that players pass over makes the bytes differ."""
    return _encoded() + struct.pack(">I4sQ", 16, b"free", number)
