"""What the report is made from: plain, fast input records in timeline seconds.

They are dataclasses, not pydantic records, because a long timeline has hundreds of thousands of sightings. Whoever
fills them has already mapped source time to timeline time and clipped every span to its scene, its chunk and damage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Transition = Literal["start", "cut", "dissolve", "fade", "wipe"]
StageStatus = Literal["done", "skipped", "failed"]

Quad = tuple[float, float, float, float, float, float, float, float]
"""x, y of four corners in pixels, clockwise from top-left."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One brand at one place in one sampled frame, and the span of time that frame stands for."""

    brand: str
    t_s: float
    """The sampled instant."""
    start_s: float
    end_s: float
    """Half-open span this sample stands for; `start_s == end_s` stands for nothing and is ignored."""
    chunk_index: int
    frame_key: str
    quad_px: Quad
    frame_width_px: int
    frame_height_px: int
    track: str
    """Unique over the whole timeline, not only in its segment."""
    score: float
    """0 to 100: how sure the deciding stage is of the brand."""
    clarity: float
    """0 to 1: how legible the crop is."""
    decided_by: str
    text: str = ""
    crop_key: str | None = None
    """Store key of the track's best crop."""
    crop_quality: float = 0.0

    def __post_init__(self) -> None:
        if not self.brand:
            raise ValueError("a sighting needs a brand")
        if not self.start_s <= self.end_s:
            raise ValueError(f"sighting of {self.brand!r}: start_s {self.start_s} is after end_s {self.end_s}")
        if len(self.quad_px) != 8:
            raise ValueError(f"sighting of {self.brand!r}: quad_px has {len(self.quad_px)} numbers, not 8")
        if self.frame_width_px <= 0 or self.frame_height_px <= 0:
            raise ValueError(f"sighting of {self.brand!r}: frame of {self.frame_width_px}x{self.frame_height_px} px")


@dataclass(frozen=True, slots=True)
class SceneSpan:
    """One scene, half-open, and how it began."""

    start_s: float
    end_s: float
    transition: Transition = "cut"
    frame_key: str | None = None
    """A representative frame."""


@dataclass(frozen=True, slots=True)
class ChunkSpan:
    """One chunk's place in the timeline; `damaged_from_s` (timeline seconds) is where it stopped being readable."""

    key: str
    start_s: float
    end_s: float
    damaged_from_s: float | None = None
    damage_reason: str = ""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """How one stage ended. `config_changes` holds only what differs from the profile."""

    name: str
    status: StageStatus
    reason: str = ""
    counts: Mapping[str, int | float] = field(default_factory=dict)
    config_changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Legible text that matched no brand of the list."""

    text: str
    seconds: float
    first_s: float
    last_s: float
    mean_score: float
    crop_key: str | None = None
    airings: int = 1


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A name on no list that a model saw, for as long as it was on screen."""

    name: str
    source: Literal["local_vlm", "cloud_llm"]
    seconds: float
    first_s: float
    last_s: float
    confidence: float
    models: str = ""
    evidence: str = ""
    crop_key: str | None = None
    airings: int = 1
