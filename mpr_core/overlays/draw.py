"""A view's marks, tints and labels onto its picture, with supervision's annotators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray
from PIL import ImageFont
from supervision.config import ORIENTED_BOX_COORDINATES

from mpr_core.overlays.labels import Rect, place_labels
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Mark, Picture, Tint, View
from mpr_core.synth.fonts import face_path

_COLOURS = list(Colour)
_FILL = sv.ColorPalette([sv.Color(*colour.rgb) for colour in _COLOURS])
_INK = sv.ColorPalette([sv.Color(*colour.ink_rgb) for colour in _COLOURS])
_SLANTING = 0.6  # share of its bounds that an upright or nearly upright box fills
_CROWD = 60  # with more marks than this, lines and letters are finer
_HALO = sv.Color(0, 0, 0)


@dataclass(frozen=True)
class Drawn:
    """A picture with its marks, where their labels stand, and how many labels found no room."""

    picture: Picture
    labels: list[Rect]
    left_out: int


def draw_view(view: View, size_px: tuple[int, int], unit: float) -> Drawn:
    """The view's picture at `size_px` with everything drawn onto it.

    Args:
        unit: what one pixel of a 1280 px wide picture is here; line widths and letters are multiples of it.
    """
    enlarged = size_px[0] > view.picture.shape[1]
    method = cv2.INTER_CUBIC if enlarged else cv2.INTER_AREA
    scene = np.asarray(cv2.resize(view.picture, size_px, interpolation=method), np.uint8)
    scale = size_px[0] / view.size_px[0]
    if len(view.marks) > _CROWD:
        unit *= 0.8
    for tint in view.tints:
        scene = _tinted(scene, tint)
    for kind in ("side", "main"):  # what matters lies on top
        scene = _outlined(scene, [mark for mark in view.marks if mark.kind == kind], scale, unit)
    return _labelled(scene, view.marks, scale, unit)


def _tinted(scene: Picture, tint: Tint) -> Picture:
    size = (scene.shape[1], scene.shape[0])
    mask = cv2.resize(tint.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if not mask.any():
        return scene
    detections = sv.Detections(xyxy=np.array([[0, 0, *size]], np.float32), mask=mask[None], class_id=np.zeros(1, int))
    colour = sv.Color(*tint.colour.rgb)
    return np.asarray(sv.MaskAnnotator(color=colour, opacity=tint.opacity).annotate(scene, detections), np.uint8)


def _outlined(scene: Picture, marks: Sequence[Mark], scale: float, unit: float) -> Picture:
    """Quads by the oriented-box annotator, other shapes as polygons and lines; each over a dark rim, so that it shows on any ground."""
    quads = [mark for mark in marks if mark.closed and len(mark.points_px) == 4]
    others = [mark for mark in marks if not (mark.closed and len(mark.points_px) == 4)]
    thick = round((3 if any(mark.kind == "main" for mark in marks) else 2) * unit)
    if quads:
        detections = _detections(quads, scale)
        for colour, width in ((_HALO, thick + 2), (_FILL, thick)):
            scene = sv.OrientedBoxAnnotator(color=colour, thickness=width).annotate(scene, detections)
    for mark in others:
        points = np.round(mark.points_px * scale).astype(np.int32)
        for colour, width in ((_HALO, thick + 2), (sv.Color(*mark.colour.rgb), thick)):
            if mark.closed:
                scene = sv.draw_polygon(scene, points, color=colour, thickness=width)
            else:
                ends = [sv.Point(*map(int, point)) for point in (points[0], points[-1])]
                scene = sv.draw_line(scene, *ends, color=colour, thickness=width)
    return np.asarray(scene, np.uint8)


def _detections(marks: Sequence[Mark], scale: float) -> sv.Detections:
    quads = np.array([mark.points_px for mark in marks], np.float32) * scale
    return sv.Detections(
        xyxy=np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1),
        class_id=np.array([_COLOURS.index(mark.colour) for mark in marks]),
        data={ORIENTED_BOX_COORDINATES: quads},
    )


def _labelled(scene: Picture, marks: Sequence[Mark], scale: float, unit: float) -> Drawn:
    """The labels that find room: those of the main marks first, then by the order of the marks."""
    named = sorted((mark for mark in marks if mark.label), key=lambda mark: mark.kind != "main")
    padding = max(2, round(3 * unit))
    choices = [_texts(mark, _font(mark, unit), scene.shape[1] - 2 * padding) for mark in named]
    sizes = [
        [_label_size(text, _font(mark, unit), padding) for text in texts]
        for mark, texts in zip(named, choices, strict=True)
    ]
    outlines = [_bounds(mark.points_px * scale) for mark in named]
    places = place_labels(outlines, sizes, (scene.shape[1], scene.shape[0]))
    found = [(mark, texts[at[0]], at[1]) for mark, texts, at in zip(named, choices, places, strict=True) if at]
    for _, _, (
        x0,
        y0,
        x1,
        y1,
    ) in found:  # a rim, so that a label on an outline of its own colour does not look like a part of it
        scene = sv.draw_filled_rectangle(scene, sv.Rect(x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2), color=_HALO)
    for kind in ("side", "main"):
        own = [entry for entry in found if entry[0].kind == kind]
        if not own:
            continue
        annotator = sv.RichLabelAnnotator(
            color=_FILL,
            text_color=_INK,
            font_path=str(face_path("sans")),
            font_size=_letters_px(own[0][0], unit),
            text_padding=padding,
        )
        # The annotator puts a label above its box's top left corner: a box that begins below the place brings it there.
        corners = np.array([[x0, y1, x1, y1 + 1] for _, _, (x0, _, x1, y1) in own], np.float32)
        ids = np.array([_COLOURS.index(mark.colour) for mark, _, _ in own])
        scene = annotator.annotate(scene, sv.Detections(xyxy=corners, class_id=ids), [text for _, text, _ in own])
    return Drawn(np.asarray(scene, np.uint8), [rect for _, _, rect in found], len(named) - len(found))


def _letters_px(mark: Mark, unit: float) -> int:
    return round((15 if mark.kind == "main" else 12) * unit)


def _font(mark: Mark, unit: float) -> ImageFont.FreeTypeFont:
    return _typeface(_letters_px(mark, unit))


@lru_cache(maxsize=8)
def _typeface(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face_path("sans")), size_px)


def _texts(mark: Mark, font: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    """What a mark's label may say, the fullest first."""
    label, short = ("".join(map(_legible, text)) for text in (mark.label, mark.short))
    return list(dict.fromkeys(text for text in (_fitting(label, font, width_px), short) if text))


