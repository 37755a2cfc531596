"""Timelines, nodes, parts and frames that no stage made: as much of them as lineage looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node, NodePart, Provenance, node_id
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import Profile, effective_configs
from mpr_core.record import StageConfig
from mpr_core.runner.parts import Part, file_records, write_part
from mpr_core.stages.configs import ExtractFramesConfig
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2100, 1, 1, tzinfo=UTC)


def plain_configs(brands: Any = None) -> dict[str, StageConfig]:
    """Every stage's config as the shipped profile says."""
    return effective_configs(_generic(), brands, {})


@cache
def _generic() -> Profile:
    return ProfileLibrary(Path("no user profiles")).load("generic")


@dataclass
class MadeUpTree:
    """One timeline in a catalog.

    Args:
        digests: of its chunks; each is one segment.
    """

    catalog: Catalog = field(default_factory=lambda: Catalog(ObjectStore("memory://")))
    name: str = "match"
    digests: tuple[str, ...] = ("a" * 64,)
    made: int = 0

    def __post_init__(self) -> None:
        chunks = tuple(made_up_chunk(Fraction(4), digest=digest) for digest in self.digests)
        self.timeline = Timeline(id=self.name, chunks=chunks)
        self.catalog.save_timeline(self.timeline)

    def node(
        self, stage: str, parent: Node | None = None, config: Mapping[str, Any] | None = None, **more: Any
    ) -> Node:
        """A node below `parent` with its parts (and frames) written; `config` over the profile's. Equal calls give equal nodes."""
        ancestors = {} if parent is None else dict(parent.ancestors) | {parent.stage: parent.id}
        parents = {need: ancestors[need] for need in STAGES[stage].needs if need in ancestors}
        effective = plain_configs()[stage].model_dump(mode="json") | dict(config or {})
        segments: list[Segment | None] = [None]
        if STAGES[stage].scope == "segment":
            segments = [
                Segment(chunk_index=i, chunk_digest=digest, start_s=Fraction(0), end_s=Fraction(4))
                for i, digest in enumerate(self.digests)
            ]
        above = parent.id if parent is not None and stage == "compile_report" else _recipes(parent)
        recipes = [
            node_id(self.name if segment is None else "", stage, "1", {}, [str(effective), str(above), str(segment)])
            * 2
            for segment in segments
        ]
        self.made += 1
        found = Node(
            id=node_id(self.name, stage, "1", parents, recipes),
            timeline=self.name,
            stage=stage,
            status="done",
            config=effective,
            config_changes=dict(config or {}),
            parents=parents,
            ancestors=ancestors,
            parts=tuple(NodePart(recipe=r, segment=s) for r, s in zip(recipes, segments, strict=True)),
            provenance=Provenance(
                run_id=f"run-{self.made}",
                profile="generic",
                created_at=BEGAN + timedelta(hours=self.made),
                parts_computed=1,
            ),
            **{"stage_version": STAGES[stage].version} | more,
        )
        for recipe, segment in zip(recipes, segments, strict=True):
            self.part(stage, recipe, segment, parents)
        if stage == "extract_frames":
            for digest in self.digests:
                self.frames(digest, ExtractFramesConfig.model_validate(effective).sampling(Fraction(0)))
        self.catalog.save_node(found)
        return found

    def line(
        self, until: str, parent: Node | None = None, configs: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Node:
        """A node of every stage after `parent` up to `until`; the last one."""
        first = 0 if parent is None else STAGE_NAMES.index(parent.stage) + 1
        for stage in STAGE_NAMES[first : STAGE_NAMES.index(until) + 1]:
            parent = self.node(stage, parent, (configs or {}).get(stage))
        assert parent is not None
        return parent

    def part(self, stage: str, recipe: str, segment: Segment | None, parents: Mapping[str, str] | None = None) -> None:
        files = {"data.parquet": recipe.encode()}
        part = Part(
            recipe=recipe,
            stage=stage,
            stage_version=STAGES[stage].version,
            status="done",
            segment=segment,
            config={},
            models={},
            parents=dict(parents or {}),
            files=file_records(files),
            counts={},
        )
        write_part(self.catalog.store, part, files)

    def frames(self, digest: str, sampling: str) -> None:
        for seq in range(2):
            self.catalog.store.put(keys.frame(digest, sampling, seq), b"jpeg")

    def head(self, node: Node) -> None:
        """Move the heads of a node and of all it rests on to it."""
        for stage, identity in node.ancestors.items():
            ancestor = self.catalog.node(self.name, stage, identity)
            if ancestor is not None:
                self.catalog.move_head(ancestor, "r")
        self.catalog.move_head(node, "r")

    def heads(self) -> dict[str, Node | None]:
        return {stage: self.catalog.head(self.name, stage) for stage in STAGE_NAMES}


def _recipes(parent: Node | None) -> list[str]:
    return [] if parent is None else [part.recipe for part in parent.parts]


def stored(store: ObjectStore) -> set[str]:
    """Every key there is."""
    return {found.key for found in store.objects("")}
