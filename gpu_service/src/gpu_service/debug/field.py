"""/segment_field/debug and /detect_edges/debug: masks, outline, edge map, lines and bands."""

from __future__ import annotations

import numpy as np

from gpu_service.debug.pictures import drawn, shown
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Asked
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.regions import BAND, CONSIDERED, EDGE, FIELD, LINE, OUTLINE, PIECE
from mpr_core.overlays.view import Mark, Tint
from mpr_core.vision.bands import search_bands
from mpr_core.vision.field import FieldResult, segment_field, surface_mask
from mpr_core.wire.debug import DebugResult
from mpr_core.wire.detect_edges import DetectEdgesRequest, FieldImage
from mpr_core.wire.segment_field import SegmentFieldRequest, SizedImage


def seen_by_field(_inference: InProcess, asked: SegmentFieldRequest, frame: Asked[SizedImage]) -> DebugResult:
    """The pixels of the surface's colour, the mask of the field, and the frame with its outline."""
    small, _ = frame.picture.small(frame.about.width_px, asked.config.work_width_px)
    colour = surface_mask(small, asked.config)
    found = segment_field(small, asked.config)
    pictures = [shown("surface_colour", colour.astype(np.uint8) * 255)]
    tints = [Tint(colour, CONSIDERED)]
    marks: list[Mark] = []
    if found.mask is not None:
        pictures.append(shown("mask", found.mask))
        tints = [Tint(found.mask > 0, FIELD)]
        marks = [Mark(found.polygon_px, OUTLINE, f"field {found.coverage_ratio:.0%}")]
    return DebugResult(id=frame.about.id, pictures=(*pictures, drawn("field", small, marks, tints)))


def seen_by_edges(_inference: InProcess, asked: DetectEdgesRequest, frame: Asked[FieldImage]) -> DebugResult:
    """Canny's edge map, and the frame with Hough's pieces, the lines taken and the bands."""
    small, scale = frame.picture.small(frame.about.width_px, asked.config.work_width_px)
    outline = np.array(frame.about.field_px, np.float32).reshape(-1, 2) * np.float32(scale)
    search = search_bands(small, FieldResult("field", "given", polygon_px=outline), asked.config)
    marks = [_line(piece, PIECE, "side") for piece in search.pieces]
    marks += [_line(line, LINE, "main") for line in search.lines]
    marks += [Mark(np.array(band.polygon_px, np.float32), BAND, f"band {band.score:.2f}") for band in search.bands]
    tints = [Tint(search.edges > 0, EDGE, 0.8)] if search.edges.size else []
    pictures = [shown("edges", search.edges)] if search.edges.size else []
    return DebugResult(id=frame.about.id, pictures=(*pictures, drawn("bands", small, marks, tints)))


def _line(ends: np.ndarray, colour: Colour, kind: str) -> Mark:
    return Mark(ends.astype(np.float32), colour, kind="main" if kind == "main" else "side", closed=False)
