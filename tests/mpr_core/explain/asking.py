"""Questions about a run of a pipeline, and the same pipeline run again with the settings that an answer proposes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mpr_core.explain.explainer import Explainer
from mpr_core.explain.explanation import XYXY, Explanation
from mpr_core.lineage.node import Node
from mpr_core.runner.branch import Branch
from tests.mpr_core.whole_pipeline import Overrides, Pipeline

TIMELINE = "match"


def ask(
    pipe: Pipeline,
    nodes: Mapping[str, Node],
    brand: str,
    at_s: float,
    box_px: XYXY | None = None,
    tip: str = "compile_report",
) -> Explanation:
    """Why a brand was, or was not, found in a run."""
    return Explainer(Branch(pipe.catalog, nodes[tip]), pipe.models).explain(brand, at_s, box_px)


def with_settings(overrides: Overrides, found: Explanation) -> dict[str, dict[str, Any]]:
    """The overrides of a run with those of the proposed command, read from the command itself."""
    changed = {stage: dict(fields) for stage, fields in overrides.items()}
    words = shlex.split(found.command)
    for word in (value for option, value in pairwise(words) if option == "--set"):
        knob, value = word.split("=")
        stage, field = knob.split(".")
        changed.setdefault(stage, {})[field] = {"true": True, "false": False}.get(value, value)
    return changed