@lru_cache(maxsize=1024)
def _legible(letter: str) -> str:
    """The letter, or its code point where the typeface has no picture of it (Chinese and the like, which OCR may read)."""
    if letter.isascii():
        return letter
    shape, missing = (bytes(_typeface(24).getmask(c)) for c in (letter, "\U0010ffff"))
    return f"[U+{ord(letter):04X}]" if shape == missing else letter


def _bounds(points: NDArray[np.float32]) -> Rect:
    """What a label keeps to: the upright bounds; of a slanting shape, which leaves most of them empty, its left end's."""
    inside = cv2.contourArea(points.astype(np.float32)) / max(1.0, float(np.prod(np.ptp(points, axis=0))))
    if len(points) > 3 and inside < _SLANTING:
        points = points[np.argsort(points[:, 0], kind="stable")[:2]]
    x0, y0 = points.min(axis=0).tolist()
    x1, y1 = points.max(axis=0).tolist()
    return x0, y0, x1, y1


def _label_size(text: str, font: ImageFont.FreeTypeFont, padding: int) -> tuple[int, int]:
    """Width and height of a label as RichLabelAnnotator draws it, and a pixel more."""
    left, top, right, bottom = font.getbbox(text)
    return int(right - left + 2 * padding) + 1, int(bottom - top + 2 * padding) + 1


def _fitting(text: str, font: ImageFont.FreeTypeFont, width_px: int) -> str:
    """The text, shortened until it is no wider than that."""
    while len(text) > 1 and font.getlength(text) > width_px:
        text = text[:-2].rstrip() + "…"
    return text
