"""compile_report: what was seen becomes airings, exposure figures and the report, as JSON, Parquet and one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pyarrow as pa

from mpr_core.brands.brand_list import Brand, check_brand_list
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.cascade.summary import escalation_in_words, unasked_in_words
from mpr_core.report.compile import AiringRule, compile_report
from mpr_core.report.html import render_html
from mpr_core.report.model import Report
from mpr_core.report.sighting import ChunkSpan, SceneSpan, Sighting, StageOutcome
from mpr_core.report.tables import airings_table, brands_table
from mpr_core.runner.context import TimelineContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import CompileReportConfig
from mpr_core.stages.proposed import ProposedNames
from mpr_core.stages.sightings import SegmentRows, half_step_s, joined_scenes, segment_rows, sightings_of
from mpr_core.stages.unlisted import UnlistedTexts
from mpr_core.store.tables import from_parquet, to_parquet, values

ESCALATIONS = ("escalate_vlm", "escalate_cloud")
REPORT_FILES = ("report.html", "report.json", "airings.parquet", "brands.parquet")


@dataclass(frozen=True)
class CompiledReport(Payload):
    """The report and the files it becomes."""

    airings: pa.Table
    brands: pa.Table
    report_json: bytes = b""
    report_html: bytes = b""
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {}

    def counts(self) -> dict[str, float]:
        return {"airings": self.airings.num_rows, "brands": len(set(values(self.airings, "brand")))}

    def files(self) -> dict[str, bytes]:
        return {
            "report.html": self.report_html,
            "report.json": self.report_json,
            "airings.parquet": to_parquet(self.airings),
            "brands.parquet": to_parquet(self.brands),
        }

    @classmethod
    def from_files(cls, names: list[str], read: Callable[[str], bytes]) -> CompiledReport:
        return cls(
            from_parquet(read("airings.parquet")),
            from_parquet(read("brands.parquet")),
            report_json=read("report.json"),
            report_html=read("report.html"),
        )


PAYLOAD = CompiledReport


def run(context: TimelineContext, config: CompileReportConfig) -> CompiledReport:
    """The report of a timeline. The same parts give the same bytes."""
    scenes = joined_scenes(context)
    half_s = half_step_s(context.nodes["extract_frames"].config["fps"])
    sightings: list[Sighting] = []
    texts, names = UnlistedTexts(half_s, config.gap_s), ProposedNames(half_s, config.gap_s)
    for rows in segment_rows(context):
        recipe = context.nodes["preprocess"].parts[rows.index].recipe
        chunk_end = rows.offset_s + float(context.timeline.chunks[rows.segment.chunk_index].duration_s)
        sightings += sightings_of(rows, scenes, half_s, chunk_end, recipe)
        texts.add(rows, recipe)
        names.add(rows, [p for s in ESCALATIONS for p in context.table(s, rows.index, "proposals").to_pylist()], recipe)
        scenes = _with_frames(scenes, rows)
    matching = MatchBrandsConfig.model_validate(context.nodes["match_brands"].config)
    report = compile_report(
        sightings,
        timeline=context.timeline.id,
        duration_s=float(context.timeline.duration_s),
        profile=context.profile,
        rule=AiringRule(gap_s=config.gap_s, min_airing_s=config.min_airing_s),
        brand_list=[brand.canonical_name for brand in matching.brands],
        scenes=scenes,
        chunks=_chunks(context),
        stages=_outcomes(context, config),
        texts=texts.longest(config.unlisted_texts),
        names=names.longest(),
        notes=_notes(context, matching.brands),
    )
    html = render_html(report, _images(context, report, config.evidence_crops))
    return CompiledReport(
        airings_table(report), brands_table(report), report_json=report.to_json().encode(), report_html=html.encode()
    )


def _notes(context: TimelineContext, brands: Sequence[Brand]) -> list[str]:
    """What models were asked and what it cost, or would; then advice about the brand list."""
    told = []
    for stage in ESCALATIONS:
        node = context.nodes[stage]
        if node.status == "done" and (node.counts.get("asked") or node.counts.get("would_ask")):
            told.append(f"{stage}: {escalation_in_words(node.counts)}.")
        elif node.counts.get("would_cost_usd"):
            told.append(f"{stage}: {unasked_in_words(node.counts)}: {node.reason}.")
    return [*told, *(check_brand_list(brands) if brands else [])]


def _with_frames(scenes: list[SceneSpan], rows: SegmentRows) -> list[SceneSpan]:
    """Scenes with the middle kept frame of this segment's share as their picture, where they have none yet."""
    kept = {row["seq"] for row in rows.scene_frames if row["kept"]}
    result = []
    for scene in scenes:
        inside = [
            f for f in rows.frames if f["seq"] in kept and scene.start_s <= f["t_s"] + rows.offset_s < scene.end_s
        ]
        if scene.frame_key is None and inside:
            scene = replace(scene, frame_key=inside[len(inside) // 2]["key"])
        result.append(scene)
    return result


def _chunks(context: TimelineContext) -> list[ChunkSpan]:
    spans = []
    for chunk, start in zip(context.timeline.chunks, context.timeline.starts_s(), strict=True):
        end = float(start + chunk.duration_s)
        damaged = None if chunk.probe.damaged_from_s is None else end
        spans.append(ChunkSpan(chunk.key, float(start), end, damaged, chunk.probe.damage_reason or ""))
    return spans


def _outcomes(context: TimelineContext, config: CompileReportConfig) -> list[StageOutcome]:
    found = [
        StageOutcome(node.stage, node.status, node.reason, node.counts, node.config_changes)
        for node in context.nodes.values()
    ]
    changes = context.config_changes
    return [*found, StageOutcome("compile_report", "done", config_changes=changes)]


def _images(context: TimelineContext, report: Report, most: int) -> dict[str, bytes]:
    """The crops that the page shows, best airings first."""
    wanted: dict[str, None] = {}
    for airing in sorted(report.airings, key=lambda a: (-a.crop_quality, a.start_s, a.brand)):
        if airing.crop_key:
            wanted.setdefault(airing.crop_key)
    crop_keys = [name.crop_key for name in report.proposed_names] + [text.crop_key for text in report.unlisted_texts]
    wanted |= dict.fromkeys(key for key in crop_keys if key)
    chosen = list(wanted)[:most]
    return _present(zip(chosen, context.services.media_out.get_many(chosen), strict=True))


def _present(found: Iterable[tuple[str, bytes | None]]) -> dict[str, Any]:
    return {key: data for key, data in found if data is not None}
