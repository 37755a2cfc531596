"""The page around a picture: a caption above it, small pictures beside or below it, the legend at the foot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Picture, Tile
from mpr_core.synth.fonts import FaceName, face_path

_PAPER, _INK, _MUTED = (250, 250, 248), (20, 20, 24), (90, 90, 96)
_LEAST_PX, _MOST_PX, _MOST_HEIGHT_PX = 1280, 1920, 1200
_SIDE_PX = 360  # a column beside the picture is at least this wide, else small pictures go below
_ENLARGED = 1.6  # small pictures are enlarged by this at most


@dataclass(frozen=True)
class Caption:
    """What is said above a picture: who and when, the settings, and what was found."""

    title: str
    config: str
    facts: tuple[str, ...]


def picture_size(frame_px: tuple[int, int]) -> tuple[int, int]:
    """The size a frame is drawn at: 1280 px wide at least and 1920 at most, tall frames 1200 px high."""
    width, height = frame_px
    scale = min(max(1.0, _LEAST_PX / width), _MOST_PX / width) if width >= _LEAST_PX else _LEAST_PX / width
    scale = min(scale, _MOST_HEIGHT_PX / height) if height > width or height * scale > _MOST_HEIGHT_PX else scale
    return max(2, round(width * scale)), max(2, round(height * scale))


def unit_of(picture_px: tuple[int, int]) -> float:
    """What one pixel of a 1280 px wide page is on a page with this picture."""
    return max(_LEAST_PX, picture_px[0]) / _LEAST_PX


def page(
    picture: Picture, caption: Caption, tiles: Sequence[Tile], tiles_title: str, legend: Mapping[Colour, str]
) -> Picture:
    """The whole page, as wide as the picture, 1280 px at least."""
    height, width = picture.shape[:2]
    whole, unit = max(_LEAST_PX, width), unit_of((width, height))
    beside = whole - width >= _SIDE_PX
    rows = [_caption(caption, whole, unit)]
    if beside and tiles:
        column = _tiles(tiles, tiles_title, whole - width, unit, most_px=height)
        rows.append(np.hstack([picture, _padded(column, whole - width, height)]))
    else:
        rows.append(_padded(picture, whole, height))
        if tiles:
            rows.append(_tiles(tiles, tiles_title, whole, unit, most_px=height))
    if legend:
        rows.append(_legend(legend, whole, unit))
    return np.vstack(rows)


def _caption(caption: Caption, width: int, unit: float) -> Picture:
    told: list[tuple[str, FaceName, int, tuple[int, int, int]]] = [
        (caption.title, "sans_bold", 18, _INK),
        (caption.config, "sans", 15, _MUTED),
        *((fact, "sans", 16, _INK) for fact in caption.facts),
    ]
    lines = [
        (line, face, size, ink)
        for text, face, size, ink in told
        if text
        for line in _wrapped(text, face, size, width, unit)
    ]
    step = round(24 * unit)
    strip = Image.new("RGB", (width, step * len(lines) + round(12 * unit)), _PAPER)
    draw = ImageDraw.Draw(strip)
    for number, (text, face, size, ink) in enumerate(lines):
        place = (round(10 * unit), round(6 * unit) + number * step)
        draw.text(place, text, font=_font(face, size, unit), fill=ink)
    return _bgr(strip)


def _legend(legend: Mapping[Colour, str], width: int, unit: float) -> Picture:
    font, margin, step = _font("sans", 15, unit), round(10 * unit), round(26 * unit)
    places, x, y = [], margin, 0
    for colour, text in legend.items():
        needed = round(26 * unit + font.getlength(text) + 24 * unit)
        if x > margin and x + needed > width:
            x, y = margin, y + step
        places.append((x, y, colour, text))
        x += needed
    strip = Image.new("RGB", (width, y + step + round(6 * unit)), _PAPER)
    draw = ImageDraw.Draw(strip)
    for x, y, colour, text in places:
        top, side = y + round(8 * unit), round(15 * unit)
        draw.rectangle((x, top, x + side, top + side), fill=colour.rgb, outline=(0, 0, 0))
        draw.text((x + round(24 * unit), y + round(6 * unit)), text, font=font, fill=_INK)
    return _bgr(strip)


def _tiles(tiles: Sequence[Tile], title: str, width: int, unit: float, most_px: int) -> Picture:
    """Small pictures in rows, each over its title; those that would go beyond `most_px` of height are counted, not drawn."""
    margin, line = round(10 * unit), round(22 * unit)
    flowed = list(_flow(tiles, width - margin, unit, margin, top=line + round(8 * unit)))
    drawn = [entry for entry in flowed if entry[1] + entry[2].shape[0] + line <= most_px]
    bottom = max((y + picture.shape[0] + line for _, y, picture, _ in drawn), default=line)
    strip = Image.new("RGB", (width, bottom + margin), _PAPER)
    draw = ImageDraw.Draw(strip)
    more = f"; {len(flowed) - len(drawn)} more not shown" if len(drawn) < len(flowed) else ""
    draw.text(
        (margin, round(6 * unit)),
        _cut(title + more, "sans", 15, width - 2 * margin, unit),
        font=_font("sans", 15, unit),
        fill=_MUTED,
    )
    rim = max(2, round(3 * unit))
    for x, y, picture, tile in drawn:
        height, wide = picture.shape[:2]
        draw.rectangle((x - rim, y - rim, x + wide + rim - 1, y + height + rim - 1), fill=tile.colour.rgb)
        strip.paste(Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)), (x, y))
        text = _cut(tile.title, "sans", 14, max(wide, _title_px(unit)), unit)
        draw.text((x - rim, y + height + rim), text, font=_font("sans", 14, unit), fill=_INK)
    return _bgr(strip)


def _flow(
    tiles: Sequence[Tile], width: int, unit: float, margin: int, top: int
) -> Iterator[tuple[int, int, Picture, Tile]]:
    """Left edge, top edge, picture at its size, and tile; row by row, all of a row as high as its highest."""
    highest = round((110 if max(t.picture.shape[0] for t in tiles) > 100 else 60) * unit)
    x, y = margin, top
    for tile in tiles:
        high, wide = tile.picture.shape[:2]
        scale = min(highest / high, (width - margin) / wide, _ENLARGED * unit)
        size = (max(1, round(wide * scale)), max(1, round(high * scale)))
        picture = np.asarray(
            cv2.resize(tile.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8
        )
        room = max(size[0], min(_title_px(unit), round(_font("sans", 14, unit).getlength(tile.title))))
        if x > margin and x + room > width:
            x, y = margin, y + highest + round(34 * unit)
        yield x, y, picture, tile
        x += room + round(14 * unit)


def _title_px(unit: float) -> int:
    return round(230 * unit)


def _wrapped(text: str, face: FaceName, size: int, width: int, unit: float) -> list[str]:
    font, room = _font(face, size, unit), width - 20 * unit
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and font.getlength(longer) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [_cut(found, face, size, round(room), unit) for found in [*lines, line]]


def _cut(text: str, face: FaceName, size: int, width: int, unit: float) -> str:
    font = _font(face, size, unit)
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text


def _font(face: FaceName, size: int, unit: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face_path(face)), round(size * unit))


def _padded(picture: Picture, width: int, height: int) -> Picture:
    """The picture at the left top of a sheet of that size."""
    sheet = np.full((height, width, 3), _PAPER[::-1], np.uint8)
    sheet[: picture.shape[0], : picture.shape[1]] = picture[:height, :width]
    return sheet


def _bgr(strip: Image.Image) -> Picture:
    return np.asarray(cv2.cvtColor(np.asarray(strip), cv2.COLOR_RGB2BGR), np.uint8)
