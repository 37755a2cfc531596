"""Real runs of two short chunks under several configurations, made once: what causes and rows are looked for in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.compare.diff import diff_nodes
from mpr_core.compare.model import Diff
from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.node import Node
from tests.mpr_core.whole_pipeline import Overrides, Pipeline

BRANDS = [Brand(canonical_name=name) for name in ("Vantelo", "Oltessa", "Tavikko")]
BASE: Overrides = {"extract_frames": {"segment_s": 2}}


@dataclass
class Runs:
    """A timeline of two chunks (Vantelo 0-2 s, Oltessa 2-4 s, Tavikko 4-6.4 s) in segments of 2 s, and what was run on it."""

    pipe: Pipeline
    base: Mapping[str, Node]

    def again(self, overrides: Overrides) -> dict[str, Node]:
        """A run with other settings beside the base's."""
        merged = {stage: {**BASE.get(stage, {}), **overrides.get(stage, {})} for stage in {*BASE, *overrides}}
        return self.pipe.run("match", merged)

    def diff(self, other: Mapping[str, Node], stage: str = "compile_report", *, back: bool = False) -> Diff:
        """The base's node held against another run's, or the other way round."""
        a, b = (other, self.base) if back else (self.base, other)
        return diff_nodes(self.pipe.catalog, a[stage], b[stage])


@pytest.fixture(scope="session")
def runs(short_film: Path, other_film: Path, models: InProcess) -> Runs:
    pipe = Pipeline(None, models)
    pipe.ingest("match", [short_film, other_film], BRANDS)
    return Runs(pipe, pipe.run("match", BASE))
