"""A difference as a record: what `mpr diff --json` prints. A and B are the two sides, B the one that is looked at as the newer.

Nothing here depends on when it was made, and swapping the sides swaps gained and lost, split and merged, and every sign.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from mpr_core.record import Record
from mpr_core.report.model import Count, QuadPx, Ratio, Score, Seconds

FORMAT: Literal["mpr.diff/1"] = "mpr.diff/1"

Delta = Annotated[float, AfterValidator(lambda value: round(value, 3) + 0.0)]
"""B less A in seconds, to the millisecond; negative: less, or earlier, in B."""
RatioDelta = Annotated[float, AfterValidator(lambda value: round(value, 5) + 0.0)]


class DiffRecord(Record):
    """A part of the difference; the text under each field is its description in the JSON Schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Side(DiffRecord):
    """One of the two that are compared."""

    stage: str
    node: str
    """The node's id; empty when a report was compared without its node."""
    profile: str


class NodeChange(DiffRecord):
    """One thing that differs between the two sides' nodes of a stage."""

    stage: str
    what: Literal["knob", "version", "model", "status"]
    field: str
    """The knob or the model; empty for a version or a status."""
    a: JsonValue
    b: JsonValue
    """Null where a side has none; when bare reports are compared, null also means: as its profile says."""


class BrandEdit(DiffRecord):
    """A difference between the two brand lists."""

    brand: str
    change: Literal["added", "removed", "changed"]
    detail: str
    """What changed, empty when the brand was added or removed."""


class Lineage(DiffRecord):
    """What differs in how the two sides were made."""

    stages: tuple[str, ...]
    """Stages that stand at different nodes, in order; empty when bare reports were compared."""
    changes: tuple[NodeChange, ...]
    brands: tuple[BrandEdit, ...]


class ValueChange(DiffRecord):
    """A value that differs."""

    field: str
    a: JsonValue
    b: JsonValue


class AiringView(DiffRecord):
    """An airing of one side, without its boxes."""

    id: str
    start_s: Seconds
    end_s: Seconds
    seconds: Seconds
    score: Score
    text: str
    decided_by: str
    mean_area_ratio: Ratio
    mean_clarity: Ratio
    crop_key: str | None


AiringKind = Literal["gained", "lost", "redecided", "split", "merged", "regrouped", "moved", "changed"]


class AiringChange(DiffRecord):
    """What became of one or several airings of a brand."""

    kind: AiringKind
    """gained, lost: on one side alone. redecided: the same boxes bear another brand. split, merged: one airing is several, or several one.
    regrouped: several are several others. moved: starts or ends elsewhere. changed: same time, other figures."""
    brand: str
    """For redecided the brand on side A."""
    other_brand: str | None
    """redecided: the brand on side B. lost, gained: the brand that holds the same boxes on the other side, if one does."""
    a: tuple[AiringView, ...]
    b: tuple[AiringView, ...]
    start_moved_s: Delta | None
    """Null when a side has no airing."""
    end_moved_s: Delta | None
    seconds_delta: Delta
    """Time on screen, B less A."""
    changes: tuple[ValueChange, ...]
    why: str
    """The cause in words; empty when it was not looked for, or not found."""

    @property
    def start_s(self) -> float:
        return min(view.start_s for view in self.a + self.b)

    @property
    def end_s(self) -> float:
        return max(view.end_s for view in self.a + self.b)


class SameAiring(DiffRecord):
    """An airing that both sides have alike."""

    brand: str
    a: str
    """Its id on side A."""
    b: str
    start_s: Seconds
    end_s: Seconds


class BrandTotals(DiffRecord):
    """One brand's figures on one side; zeros when it was not found."""

    listed: bool
    airings: Count = 0
    seconds: Seconds = 0.0
    share_of_timeline_ratio: Ratio = 0.0
    share_of_voice_ratio: Ratio = 0.0


class BrandChange(DiffRecord):
    """One brand's figures on both sides."""

    brand: str
    a: BrandTotals
    b: BrandTotals
    seconds_delta: Delta
    airings_delta: int
    share_of_timeline_delta: RatioDelta
    share_of_voice_delta: RatioDelta

    @property
    def differs(self) -> bool:
        """Whether its own figures differ; its share of voice may differ through other brands alone."""
        a, b = self.a, self.b
        return (a.listed, a.airings, a.seconds) != (b.listed, b.airings, b.seconds)


class RowChange(DiffRecord):
    """One row that only one side has, or that both have with other values."""

    kind: Literal["gained", "lost", "changed"]
    at_s: Seconds
    what: str
    changes: tuple[ValueChange, ...]
    quad_px: QuadPx | None
    """Where in the frame, if the row has a place."""


class TableDiff(DiffRecord):
    """The rows of one table of a stage's parts, held against the other side's."""

    table: str
    """What its rows are: boxes, crops, texts, ..."""
    rows_a: Count
    rows_b: Count
    same: Count
    changed: Count
    gained: Count
    lost: Count
    pieces: Count
    """Rows that are a piece of one the other side has, because the two cut their segments elsewhere."""
    rows: tuple[RowChange, ...]
    """In order of time; the first ones where there are many."""
    left_out: Count
    """How many more rows differ than are listed."""


class Diff(DiffRecord):
    """Two nodes of one timeline, held against each other."""

    format: Literal["mpr.diff/1"] = FORMAT
    timeline: str
    duration_s: Seconds
    a: Side
    b: Side
    same_node: bool
    lineage: Lineage
    airings: tuple[AiringChange, ...] = Field(default=())
    """For compile_report, by time: those that differ."""
    airings_same: tuple[SameAiring, ...] = ()
    """Those that are the same, within the tolerances that docs/diff.md states."""
    brands: tuple[BrandChange, ...] = ()
    """For compile_report: every brand found or listed on either side, the largest difference first."""
    tables: tuple[TableDiff, ...] = ()
    """For every other stage."""

    @property
    def differs(self) -> bool:
        """Whether anything that was found differs."""
        return bool(self.airings) or any(t.changed or t.gained or t.lost for t in self.tables)
