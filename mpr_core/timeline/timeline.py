"""A timeline and its chunks: which source video, in which order, with which profile and brands."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from pydantic import Field, field_validator

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.joined_lists import with_added
from mpr_core.errors import InputError
from mpr_core.exact import ExactFraction
from mpr_core.media.media_probe import MediaProbe
from mpr_core.record import Record

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def check_timeline_id(timeline_id: str) -> str:
    """The id itself, if it can be a partition key, a folder name and a tag value everywhere.

    Raises:
        InputError: it has other characters than letters, digits, '.', '_', '-', or more than 63.
    """
    if not _ID.fullmatch(timeline_id) or ".." in timeline_id:
        raise InputError(
            "not a timeline id",
            where=repr(timeline_id),
            why="1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or digit, and no '..'",
            remedy="choose another id, for example match-2026-05-01",
        )
    return timeline_id


class Chunk(Record):
    """One source video file of a timeline."""

    key: str = Field(description="object key below the media-in root")
    digest: str = Field(description="sha256 of the file's bytes, hex")
    size_bytes: int = Field(ge=1)
    probe: MediaProbe
    offset_s: ExactFraction = Field(default=Fraction(0), description="where the chunk begins in its source, seconds")

    @property
    def duration_s(self) -> Fraction:
        """Presented duration; for a damaged chunk up to the damage."""
        if self.probe.damaged_from_s is None:
            return self.probe.duration_s
        return min(self.probe.damaged_from_s, self.probe.duration_s)


class Timeline(Record):
    """An ordered choice of chunks: the unit a user runs a profile on, and a Dagster partition."""

    format: Literal["mpr.timeline/1"] = "mpr.timeline/1"
    id: str
    chunks: tuple[Chunk, ...] = Field(min_length=1)
    profile: str = Field(default="generic", description="name of the profile that plain runs follow")
    brands: tuple[Brand, ...] | None = Field(default=None, description="brand list; None: the profile's own")
    added_brands: tuple[Brand, ...] = Field(
        default=(), description="brands that were accepted for it, on top of the list"
    )

    @field_validator("id")
    @classmethod
    def _usable_id(cls, value: str) -> str:
        return check_timeline_id(value)

    @property
    def duration_s(self) -> Fraction:
        return sum((chunk.duration_s for chunk in self.chunks), Fraction(0))

    def brand_list(self, profiles_own: tuple[Brand, ...] | None) -> tuple[Brand, ...] | None:
        """What is searched for: its own list, else that of the profile, and the brands added to it; None: it has no list at all."""
        listed = profiles_own if self.brands is None else self.brands
        return with_added(listed or (), self.added_brands) if self.added_brands else listed

    def starts_s(self) -> tuple[Fraction, ...]:
        """Where each chunk begins on the timeline's own clock, seconds."""
        starts, now = [], Fraction(0)
        for chunk in self.chunks:
            starts.append(now)
            now += chunk.duration_s
        return tuple(starts)
