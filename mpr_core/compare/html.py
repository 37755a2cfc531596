"""A difference as one self-contained HTML page, in the dress of the report's: no script, no network.

Brand names and text read from video are somebody else's strings; Jinja escapes every one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from mpr_core.compare.lineage_diff import edit_in_words, in_words
from mpr_core.compare.model import AiringChange, Diff
from mpr_core.compare.summary import closing_line
from mpr_core.compare.wording import airing_in_words, row_in_words, seconds_delta, sign_of
from mpr_core.report.clock import clock, duration, ticks
from mpr_core.report.html import content_policy, percent_of, printable, ratio_text
from mpr_core.report.thumbnails import thumbnail_uri

KINDS = {
    "lost": "only in A",
    "gained": "only in B",
    "redecided": "the same boxes, another brand",
    "split": "one airing in A, several in B",
    "merged": "several in A, one in B",
    "regrouped": "several in A, several others in B",
    "moved": "starts or ends elsewhere",
    "changed": "the same time, other figures",
}
"""Kind of change to what it means to a reader, in the order of interest."""

_WITH_CROPS = ("lost", "gained", "redecided")
_CROPS_BYTES = 2_500_000


@dataclass(frozen=True)
class Bar:
    """One airing in a lane."""

    side: str
    kind: str
    start_s: float
    end_s: float
    said: str


def crop_keys(diff: Diff) -> list[str]:
    """The store keys of the crops that the page shows: evidence of what only one side has."""
    views = [view for change in diff.airings if change.kind in _WITH_CROPS for view in change.a + change.b]
    return list(dict.fromkeys(view.crop_key for view in views if view.crop_key))


def render_html(diff: Diff, images: Mapping[str, bytes]) -> str:
    """The page.

    Args:
        images: store key to encoded picture for `crop_keys(diff)`; any may be absent.
    """
    style = _asset("mpr_core.report", "template.css") + _asset("mpr_core.compare", "template.css")
    lanes = _lanes(diff)
    return _template().render(
        diff=diff,
        style=Markup(style),
        policy=content_policy(style, ""),
        closing=closing_line(diff),
        knobs=[in_words(change) for change in diff.lineage.changes] + [edit_in_words(e) for e in diff.lineage.brands],
        kinds=KINDS,
        counts={kind: sum(1 for change in diff.airings if change.kind == kind) for kind in KINDS},
        lanes=lanes,
        crops=_crops(diff, images),
        differing=[brand for brand in diff.brands if brand.differs],
        alike=[brand for brand in diff.brands if not brand.differs and brand.a.airings],
        ticks=ticks(diff.duration_s),
    )


def _lanes(diff: Diff) -> dict[str, list[Bar]]:
    """Brand -> the bars of both its lanes; brands where something differs first, by the size of the difference."""
    lanes: dict[str, list[Bar]] = {brand.brand: [] for brand in diff.brands}
    for change in diff.airings:
        said = f"{change.brand}: {airing_in_words(change)}" + (f" ({change.why})" if change.why else "")
        lanes.setdefault(change.brand, []).extend(
            Bar("a", change.kind, view.start_s, view.end_s, said) for view in change.a
        )
        other = change.other_brand if change.kind == "redecided" and change.other_brand else change.brand
        lanes.setdefault(other, []).extend(Bar("b", change.kind, view.start_s, view.end_s, said) for view in change.b)
    for same in diff.airings_same:
        bars = [Bar(side, "same", same.start_s, same.end_s, f"{same.brand}: the same") for side in "ab"]
        lanes.setdefault(same.brand, []).extend(bars)
    ordered = sorted(lanes, key=lambda brand: all(bar.kind == "same" for bar in lanes[brand]))
    return {brand: lanes[brand] for brand in ordered if lanes[brand]}


def _crops(diff: Diff, images: Mapping[str, bytes]) -> dict[str, str]:
    """Store key to `data:` URI, until the budget is spent."""
    found: dict[str, str] = {}
    spent = 0
    for key in crop_keys(diff):
        uri = thumbnail_uri(images.get(key, b""), width_px=240, height_px=72)
        if uri is None:
            continue
        if (spent := spent + len(uri)) > _CROPS_BYTES:
            break
        found[key] = uri
    return found


def _evidence(change: AiringChange) -> list[str]:
    """The crops of a change."""
    views = change.a + change.b if change.kind in _WITH_CROPS else ()
    return list(dict.fromkeys(view.crop_key for view in views if view.crop_key))


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=printable
    )
    environment.filters |= {
        "clock": clock,
        "duration": duration,
        "percent_of": percent_of,
        "ratio": ratio_text,
        "delta": seconds_delta,
        "sign": sign_of,
        "airing_words": airing_in_words,
        "row_words": row_in_words,
        "evidence": _evidence,
    }
    return environment.from_string(_asset("mpr_core.compare", "template.html.j2"))


@cache
def _asset(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")
