"""Overlay of compile_report: the airings on screen at that moment."""

from __future__ import annotations

from collections.abc import Iterator

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Shot, Source
from mpr_core.overlays.view import Mark, View, quad_of
from mpr_core.overlays.words import counted, cut_text
from mpr_core.report.clock import clock
from mpr_core.report.model import Airing, Box, Report

AIRING = Colour.YELLOW
_SAME_S = 0.002  # the report rounds to milliseconds


def compile_report(source: Source, shot: Shot, *, deep: bool) -> View:
    """Every box that counts for an airing at this instant, with the brand and the airing's span."""
    here: list[tuple[Airing, Box]] = []
    bridged: list[Airing] = []
    for airing in source.report.airings:
        if airing.start_s - _SAME_S <= shot.t_s <= airing.end_s + _SAME_S:
            boxes = [box for box in airing.boxes if abs(box.t_s - shot.t_s) < _SAME_S]
            here += [(airing, box) for box in boxes]
            if not boxes:
                bridged.append(airing)
    here.sort(key=lambda found: -found[1].area_ratio)
    marks = tuple(
        Mark(quad_of(list(box.quad_px)), AIRING, f"{airing.brand} {_span(airing)}", cut_text(airing.brand))
        for airing, box in here
    )
    on_screen = list(dict.fromkeys(airing.id for airing, _ in here))
    by_id = {airing.id: airing for airing, _ in here}
    facts = [
        f"{counted(len(on_screen), 'airing')} on screen in {counted(len(here), 'box', 'boxes')}"
        if here
        else "no airing on screen"
    ]
    facts += [_in_words(by_id[identity]) for identity in on_screen]
    facts += [f"{airing.brand} {_span(airing)}: a gap in the airing, not seen at this instant" for airing in bridged]
    names = list(dict.fromkeys(airing.brand for airing, _ in here))
    return View(
        shot.picture,
        shot.size_px,
        headline=", ".join(names) or "no airing",
        facts=tuple(facts),
        marks=marks,
        legend={AIRING: "counts for an airing: brand, from - to"},
    )


def telling_seconds(report: Report, count: int) -> Iterator[float]:
    """Timeline seconds of the best box of the longest airings, a brand's second airing after every brand's first."""
    rank: dict[str, int] = {}
    ranked = []
    for airing in sorted(report.airings, key=lambda a: (-a.seconds, a.start_s)):
        rank[airing.brand] = rank.get(airing.brand, -1) + 1
        ranked.append((rank[airing.brand], airing))
    ranked.sort(key=lambda entry: entry[0])
    for _, airing in ranked[:count]:
        yield max(airing.boxes, key=lambda box: (box.area_ratio * box.clarity, -box.t_s)).t_s


def _span(airing: Airing) -> str:
    return f"{clock(airing.start_s, 1)}-{clock(airing.end_s, 1)}"


def _in_words(airing: Airing) -> str:
    return f"{airing.brand} {_span(airing)}: {airing.seconds:.1f} s, score {airing.score:.0f}, {airing.decided_by}, read {airing.text!r}"
