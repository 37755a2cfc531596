"""Overlays of detect_objects and preprocess: boxes with their tracks, what the thresholds dropped, and the crops taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Row, Shot, Source, decoded
from mpr_core.overlays.view import Mark, Tile, View, quad_of
from mpr_core.overlays.words import counted
from mpr_core.report.clock import clock
from mpr_core.runner.context import Services
from mpr_core.wire.detect import DetectImage

KEPT, HINT, BAND = Colour.SKY, Colour.GREEN, Colour.YELLOW
CUT = {
    "box_score": Colour.VERMILLION,
    "min_height_px": Colour.ORANGE,
    "max_boxes": Colour.PURPLE,
    "yolo_min_score": Colour.VERMILLION,
}
CHOSEN, NOT_CHOSEN = Colour.SKY, Colour.GREY
_MOST_TILES = 36


def detect_objects(source: Source, shot: Shot, *, deep: bool, services: Services | None = None) -> View:
    """Every box kept, with its track; with `deep` also the candidates that a threshold cut, found again by the same models."""
    boxes = shot.at("detect_objects", "boxes")
    marks = [
        Mark(quad_of(b["quad_px"]), HINT if b["in_hint"] else KEPT, _box_label(b), f"#{b['track']}") for b in boxes
    ]
    legend = {KEPT: "kept: track and score"}
    if any(b["in_hint"] for b in boxes):
        legend[HINT] = "kept, in a region hint"
    hints = [quad_of(row["polygon_px"]) for row in shot.at("detect_edges", "bands")]
    marks = [*(Mark(hint, BAND, kind="side") for hint in hints), *marks]
    legend |= {BAND: "region hint"} if hints else {}
    facts = [f"{counted(len(boxes), 'box', 'boxes')} kept"]
    if deep and services is not None and shot.shown_seq is not None:
        cut, by = _cut(source, shot, hints, services)
        marks += cut
        legend |= {CUT[name]: f"cut by {name}" for name in by}
        cuts = ", ".join(f"{count} by {name}" for name, count in by.items())
        facts.append(f"{counted(len(cut), 'candidate')} cut: {cuts}" if cut else "no candidate was cut")
    return View(shot.picture, shot.size_px, facts[0].removesuffix(" kept"), tuple(facts), tuple(marks), legend=legend)


def _box_label(box: Row) -> str:
    name = "" if box["source"] == "text" else f" {box['class_name']}"
    return f"#{box['track']}{name} {box['score']:.2f}"


def _cut(source: Source, shot: Shot, hints: list[np.ndarray], services: Services) -> tuple[list[Mark], Counter[str]]:
    """Marks of the candidates that were cut, and how many each setting cut."""
    from mpr_core.inference.operations import Asked

    config = source.config("detect_objects")
    assert shot.shown_seq is not None
    about = DetectImage(
        id=str(shot.shown_seq), bands_px=tuple(tuple((x, y) for x, y in hint.tolist()) for hint in hints)
    )
    asked = Asked(about, shot.tables.frames.picture(shot.shown_seq))
    marks = []
    by: Counter[str] = Counter()
    for cut in services.inference.candidates(asked, config):
        by[cut.cut_by] += 1
        figure = f"{cut.height_px:.0f} px" if cut.cut_by == "min_height_px" else f"{cut.score:.2f}"
        name = "" if cut.class_name == "text" else f"{cut.class_name} "
        marks.append(Mark(quad_of([*cut.quad_px]), CUT[cut.cut_by], f"{name}{figure}", kind="side"))
    return marks, by


def preprocess(source: Source, shot: Shot, *, deep: bool) -> View:
    """The boxes cut out of this frame, each with its rectified crop beside the picture; those of the other tracks in grey."""
    crops = {row["track"]: row for row in shot.at("preprocess", "crops")}
    boxes = sorted(shot.at("detect_objects", "boxes"), key=lambda b: (b["quad_px"][1], b["quad_px"][0]))
    here = [b for b in boxes if b["track"] in crops]
    rest = [b for b in boxes if b["track"] not in crops]
    marks = [Mark(quad_of(b["quad_px"]), NOT_CHOSEN, f"#{b['track']}", kind="side") for b in rest]
    marks += [Mark(quad_of(b["quad_px"]), CHOSEN, f"#{b['track']}") for b in here]
    tiles = []
    if deep:
        best = best_crops(shot)
        known = [best[b["track"]] for b in rest if b["track"] in best]
        tiles = crop_tiles(shot, [(crops[b["track"]], _crop_title(crops[b["track"]])) for b in here], CHOSEN)
        tiles += crop_tiles(shot, [(c, f"#{c['track']} from {crop_time(shot, c)}") for c in known], NOT_CHOSEN)
    return View(
        shot.picture,
        shot.size_px,
        headline=counted(len(here), "crop"),
        facts=(f"{len(here)} of {counted(len(boxes), 'box', 'boxes')} chosen for crops here",),
        marks=tuple(marks),
        tiles=tuple(tiles[:_MOST_TILES]),
        tiles_title=f"crops ({min(len(tiles), _MOST_TILES)} of {len(tiles)}): #track, rank, line height, quality (cut: by the border)",
        legend={CHOSEN: "chosen for a crop here", NOT_CHOSEN: "its track is read from other frames"},
    )


def _crop_title(crop: Row) -> str:
    cut = ", cut" if crop["cut_start"] or crop["cut_end"] else ""
    return f"#{crop['track']} {_ordinal(crop['crop'] + 1)}, {crop['line_height_px']:.0f} px, {crop['quality']:.0f}{cut}"


def crop_tiles(shot: Shot, crops: Sequence[tuple[Row, str]], colour: Colour) -> list[Tile]:
    """Tiles of stored crops with their titles."""
    tiles = []
    for row, title in crops:
        picture = decoded(shot.tables.file("preprocess", row["file"]))
        if picture is not None:
            tiles.append(Tile(picture, title, colour))
    return tiles


def best_crops(shot: Shot) -> dict[int, Row]:
    """Track -> its best crop in the segment."""
    return {row["track"]: row for row in reversed(shot.tables.rows("preprocess", "crops"))}


def crop_time(shot: Shot, crop: Row) -> str:
    """When a crop was on screen."""
    return clock(shot.tables.frames.by_seq[crop["seq"]]["t_s"] + shot.tables.offset_s, 1)


def _ordinal(number: int) -> str:
    return {1: "best", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")
