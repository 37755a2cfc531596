"""The contact sheet of a node: its most telling frames, small, as one WebP picture of bounded size.

It is drawn at the end of every stage of every run, so it shows what the parts hold and nothing that would have to be found again, on
frames decoded at a fraction of their size, with OpenCV alone.
"""

from __future__ import annotations

import cv2
import numpy as np

from mpr_core.overlays.source import Source
from mpr_core.overlays.stages import shown
from mpr_core.overlays.telling import telling_frames
from mpr_core.overlays.view import Picture, View
from mpr_core.report.clock import clock
from mpr_core.report.contact_sheet import contact_sheet
from mpr_core.report.thumbnails import encode_jpeg, encode_webp

SHEET_BYTES = 20_000
_QUALITIES = (45, 28, 14)  # few: encoding is most of what a sheet costs
_COLUMNS, _TILE_PX = 3, (240, 135)


def draw_sheet(source: Source, max_bytes: int = SHEET_BYTES) -> bytes | None:
    """The sheet; None for a stage that was skipped and found nothing to show either.

    Raises:
        PartMissing: a part or a stored frame is gone.
    """
    if source.node.status == "skipped" and not any(source.node.counts.values()):
        return None
    tiles = []
    for index, seq in telling_frames(source):
        shot = source.shot(index, seq)
        divide = next((d for d in (8, 4, 2) if shot.size_px[0] // d >= _TILE_PX[0]), 1)
        view = shown(source, source.shot(index, seq, divide))
        tiles.append((f"{clock(shot.t_s, 1)}  {view.headline}", encode_jpeg(_small(view), 95)))
    if not tiles:
        return None
    return contact_sheet(
        tiles,
        max_bytes=max_bytes,
        columns=_COLUMNS,
        tile_width_px=_TILE_PX[0],
        tile_height_px=_TILE_PX[1],
        encode=encode_webp,
        qualities=_QUALITIES,
    )


def _small(view: View) -> Picture:
    """The view's marks and tints on its picture, at the size of a tile."""
    height, width = view.picture.shape[:2]
    scale = min(_TILE_PX[0] / width, _TILE_PX[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scene = np.asarray(cv2.resize(view.picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for tint in view.tints:
        mask = cv2.resize(tint.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        scene[mask] = (scene[mask] * (1 - tint.opacity) + np.array(tint.colour.bgr) * tint.opacity).astype(np.uint8)
    factor = size[0] / view.size_px[0]
    for kind in ("side", "main"):
        for mark in (m for m in view.marks if m.kind == kind):
            points = np.round(mark.points_px * factor * 16).astype(np.int32)
            if kind == "main":
                cv2.polylines(scene, [points], mark.closed, (0, 0, 0), 2, cv2.LINE_AA, 4)
            cv2.polylines(scene, [points], mark.closed, mark.colour.bgr, 1, cv2.LINE_AA, 4)
    return scene


def shrunk(sheet: bytes, max_bytes: int) -> bytes | None:
    """A sheet made smaller until it fits; None when it would be too small to show anything."""
    picture = cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR)
    for scale in (1.0, 0.75, 0.5):
        smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for quality in _QUALITIES:
            if len(encoded := encode_webp(smaller, quality)) <= max_bytes:
                return encoded
    return None
