"""The report as a record: what `report.json` holds, how it is written, and how it is read again.

Numbers are rounded when the record is made, so the JSON text, the tables and the HTML page state the same figures and a
report that was written and loaded equals the one in memory. Nothing here says when, where or how fast it was made.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from mpr_core.errors import FormatMismatch
from mpr_core.record import Record

FORMAT: Literal["mpr.report/1"] = "mpr.report/1"


def _rounded(digits: int) -> BeforeValidator:
    """Rounds before the limits are checked, so that 100.00000000000001 is 100; adding 0.0 turns -0.0 into 0.0."""
    return BeforeValidator(lambda value: round(value, digits) + 0.0 if isinstance(value, (int, float)) else value)


Seconds = Annotated[float, Field(ge=0), _rounded(3)]
"""Timeline seconds or a length in seconds, to the millisecond."""
Ratio = Annotated[float, Field(ge=0, le=1), _rounded(5)]
Score = Annotated[float, Field(ge=0, le=100), _rounded(3)]
Count = Annotated[int, Field(ge=0)]
Pixel = Annotated[float, _rounded(1)]
QuadPx = tuple[Pixel, Pixel, Pixel, Pixel, Pixel, Pixel, Pixel, Pixel]
SpanS = tuple[Seconds, Seconds]


def _by_key(value: Any) -> Any:
    """The same value with every mapping in it sorted by key: their order has no meaning and must not reach the text."""
    if isinstance(value, dict):
        return {key: _by_key(value[key]) for key in sorted(value)}
    return [_by_key(entry) for entry in value] if isinstance(value, list) else value


def _counts(value: dict[str, int | float]) -> dict[str, int | float]:
    """Counts and means to three digits, amounts of money (`..._usd`) to the billionth."""
    return {k: v if isinstance(v, int) else round(v, 9 if k.endswith("_usd") else 3) + 0.0 for k, v in value.items()}


Counts = Annotated[dict[str, int | float], AfterValidator(_by_key), AfterValidator(_counts)]
Shares = Annotated[dict[str, Ratio], AfterValidator(_by_key)]


class ReportRecord(Record):
    """A part of the report; the text under each field is its description in the JSON Schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


