"""A small labelled grid of crops for a run's metadata, where every byte counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from mpr_core.report.thumbnails import Image, decode, encode_jpeg, fit

_LABEL_PX, _MARGIN_PX = 18, 4
_PAPER, _INK, _MUTED = (246, 244, 242), (32, 24, 20), (120, 110, 100)
_QUALITIES = (82, 72, 62, 52, 42, 32)


def contact_sheet(
    images: Sequence[tuple[str, bytes]],
    *,
    max_bytes: int = 24_000,
    columns: int = 4,
    max_tiles: int = 12,
    tile_width_px: int = 168,
    tile_height_px: int = 64,
    encode: Callable[[Image, int], bytes] = encode_jpeg,
    qualities: Sequence[int] = _QUALITIES,
) -> bytes:
    """One picture of at most `max_bytes`, a JPEG unless `encode` makes something else of it.

    Args:
        images: label and encoded picture, the most important first; what does not decode becomes an empty tile.
        max_bytes: quality is lowered first, then the tiles shrink, then the last ones are left out.
        max_tiles: further pictures are left out; the sheet says how many.
    Raises:
        ValueError: not even one tile of 32 px fits into `max_bytes`.
    """
    for tiles in _tile_counts(min(len(images), max_tiles)):
        for scale in (1.0, 0.75, 0.5):
            size = (max(32, int(tile_width_px * scale)), max(24, int(tile_height_px * scale)))
            sheet = _draw(images[:tiles], columns, size, left_out=len(images) - tiles)
            for quality in qualities:
                if len(encoded := encode(sheet, quality)) <= max_bytes:
                    return encoded
    raise ValueError(f"no contact sheet fits into {max_bytes} bytes")


def _tile_counts(most: int) -> list[int]:
    counts = [most]
    while counts[-1] > 1:
        counts.append(counts[-1] // 2)
    return counts


def _draw(images: Sequence[tuple[str, bytes]], columns: int, tile_px: tuple[int, int], *, left_out: int) -> Image:
    """The sheet; with nothing to show, one tile that says so."""
    tiles = [_tile(label, decode(encoded), tile_px) for label, encoded in images] or [_tile("no crops", None, tile_px)]
    columns = min(columns, len(tiles))
    tiles += [np.full_like(tiles[0], _PAPER)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    if left_out > 0:
        footer = np.full((_LABEL_PX + _MARGIN_PX, rows[0].shape[1], 3), _PAPER, np.uint8)
        rows.append(_labelled(footer, f"and {left_out} more", 14, _MUTED))
    return np.vstack(rows)


def _tile(label: str, image: Image | None, tile_px: tuple[int, int]) -> Image:
    width, height = tile_px
    tile = np.empty((height + _LABEL_PX + 2 * _MARGIN_PX, width + 2 * _MARGIN_PX, 3), np.uint8)
    tile[:] = _PAPER
    if image is not None:
        small = fit(image, width, height)
        top, left = _MARGIN_PX + (height - small.shape[0]) // 2, _MARGIN_PX + (width - small.shape[1]) // 2
        tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return _labelled(tile, label, height + _MARGIN_PX + 14, _MUTED if image is None else _INK)


def _labelled(tile: Image, label: str, baseline_px: int, colour: tuple[int, int, int]) -> Image:
    font, size_px, weight = cv2.FontFace("sans"), 12, 500
    text, width = " ".join(label.split()) or "?", tile.shape[1] - 2 * _MARGIN_PX

    def is_wide(line: str) -> bool:
        return bool(cv2.getTextSize((10_000, 100), line, (0, 50), font, size_px, weight)[2] > width)

    while len(text) > 1 and is_wide(text):
        text = text[:-2].rstrip() + "…"
    cv2.putText(tile, text, (_MARGIN_PX, baseline_px), colour, font, size_px, weight)
    return tile
