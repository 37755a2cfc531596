"""What to draw: the few numbers that determine a synthetic film completely."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field, field_serializer, field_validator

from mpr_core.record import Record

FootageKind = Literal["match", "street", "mixed"]

_NTSC = Fraction(1000, 1001)


class SynthSpec(Record):
    """One synthetic film. The same spec always gives the same frames and the same truth.

    `mixed` alternates football (about 60 % of the time) with footage that shows no field at all.
    With `vfr` the frames' durations vary around `1 / fps`; their exact times stand in the truth.
    """

    seconds: float = Field(default=60.0, ge=0.2, le=4 * 3600.0, description="length, seconds")
    seed: int = Field(default=1, ge=0, description="everything random follows from it")
    width: int = Field(default=1280, ge=160, le=3840, multiple_of=2, description="pixels")
    height: int = Field(default=720, ge=90, le=2160, multiple_of=2, description="pixels")
    fps: Fraction = Field(default=Fraction(25), ge=1, le=120, description="nominal frames per second")
    vfr: bool = Field(default=False, description="variable frame rate")
    kind: FootageKind = Field(default="mixed", description="football, anything but a field, or both in turns")

    @field_validator("fps", mode="before")
    @classmethod
    def _exact_fps(cls, value: object) -> object:
        """Accepts '30000/1001', 25, 29.97 (taken as the NTSC rate it abbreviates) or a Fraction."""
        try:
            if isinstance(value, str) and "/" not in value:
                value = float(value)
            if isinstance(value, float):
                near = round(value / _NTSC)
                if value != int(value) and abs(float(near * _NTSC) - value) < 0.006:
                    return near * _NTSC
                return Fraction(str(value))
            return Fraction(value) if isinstance(value, (str, int)) else value
        except (ValueError, ArithmeticError):
            raise ValueError("not a rate, as 25, 29.97 or 30000/1001") from None

    @field_serializer("fps")
    def _fps_text(self, value: Fraction) -> str:
        return f"{value.numerator}/{value.denominator}"
