"""The answer to 'why': what each stage saw at one place, where it ended, and which knob decided."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, JsonValue

from mpr_core.record import Record

Outcome = Literal["saw", "cut", "passed", "skipped", "nothing"]
XYXY = tuple[float, float, float, float]


class Setting(Record):
    """One knob: what it is now, and what it would have to be."""

    stage: str
    field: str
    present: JsonValue
    value: JsonValue

    @property
    def knob(self) -> str:
        return f"{self.stage}.{self.field}"

    def argument(self) -> str:
        """What stands behind `--set`."""
        return f"{self.knob}={written(self.value)}"


class Step(Record):
    """What one stage made of the place, or of one thing there."""

    stage: str
    node: str = Field(description="the stage's node in the branch that was asked")
    outcome: Outcome
    said: str
    track: int | None = Field(default=None, description="of the thing it speaks of, numbered within its segment")
    facts: dict[str, JsonValue] = Field(default_factory=dict, description="the figures behind `said`")


class Explanation(Record):
    """Why a brand was, or was not, found at a second of a timeline."""

    format: Literal["mpr.why/1"] = "mpr.why/1"
    timeline: str
    node: str
    brand: str
    listed: bool = Field(description="whether the branch's brand list has it")
    at_s: float
    box_px: XYXY | None
    detected: bool
    verdict: str = Field(description="one sentence: the stage, what it saw, the knob and what it is set to")
    remedy: str = Field(default="", description="one sentence: what would change it; empty when nothing has to change")
    command: str = Field(default="", description="the command in `remedy`, if one would do")
    settings: tuple[Setting, ...] = Field(default=(), description="the knobs that `command` sets")
    tried: bool = Field(
        default=False, description="the settings were tried on the stored parts, and the brand was found"
    )
    stopped_at: str | None = Field(description="the stage that cut it; None when it was detected")
    steps: tuple[Step, ...]


def written(value: Any) -> str:
    """A value as it is typed behind `--set`."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
