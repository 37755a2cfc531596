"""Pictures of a debug answer: a frame with marks, a map in colours, and those of /vlm, which sees what it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Asked
from mpr_core.overlays.canvas import picture_size, unit_of
from mpr_core.overlays.draw import draw_view
from mpr_core.overlays.view import Mark, Tint, View
from mpr_core.wire.debug import DebugPicture, DebugResult
from mpr_core.wire.vlm import VlmRequest


def shown(name: str, picture: NDArray[np.uint8]) -> DebugPicture:
    """A picture as PNG."""
    return DebugPicture(name=name, png=cv2.imencode(".png", picture)[1].tobytes())


def drawn(
    name: str, frame: NDArray[np.uint8], marks: Sequence[Mark], tints: Sequence[Tint] = (), scale: float = 1.0
) -> DebugPicture:
    """A frame with marks, at the size of MPR's overlays.

    Args:
        scale: of `frame` against the stored one, in whose pixels the marks are.
    """
    height, width = frame.shape[:2]
    view = View(
        frame, (round(width / scale), round(height / scale)), headline=name, marks=tuple(marks), tints=tuple(tints)
    )
    size_px = picture_size((width, height))
    return shown(name, draw_view(view, size_px, unit_of(size_px)).picture)


def heat_map(name: str, heat: NDArray[np.float32]) -> DebugPicture:
    """Values in [0, 1] as colours from dark to bright."""
    levels = np.asarray(np.clip(heat * 255, 0, 255), np.uint8)
    return shown(name, np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), np.uint8))


def seen_by_vlm(_inference: InProcess, _asked: VlmRequest, picture: Asked[Any]) -> DebugResult:
    """The picture as it is put to the model; nothing is asked, and nothing paid."""
    return DebugResult(id=picture.about.id, pictures=(shown("picture", picture.picture.bgr()),))
