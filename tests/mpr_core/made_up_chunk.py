"""Chunks that have no file: as much of a chunk's record as pure code looks at."""

from __future__ import annotations

from fractions import Fraction

from mpr_core.media.probe import MediaProbe
from mpr_core.timeline.timeline import Chunk


def made_up_chunk(
    duration_s: Fraction,
    *,
    offset_s: Fraction = Fraction(0),
    digest: str = "a" * 64,
    damaged_from_s: Fraction | None = None,
) -> Chunk:
    """A chunk of that presented duration, said to be damaged from `damaged_from_s` on."""
    probe = MediaProbe(
        container="mov,mp4",
        codec="h264",
        width_px=640,
        height_px=360,
        rotation_deg=0,
        average_fps=Fraction(25),
        time_base=Fraction(1, 12800),
        start_s=Fraction(0),
        first_frame_s=Fraction(0),
        duration_s=duration_s,
        frame_count=1,
        is_vfr=False,
        has_audio=False,
        video_stream_index=0,
        pix_fmt="yuv420p",
        stamps="pts",
        damaged_from_s=damaged_from_s,
        damage_reason=None if damaged_from_s is None else "made up",
        seekable=True,
    )
    return Chunk(key=f"chunks/{digest[:4]}/x.mp4", digest=digest, size_bytes=1, probe=probe, offset_s=offset_s)
