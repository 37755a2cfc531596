"""The base of every domain record: frozen, validated at construction, no unknown fields."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that is checked once, when it is made, and never changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants", allow_inf_nan=False)


class StageConfig(Record):
    """The knobs of one stage. Every field has a unit in its name or description, a range and a default."""
