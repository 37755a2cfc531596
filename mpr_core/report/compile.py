"""Puts a report together from what the stages found. Pure: the stage around it gathers inputs and stores outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from pydantic import Field

from mpr_core.record import Record
from mpr_core.report.airings import describe_airings, group_presences, is_kept
from mpr_core.report.exposure import brand_exposures, branded_seconds
from mpr_core.report.model import Chunk, DamagedRange, ProposedName, Report, Scene, Stage, UnlistedText
from mpr_core.report.sighting import ChunkSpan, NameSpan, SceneSpan, Sighting, StageOutcome, TextSpan
from mpr_core.report.spans import length_s, union


class AiringRule(Record):
    """When sightings of a brand are one airing, and when an airing counts."""

    gap_s: float = Field(2.0, ge=0, le=3600, description="Seconds a brand may be away and still be in one airing.")
    min_airing_s: float = Field(0.0, ge=0, le=3600, description="Airings with fewer seconds on screen are dropped.")
    min_sightings: int = Field(1, ge=1, le=1000, description="Airings seen at fewer sampled instants are dropped.")


def compile_report(
    sightings: Iterable[Sighting],
    *,
    timeline: str,
    duration_s: float,
    profile: str,
    rule: AiringRule,
    brand_list: Sequence[str] = (),
    scenes: Sequence[SceneSpan] = (),
    chunks: Sequence[ChunkSpan] = (),
    stages: Sequence[StageOutcome] = (),
    texts: Sequence[TextSpan] = (),
    names: Sequence[NameSpan] = (),
    notes: Sequence[str] = (),
) -> Report:
    """The report. The same inputs give the same report, whatever the order of `sightings` and `texts`.

    Args:
        brand_list: canonical names that were searched for; empty means that no list was given.
        stages: in the order they ran.
        notes: said to the reader as they stand; one is added when the rule dropped presences.
    """
    presences = group_presences(sightings, gap_s=rule.gap_s)
    kept = [p for p in presences if is_kept(p, min_airing_s=rule.min_airing_s, min_sightings=rule.min_sightings)]
    airings = describe_airings(kept)
    damaged = damaged_ranges(chunks)
    return Report(
        timeline=timeline,
        duration_s=duration_s,
        profile=profile,
        brand_list=tuple(sorted(set(brand_list))),
        branded_s=branded_seconds(airings),
        damaged_s=length_s(union((d.start_s, d.end_s) for d in damaged)),
        airings=tuple(airings),
        brands=tuple(brand_exposures(airings, duration_s=duration_s, brand_list=brand_list)),
        stages=tuple(_stage(outcome) for outcome in stages),
        scenes=tuple(_scene(span) for span in scenes),
        chunks=tuple(Chunk(key=c.key, start_s=c.start_s, end_s=c.end_s) for c in chunks),
        damaged=tuple(damaged),
        unlisted_texts=tuple(_unlisted(texts)),
        proposed_names=tuple(_proposed(names)),
        notes=(*notes, *_dropped_note(len(presences) - len(kept), rule)),
    )


def damaged_ranges(chunks: Sequence[ChunkSpan]) -> list[DamagedRange]:
    """From where a damaged chunk could not be read to its end; of no length when the end is not known to be later."""
    return [
        DamagedRange(
            chunk_index=index,
            chunk_key=chunk.key,
            start_s=chunk.damaged_from_s,
            end_s=max(chunk.damaged_from_s, chunk.end_s),
            reason=chunk.damage_reason,
        )
        for index, chunk in enumerate(chunks)
        if chunk.damaged_from_s is not None
    ]


def _scene(span: SceneSpan) -> Scene:
    return Scene(start_s=span.start_s, end_s=span.end_s, transition=span.transition, frame_key=span.frame_key)


def _stage(outcome: StageOutcome) -> Stage:
    return Stage(
        name=outcome.name,
        status=outcome.status,
        reason=outcome.reason,
        counts=dict(outcome.counts),
        config_changes=dict(outcome.config_changes),
    )


def _unlisted(texts: Sequence[TextSpan]) -> list[UnlistedText]:
    records = [
        UnlistedText(
            text=t.text,
            seconds=t.seconds,
            first_s=t.first_s,
            last_s=t.last_s,
            mean_score=t.mean_score,
            crop_key=t.crop_key,
            airings=t.airings,
        )
        for t in texts
    ]
    return sorted(records, key=lambda r: (-r.seconds, r.text, r.first_s))


def _proposed(names: Sequence[NameSpan]) -> list[ProposedName]:
    records = [ProposedName(**asdict(name)) for name in names]
    return sorted(records, key=lambda r: (-r.seconds, r.name, r.source, r.first_s))


def _dropped_note(dropped: int, rule: AiringRule) -> list[str]:
    if not dropped:
        return []
    presences = "1 presence was" if dropped == 1 else f"{dropped} presences were"
    limits = f"less than {rule.min_airing_s:g} s on screen or in fewer than {rule.min_sightings} sampled frames"
    return [f"{presences} left out: {limits}."]
