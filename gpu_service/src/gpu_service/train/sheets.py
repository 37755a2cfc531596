"""Two pictures beside the model: what it was trained on, and what it finds on validation pictures."""

from __future__ import annotations

import numpy as np

from gpu_service.train.example import Example, Xyxy
from mpr_core.inference.yolo import Yolo
from mpr_core.overlays.canvas import unit_of
from mpr_core.overlays.draw import draw_view
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Mark, View
from mpr_core.report.contact_sheet import contact_sheet
from mpr_core.report.thumbnails import encode_jpeg

TILES = 16
_TILE_PX = (480, 270)
_LETTERS = 2.2  # of an overlay's, for tiles are looked at in rows
_MOST_BYTES = 3_000_000
_COLOURS = (Colour.YELLOW, Colour.SKY, Colour.VERMILLION, Colour.PURPLE, Colour.GREEN, Colour.ORANGE)


def trained_on(examples: tuple[Example, ...], names: tuple[str, ...]) -> bytes:
    """A JPEG of examples with their boxes."""
    tiles = [(_told(len(example.boxes), "logo"), _drawn(example, _truth(example, names))) for example in examples]
    return _sheet(tiles)


def found_in(examples: tuple[Example, ...], names: tuple[str, ...], model: Yolo) -> bytes:
    """A JPEG of validation pictures with what the model finds, scores included, over grey outlines of the truth."""
    tiles = []
    for example in examples:
        truth = [Mark(_corners(box.xyxy_px), Colour.GREY, kind="side") for box in example.boxes]
        boxes = model.detect(example.picture)
        found = [_mark(box.xyxy_px, names.index(box.class_name), f"{box.class_name} {box.score:.2f}") for box in boxes]
        told = f"{len(found)} found, {len(example.boxes)} there"
        tiles.append((told, _drawn(example, [*truth, *found])))
    return _sheet(tiles)


def _truth(example: Example, names: tuple[str, ...]) -> list[Mark]:
    return [_mark(box.xyxy_px, box.brand, names[box.brand]) for box in example.boxes]


def _mark(xyxy_px: Xyxy | np.ndarray, brand: int, label: str) -> Mark:
    return Mark(_corners(xyxy_px), _COLOURS[brand % len(_COLOURS)], label)


def _corners(xyxy_px: Xyxy | np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = (float(value) for value in xyxy_px)
    return np.array(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), np.float32)


def _told(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _drawn(example: Example, marks: list[Mark]) -> bytes:
    height, width = example.picture.shape[:2]
    view = View(example.picture, (width, height), headline="", marks=tuple(marks))
    return encode_jpeg(draw_view(view, _TILE_PX, unit_of(_TILE_PX) * _LETTERS).picture, 95)


def _sheet(tiles: list[tuple[str, bytes]]) -> bytes:
    return contact_sheet(
        tiles,
        max_bytes=_MOST_BYTES,
        max_tiles=TILES,
        tile_width_px=_TILE_PX[0],
        tile_height_px=_TILE_PX[1],
    )
