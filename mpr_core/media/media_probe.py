"""The record of what a source video is. Light to import: timelines hold it; `probe.py` makes it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.exact import Rational
from mpr_core.record import Record


class MediaProbe(Record):
    """A source video as a viewer sees it. Times are seconds on the chunk's own clock unless said otherwise."""

    format: Literal["mpr.probe/1"] = "mpr.probe/1"
    container: str = Field(description="FFmpeg's name of the container.")
    codec: str
    width_px: int = Field(ge=1, description="As shown, after rotation.")
    height_px: int = Field(ge=1, description="As shown, after rotation.")
    rotation_deg: Literal[0, 90, 180, 270] = Field(description="Clockwise turn from the stored to the shown picture.")
    mirrored: bool = Field(default=False, description="The stored picture is flipped left-right before it is turned.")
    average_fps: Rational | None = Field(
        description="Frames per second; None for a single frame without a nominal rate."
    )
    time_base: Rational = Field(description="Seconds per tick of the video's timestamps.")
    start_s: Rational = Field(description="The container's own time at which the chunk's clock is 0.")
    first_frame_s: Rational = Field(description="When the first frame is shown; above 0 when the sound begins earlier.")
    duration_s: Rational = Field(description="End of the last presented frame.")
    claimed_duration_s: Rational | None = Field(default=None, description="What the header says; never relied on.")
    frame_count: int = Field(ge=1, description="Presented frames, each counted once.")
    is_vfr: bool = Field(description="Frames do not sit on an even grid.")
    has_audio: bool
    video_stream_index: int = Field(ge=0)
    pix_fmt: str
    bit_depth: int | None = None
    stamps: Literal["pts", "dts"] = Field(description="Which timestamps the container stores; see `clock`.")
    damaged_from_s: Rational | None = Field(default=None, description="End of the last good frame of a damaged file.")
    damage_reason: str | None = None
    seekable: bool = Field(description="Reading may start at a keyframe inside the file.")
