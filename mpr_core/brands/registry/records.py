"""What the registry keeps: per timeline the names its report has found, per name what was decided about it.

A run writes only its own timeline's document and a decision only its own name's, so that none of them loses another's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from mpr_core.brands.brand_list import MAX_NAME_CHARS, Brand
from mpr_core.brands.normalise import fold_key
from mpr_core.record import Record

Source = Literal["ocr", "local_vlm", "cloud_llm", "manual"]
Decided = Literal["accepted", "rejected", "merged"]
State = Literal["proposed", "accepted", "rejected", "merged"]
STATES: tuple[State, ...] = ("proposed", "accepted", "rejected", "merged")


class FoundName(Record):
    """A name as one report has it."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS, description="as it was read best")
    sources: tuple[Source, ...] = Field(default=(), description="empty for a brand of the list: it was matched")
    seconds: float = Field(ge=0, description="time on screen")
    airings: int = Field(ge=0)
    first_s: float = Field(ge=0, description="timeline second")
    last_s: float = Field(ge=0)
    score: float = Field(ge=0, le=100, description="how sure the readings are")
    crop_key: str | None = Field(default=None, description="store key of its best crop")

    @property
    def key(self) -> str:
        return fold_key(self.name)


class FoundNames(Record):
    """What the report that a timeline stands at has found."""

    format: Literal["mpr.found-names/1"] = "mpr.found-names/1"
    timeline: str
    report: str = Field(description="node id of the report")
    run_id: str = Field(description="the run that first stood at it")
    found_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    names: tuple[FoundName, ...] = Field(default=(), description="what is on no list")
    shown: tuple[FoundName, ...] = Field(default=(), description="brands of its list with airings")

    def says_the_same(self, other: FoundNames) -> bool:
        """Whether both found the same, whenever and in whichever run."""
        told = {"run_id", "found_at"}
        return self.model_dump(exclude=told) == other.model_dump(exclude=told)


class Change(Record):
    """One step of a name's history."""

    state: State
    at: datetime
    source: Source
    run_id: str = Field(default="", description="the run that found the name; empty for what was decided by hand")
    timeline: str = Field(default="", description="where the name was found")
    into: str = Field(default="", description="the brand that it was merged into")


class Decision(Record):
    """What was decided about one name."""

    format: Literal["mpr.brand-decision/1"] = "mpr.brand-decision/1"
    brand: Brand
    state: Decided
    into: str | None = Field(default=None, description="the brand that a merged name stands for")
    sources: tuple[Source, ...] = Field(min_length=1)
    history: tuple[Change, ...] = Field(min_length=1, description="from the first proposal on")

    @property
    def name(self) -> str:
        return self.brand.canonical_name

    @property
    def key(self) -> str:
        return fold_key(self.name)
