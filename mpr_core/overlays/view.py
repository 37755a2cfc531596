"""What is to be drawn over one frame, and said beside it; how it is drawn is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mpr_core.overlays.palette import Colour

Picture = NDArray[np.uint8]
"""`(h, w, 3) uint8 BGR`."""


@dataclass(frozen=True)
class Mark:
    """An outline or a line in the frame.

    Attributes:
        points_px: `(k, 2) float32` in the frame's pixels.
        label: what stands beside it; `short` where there is no room for it, nothing where there is none for that either.
        kind: how strongly it is drawn.
        closed: an outline; else a line from point to point.
    """

    points_px: NDArray[np.float32]
    colour: Colour
    label: str = ""
    short: str = ""
    kind: Literal["main", "side"] = "main"
    closed: bool = True


@dataclass(frozen=True)
class Tint:
    """Pixels to colour: `mask (h, w) bool` of the frame at any size."""

    mask: NDArray[np.bool_]
    colour: Colour
    opacity: float = 0.4


@dataclass(frozen=True)
class Tile:
    """A small picture beside the frame."""

    picture: Picture
    title: str
    colour: Colour


@dataclass(frozen=True)
class View:
    """One frame as a stage saw it.

    Attributes:
        picture: the frame, perhaps at a fraction of its size.
        size_px: the frame's own width and height; marks are in these pixels.
        headline: the finding in a few words.
        facts: further lines, each a sentence or a count.
        legend: what the colours mean here.
        tiles_title: says what the tiles are.
    """

    picture: Picture
    size_px: tuple[int, int]
    headline: str
    facts: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    tints: tuple[Tint, ...] = ()
    tiles: tuple[Tile, ...] = ()
    tiles_title: str = ""
    legend: Mapping[Colour, str] = field(default_factory=dict)


def quad_of(flat: list[float]) -> NDArray[np.float32]:
    """The corners `(4, 2)` of a stored quad."""
    return np.array(flat, np.float32).reshape(-1, 2)
