"""Overlays of field_segmentation and detect_edges: the playing field, and the bands beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Row, Shot, Source, decoded
from mpr_core.overlays.view import Mark, Tint, View, quad_of
from mpr_core.overlays.words import counted

FIELD, OUTLINE, CONSIDERED = Colour.PURPLE, Colour.YELLOW, Colour.ORANGE
EDGE, PIECE, LINE, BAND = Colour.SKY, Colour.ORANGE, Colour.VERMILLION, Colour.YELLOW


def field_segmentation(source: Source, shot: Shot, *, deep: bool) -> View:
    """The field's mask and outline; without a field the reason, and what has the surface's colour all the same."""
    found = shot.at("field_segmentation", "fields")
    if not found:
        return View(shot.picture, shot.size_px, headline="not looked at")
    row = found[0]
    if row["status"] == "field":
        mask = decoded(shot.tables.file("field_segmentation", row["mask"]), grey=True)
        return View(
            shot.picture,
            shot.size_px,
            headline=f"field {row['coverage_ratio']:.0%}",
            facts=(_field_in_words(row), row["reason"]),
            marks=(Mark(quad_of(row["polygon_px"]), OUTLINE),),
            tints=() if mask is None else (Tint(mask > 0, FIELD),),
            legend={FIELD: "mask of the field", OUTLINE: "its outline"},
        )
    return View(
        shot.picture,
        shot.size_px,
        headline="no field",
        facts=(f"no field: {row['reason']}",),
        tints=_surface_colour(source, shot) if deep else (),
        legend={CONSIDERED: "has the surface's colour, but is no field"} if deep else {},
    )


def detect_edges(source: Source, shot: Shot, *, deep: bool) -> View:
    """The bands that became region hints; with `deep` also Canny's edges, Hough's pieces and the lines taken, searched again."""
    bands = shot.at("detect_edges", "bands")
    marks = [
        Mark(quad_of(row["polygon_px"]), BAND, f"band {row['band']}  {row['score']:.2f}", f"{row['score']:.2f}")
        for row in bands
    ]
    facts = [counted(len(bands), "band")]
    facts += [f"band {row['band']}: {row['reason']}" for row in bands]
    legend = {BAND: "region hint with its score"}
    tints: tuple[Tint, ...] = ()
    headline = facts[0]
    if deep and shot.shown_seq is not None and source.node.status == "done":
        more, tints, gone_through = _searched(source, shot)
        marks = [*more, *marks]
        facts += gone_through
        legend |= {
            EDGE: "Canny's edges",
            PIECE: "Hough's pieces beside the field",
            LINE: "lines seen well enough",
            OUTLINE: legend[BAND],
        }
    return View(shot.picture, shot.size_px, headline, tuple(facts), tuple(marks), tints, legend=legend)


def _field_in_words(row: Row) -> str:
    return f"field over {row['coverage_ratio']:.0%} of the picture, confidence {row['confidence']:.2f}"


def _surface_colour(source: Source, shot: Shot) -> tuple[Tint, ...]:
    """The pixels of the surface's colour at the working size."""
    if shot.shown_seq is None or source.node.status != "done":
        return ()
    from mpr_core.vision.field import surface_mask

    config = source.config("field_segmentation")
    picture, _ = shot.tables.frames.small(shot.shown_seq, config.work_width_px)
    return (Tint(surface_mask(picture, config), CONSIDERED),)


def _searched(source: Source, shot: Shot) -> tuple[list[Mark], tuple[Tint, ...], list[str]]:
    """Marks, tints and words for what the search for bands went through."""
    from mpr_core.vision.bands import search_bands
    from mpr_core.vision.field import FieldResult

    def known(row: Row) -> FieldResult:
        return FieldResult(row["status"], row["reason"], polygon_px=quad_of(row["polygon_px"]))

    config = source.config("detect_edges")
    assert shot.shown_seq is not None
    picture, scale = shot.tables.frames.small(shot.shown_seq, config.work_width_px)
    rows = shot.at("field_segmentation", "fields")
    field = known(rows[0]) if rows else FieldResult("no_field", "field_segmentation did not look at it")
    search = search_bands(picture, replace(field, polygon_px=field.polygon_px * np.float32(scale)), config)
    marks = [Mark((piece / scale).astype(np.float32), PIECE, kind="side", closed=False) for piece in search.pieces]
    marks += [Mark((line / scale).astype(np.float32), LINE, closed=False) for line in search.lines]
    if field.status == "field":
        words = f"{counted(len(search.pieces), 'piece')} beside the field's sides, {counted(len(search.lines), 'line')} seen well enough"
    else:
        words = f"no field, so no bands: {field.reason}"
    tints = (Tint(search.edges > 0, EDGE, 0.8),) if search.edges.size else ()
    return marks, tints, [words]
