"""Reports, found names and entries that no run made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.registry.entries import Entry, entries_of
from mpr_core.brands.registry.records import Decision, FoundName, FoundNames, Source
from mpr_core.report.compile import AiringRule, compile_report
from mpr_core.report.model import Report
from mpr_core.report.sighting import NameSpan, TextSpan
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 5, 2, 12, tzinfo=UTC)


def report_of(*texts: TextSpan, names: Sequence[NameSpan] = ()) -> Report:
    """A minute of the timeline `match`, with Globex on its list."""
    inputs = {
        "timeline": "match",
        "duration_s": 60,
        "profile": "generic",
        "rule": AiringRule(),
        "brand_list": ["Globex"],
    }
    return compile_report([], **inputs, texts=texts, names=names)


def name(
    text: str, seconds: float = 2.0, airings: int = 1, source: Source = "ocr", crop: str | None = None
) -> FoundName:
    return FoundName(
        name=text, sources=(source,), seconds=seconds, airings=airings, first_s=0, last_s=9, score=95, crop_key=crop
    )


def found(
    timeline: str, *names: FoundName, shown: tuple[FoundName, ...] = (), run_id: str = "run-1", report: str = "r1"
) -> FoundNames:
    return FoundNames(timeline=timeline, report=report, run_id=run_id, found_at=AT, names=names, shown=shown)


def timeline(name: str, brands: Sequence[Brand] | None = None, added: Sequence[Brand] = ()) -> Timeline:
    listed = None if brands is None else tuple(brands)
    return Timeline(id=name, chunks=(made_up_chunk(Fraction(60)),), brands=listed, added_brands=tuple(added))


def entries(
    *documents: FoundNames, decisions: Sequence[Decision] = (), timelines: Sequence[Timeline] = ()
) -> dict[str, Entry]:
    """By name."""
    return {entry.name: entry for entry in entries_of(documents, decisions, timelines)}