_BOX_CONFIG = ConfigDict(extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


# A dataclass with slots: a long timeline has hundreds of thousands of boxes, and a pydantic model costs several times
# the memory.
@dataclass(frozen=True, slots=True, config=_BOX_CONFIG)
class Box:
    """One place where the brand stood, and for how long this sample stands."""

    t_s: Seconds
    """The sampled instant."""
    start_s: Seconds
    end_s: Seconds
    """End of the half-open span the sample stands for."""
    quad_px: QuadPx
    """x, y of four corners, clockwise from top-left."""
    frame_width_px: int
    frame_height_px: int
    area_ratio: Ratio
    """Visible area of the quad over the frame's area."""
    clarity: Ratio
    """0 illegible to 1 crisp."""
    score: Score
    frame_key: str
    """Store key of the sampled frame."""


class Airing(ReportRecord):
    """One brand's continuous presence."""

    id: str
    """Stable within the timeline: the brand's slug and its running number."""
    brand: str
    start_s: Seconds
    end_s: Seconds
    seconds: Seconds
    """Time on screen: the union of all boxes' spans, without the gaps that were bridged."""
    score: Score
    """Time-weighted mean of the best score on screen, 0 to 100."""
    decided_by: str
    """The stage that decided most of it."""
    deciders: tuple[str, ...]
    """Every stage that decided a part of it, the largest part first."""
    text: str
    """The text read for most of the time; empty when no text decided."""
    mean_area_ratio: Ratio
    """Time-weighted mean of the area its boxes cover together, over the frame's area."""
    max_area_ratio: Ratio
    mean_clarity: Ratio
    """Time-weighted mean of the clearest box."""
    max_clarity: Ratio
    position: str
    """The cell of the 3x3 grid where most of it was."""
    position_share_ratio: Shares
    """Cell to share of the box seconds; cells it never touched are absent."""
    spans_s: tuple[SpanS, ...]
    """The half-open spans it was on screen."""
    boxes: tuple[Box, ...]
    crop_key: str | None
    """Store key of the best crop."""
    crop_quality: float
    chunk_indexes: tuple[Count, ...]
    tracks: Count
    """Tracks it was put together from; a track ends with its segment, so this depends on the segment length."""


class BrandExposure(ReportRecord):
    """One brand's figures over the timeline. A brand that was searched for and not found has zeros and nulls."""

    brand: str
    listed: bool
    """Whether the brand list names it."""
    airings: Count
    seconds: Seconds
    share_of_timeline_ratio: Ratio
    """Its seconds over the timeline's duration."""
    share_of_voice_ratio: Ratio
    """Its seconds over the sum of all brands' seconds."""
    mean_area_ratio: Ratio
    """Weighted by time on screen."""
    max_area_ratio: Ratio
    mean_clarity: Ratio | None
    mean_score: Score | None
    position: str | None
    position_share_ratio: Shares
    simultaneous_s: Annotated[dict[str, Seconds], AfterValidator(_by_key)]
    """Other brand to the seconds both were on screen."""
    first_s: Seconds | None
    last_s: Seconds | None
    """End of the last airing."""


class Stage(ReportRecord):
    """How a stage ended. `skipped` (did not run), `done` with zero counts (found nothing) and `failed` differ."""

    name: str
    status: Literal["done", "skipped", "failed"]
    reason: str
    counts: Counts
    config_changes: Annotated[dict[str, JsonValue], AfterValidator(_by_key)]
    """Settings that differ from the profile."""


class Scene(ReportRecord):
    """One scene and how it began."""

    start_s: Seconds
    end_s: Seconds
    transition: Literal["start", "cut", "dissolve", "fade", "wipe"]
    frame_key: str | None


class Chunk(ReportRecord):
    """One chunk of source video at its place in the timeline."""

    key: str
    start_s: Seconds
    end_s: Seconds


class DamagedRange(ReportRecord):
    """A range of the timeline that could not be read: nothing is known about it."""

    chunk_index: Count
    chunk_key: str
    start_s: Seconds
    end_s: Seconds
    reason: str


class UnlistedText(ReportRecord):
    """Legible text that matched no brand of the list."""

    text: str
    seconds: Seconds
    first_s: Seconds
    last_s: Seconds
    mean_score: Score
    crop_key: str | None
    airings: Count = 1
    """How often it came on screen, by the rule for airings of brands; 1 in reports of versions that did not count."""


class ProposedName(ReportRecord):
    """A name that a model saw and that is on no brand list."""

    name: str
    source: Literal["local_vlm", "cloud_llm"]
    seconds: Seconds
    first_s: Seconds
    last_s: Seconds
    confidence: Ratio
    """Of the surest answer."""
    models: str
    """Who answered it."""
    evidence: str
    """What the models said."""
    crop_key: str | None
    airings: Count = 1
    """How often it came on screen, by the rule for airings of brands."""


class Report(ReportRecord):
    """Which brands were on screen, when, how large and how clear, and how that was found."""

    format: Literal["mpr.report/1"] = FORMAT
    timeline: str
    duration_s: Seconds
    profile: str
    brand_list: tuple[str, ...]
    """The names that were searched for; empty when no brand list was given."""
    branded_s: Seconds
    """Time with at least one brand on screen."""
    damaged_s: Seconds
    """Time that could not be read."""
    airings: tuple[Airing, ...]
    """By start."""
    brands: tuple[BrandExposure, ...]
    """Every brand that was found or searched for, the longest on screen first."""
    stages: tuple[Stage, ...]
    scenes: tuple[Scene, ...]
    chunks: tuple[Chunk, ...]
    damaged: tuple[DamagedRange, ...]
    unlisted_texts: tuple[UnlistedText, ...]
    """The longest on screen first."""
    proposed_names: tuple[ProposedName, ...] = ()
    """The longest on screen first; what `mpr brands` can take over."""
    notes: tuple[str, ...]

    def to_json(self) -> str:
        """The report as JSON text, the same bytes for the same report; one line per list entry, so two diff well."""
        lines = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple) and value:
                entries = ",\n".join(_compact(entry) for entry in value)
                lines.append(f"{json.dumps(name)}: [\n{entries}\n]")
            else:
                lines.append(f"{json.dumps(name)}: {_compact(value)}")
        return "{\n" + ",\n".join(lines) + "\n}\n"


def load_report(text: str) -> Report:
    """A report from its JSON text. Keys this version does not know are ignored: a later minor change only adds keys.

    Raises:
        FormatMismatch: the text is no report, or one of another major format; the message says what to do.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FormatMismatch(
            "not a report", where="report.json", why=f"not JSON: {error}", remedy="run `mpr report` to write it again"
        ) from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise FormatMismatch(
            "a report in another format",
            where="report.json",
            why=f"its format is {found!r}, this version reads {FORMAT!r}",
            remedy="materialize compile_report again with this version, or read it with the version that wrote it",
        )
    try:
        return Report.model_validate_json(text, extra="ignore")
    except ValidationError as error:
        raise FormatMismatch(
            "a report that contradicts its format",
            where="report.json",
            why=str(error),
            remedy="materialize compile_report again",
        ) from error


_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def _compact(value: object) -> str:
    plain = _ANY.dump_python(value, mode="json")
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
