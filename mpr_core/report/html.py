"""The report as one self-contained HTML page: no network, no inline event handlers, and a policy that forbids both.

Brand names, text read from video and store keys are somebody else's strings. Jinja escapes every one, the data block
for the script is escaped by `script_json`, and the script itself only ever sets text, never markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from mpr_core.cascade.budget import usd
from mpr_core.plain_text import without_controls
from mpr_core.report.clock import clock, duration, ticks
from mpr_core.report.evidence import Budget, Evidence, choose_evidence
from mpr_core.report.geometry import GRID_CELLS
from mpr_core.report.model import Airing, Report

DECIDERS = {
    "match_brands": ("match", "Text matched the brand list"),
    "escalate_vlm": ("vlm", "Local vision model"),
    "escalate_cloud": ("cloud", "Cloud vision model"),
}
"""Deciding stage to its colour class and what it means to a reader."""

SOURCES = {"local_vlm": "escalate_vlm", "cloud_llm": "escalate_cloud"}
"""Who saw a name to the stage that asked."""


def render_html(report: Report, images: Mapping[str, bytes], *, budget: Budget | None = None) -> str:
    """The page.

    Args:
        images: store key to encoded picture, for crops of airings and unlisted texts and for scenes; any may be absent.
        budget: how many pictures go in; what is left out is said on the page.
    """
    evidence = choose_evidence(report, images, budget or Budget())
    style, script = _asset("template.css"), _asset("template.js")
    own: dict[str, list[Airing]] = {}
    for airing in report.airings:
        own.setdefault(airing.brand, []).append(airing)
    return _template().render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        policy=content_policy(style, script),
        data=Markup(script_json(_script_data(report, own, evidence))),
        own=own,
        evidence=evidence,
        found=[brand for brand in report.brands if brand.airings],
        absent=[brand for brand in report.brands if not brand.airings],
        ticks=ticks(report.duration_s),
        deciders=DECIDERS,
        used_deciders=_in_pipeline_order({airing.decided_by for airing in report.airings}),
        cells=GRID_CELLS,
        sources=SOURCES,
    )


def content_policy(style: str, script: str) -> str:
    """A Content-Security-Policy that lets in this page's own style, script and `data:` pictures, and nothing else."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def script_json(value: Any) -> str:
    """JSON that cannot end a `<script>` element or start markup in it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def printable(value: Any) -> Any:
    """Text without control characters, which HTML forbids; anything else as it is."""
    return without_controls(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def percent_of(seconds: float, whole_s: float) -> str:
    """A place or length on the time axis as an SVG percentage."""
    share = seconds / whole_s if whole_s > 0 else 0.0
    return f"{100 * min(1.0, max(0.0, share)):.4f}%"


def ratio_text(ratio: float | None) -> str:
    """A ratio as a percentage with enough digits to be told from nothing."""
    if ratio is None:
        return "–"
    percent = 100 * ratio
    return f"{percent:.0f} %" if percent >= 99.95 or percent == 0 else f"{percent:.{1 if percent >= 9.995 else 2}f} %"


def _script_data(report: Report, own: Mapping[str, list[Airing]], evidence: Evidence) -> dict[str, Any]:
    """What the script needs to explain the chart; lanes are in the page's order of brands."""
    return {
        "duration": report.duration_s,
        "lanes": [
            {"brand": printable(brand.brand), "airings": [_airing_data(a) for a in own[brand.brand]]}
            for brand in report.brands
            if brand.airings
        ],
        "scenes": [
            [s.start_s, s.end_s, s.transition, 1 if index in evidence.scenes else 0]
            for index, s in enumerate(report.scenes)
        ],
        "chunks": [[c.start_s, c.end_s, printable(c.key)] for c in report.chunks],
        "damaged": [[d.start_s, d.end_s, printable(d.chunk_key), printable(d.reason)] for d in report.damaged],
        "deciders": {stage: meaning for stage, (_, meaning) in DECIDERS.items()},
    }


def _airing_data(airing: Airing) -> list[Any]:
    figures = [airing.start_s, airing.end_s, airing.seconds, round(airing.score, 1), ratio_text(airing.mean_area_ratio)]
    return [airing.id, *figures, airing.position, printable(airing.decided_by), printable(airing.text)]


def _in_pipeline_order(stages: set[str]) -> list[str]:
    known = [stage for stage in DECIDERS if stage in stages]
    return known + sorted(stages.difference(known))


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=printable
    )
    environment.filters |= {
        "clock": clock,
        "duration": duration,
        "usd": usd,
        "percent_of": percent_of,
        "ratio": ratio_text,
    }
    return environment.from_string(_asset("template.html.j2"))


@cache
def _asset(name: str) -> str:
    return files("mpr_core.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
