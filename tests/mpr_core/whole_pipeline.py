"""All eleven stages on two stores, without an orchestrator: what a library user would write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.cascade.access import ModelAccess
from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.media.limits import MediaLimits
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import config_changes, effective_configs
from mpr_core.record import StageConfig
from mpr_core.report.model import Report, load_report
from mpr_core.runner.context import Services
from mpr_core.runner.events import EventSink, no_events
from mpr_core.runner.parts import Part, find_parts, load_payload
from mpr_core.runner.payload import Payload
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.ingest import IngestRequest, ingest
from mpr_core.timeline.timeline import Timeline

Times = dict[str, list[tuple[float, float]]]
Overrides = Mapping[str, Mapping[str, Any]]
ALL_SKIPPABLE_ON = {name: {"enabled": True} for name in ("field_segmentation", "detect_edges")}


class OpenModels(InProcess):
    """Models that stay open from test to test."""

    def close(self) -> None:
        pass


class Pipeline:
    """A media-in and a media-out root, in memory or below a folder.

    Args:
        folder: where the roots lie; None keeps them in memory.
        models: opened models shared by all pipelines of a test session; walks through a file are never shared.
    """

    def __init__(self, folder: Path | None, models: InProcess) -> None:
        self.folder = folder
        self.media_in = ObjectStore("memory://" if folder is None else str(folder / "in"))
        self.media_out = ObjectStore("memory://" if folder is None else str(folder / "out"))
        self.catalog = Catalog(self.media_out)
        self.models = models
        self.disabled_reasons: dict[str, str] = {}
        self.access = ModelAccess()
        self.library = ProfileLibrary(Path("no user profiles"))

    def ingest(
        self, timeline: str, paths: Iterable[Path], brands: Sequence[Brand] | None = None, **more: Any
    ) -> Timeline:
        """Files into a timeline; `more` goes to `IngestRequest`."""
        chosen = None if brands is None else tuple(brands)
        request = IngestRequest(timeline, list(paths), brands=chosen, **more)
        return ingest(request, media_in=self.media_in, catalog=self.catalog, limits=MediaLimits()).timeline

    def run(
        self,
        timeline: str | Timeline,
        overrides: Overrides | None = None,
        *,
        profile: str = "generic",
        stages: Sequence[str] = STAGE_NAMES,
        nodes: Mapping[str, Node] | None = None,
        events: EventSink = no_events,
        run_id: str = "local",
    ) -> dict[str, Node]:
        """Run `stages` in order on top of `nodes`; returns the node of every stage."""
        found = self.catalog.timeline(timeline) if isinstance(timeline, str) else timeline
        loaded = self.library.load(profile)
        brands = found.brand_list(loaded.brands)
        configs = effective_configs(loaded, brands, overrides or {})
        base = effective_configs(loaded, brands, {})
        services = self.services()
        result = dict(nodes or {})
        try:
            for name in stages:
                parents = {need: result[need] for need in STAGES[name].needs}
                changes = config_changes(configs[name], base[name])
                request = StageRequest(found, name, configs[name], parents, profile, changes, run_id=run_id)
                result[name] = run_stage(request, services, events)
        finally:
            services.close()
        return result

    def config(self, stage: str, timeline: Timeline, profile: str = "generic") -> StageConfig:
        """A stage's config as a profile has it."""
        loaded = self.library.load(profile)
        return effective_configs(loaded, timeline.brand_list(loaded.brands), {})[stage]

    def services(self) -> Services:
        """Fresh services with the shared models."""
        return Services(
            self.media_in,
            self.media_out,
            inference=self.models,
            keep_sessions=True,
            disabled_reasons=self.disabled_reasons,
            models=self.access,
        )

    def part(self, node: Node, index: int = 0) -> Part:
        """The commit record of a node's part."""
        part = find_parts(self.media_out, node.stage, [node.parts[index].recipe])[0]
        assert part is not None
        return part

    def payload(self, node: Node, index: int = 0) -> Any:
        """A part's payload."""
        kind: type[Payload] = STAGES[node.stage].module().PAYLOAD
        return load_payload(self.media_out, self.part(node, index), kind)

    def rows(self, node: Node, table: str) -> list[dict[str, Any]]:
        """The rows of one table over all parts of a node."""
        return [row for i in range(len(node.parts)) for row in getattr(self.payload(node, i), table).to_pylist()]

    def report_files(self, nodes: Mapping[str, Node]) -> dict[str, bytes]:
        """Every file of the report."""
        return dict(self.payload(nodes["compile_report"]).files())

    def report(self, nodes: Mapping[str, Node]) -> Report:
        """The compiled report."""
        return load_report(self.report_files(nodes)["report.json"].decode())


def computed(nodes: Mapping[str, Node]) -> dict[str, int]:
    """How many parts each stage computed in the run that gave these nodes, zeros left out."""
    return {name: node.provenance.parts_computed for name, node in nodes.items() if node.provenance.parts_computed}


def airings(report: Report) -> Times:
    """Brand -> its airings' (start_s, end_s)."""
    found: Times = {}
    for airing in report.airings:
        found.setdefault(airing.brand, []).append((airing.start_s, airing.end_s))
    return found


def assert_same_airings(found: Times, expected: Times, within_s: float) -> None:
    """The same brands, as many airings of each, every start and end within the tolerance."""
    assert {brand: len(spans) for brand, spans in found.items()} == {b: len(spans) for b, spans in expected.items()}
    for brand, spans in expected.items():
        for one, other in zip(found[brand], spans, strict=True):
            assert one == pytest.approx(other, abs=within_s), brand


def source_frames(one: Pipeline, timeline: Timeline, node: Node) -> list[tuple[int, float, str]]:
    """(grid number, second in the source, digest of the JPEG) of every sampled frame."""
    offsets = [float(chunk.offset_s) for chunk in timeline.chunks]
    return [
        (row["seq"], round(row["pts_s"] + offsets[part.segment.chunk_index], 6), row["digest"])
        for index, part in enumerate(node.parts)
        if part.segment is not None
        for row in one.payload(node, index).frames.to_pylist()
    ]
