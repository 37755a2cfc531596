"""A logo as it is put up: by itself, on a plain board, or in pieces that are no logo any more."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_service.train.logos import Bgra

_OPAQUE_RATIO = 0.95
_LEAST_CONTRAST = 60.0  # grey levels between ink and ground
_TILES = 4
_SAME = 12.0  # grey levels; a picture of one colour is the same in any order

Channels = NDArray[np.float32]


@dataclass(frozen=True)
class Plate:
    """What is pasted: `colour (h, w, 3)` BGR 0..255, `opacity (h, w)` of all of it and `mark (h, w)` of the logo alone, 0..1."""

    colour: Channels
    opacity: Channels
    mark: Channels

    @property
    def aspect_ratio(self) -> float:
        """Width by height."""
        return self.mark.shape[1] / self.mark.shape[0]


def put_up(logo: Bgra, ground: NDArray[np.uint8], rng: np.random.Generator) -> Plate:
    """The logo, on a board if chance has it or if it has no ground of its own and would not stand out from `ground`."""
    colour, alpha = logo[:, :, :3].astype(np.float32), logo[:, :, 3].astype(np.float32) / 255
    ink = float((cv2.cvtColor(logo[:, :, :3], cv2.COLOR_BGR2GRAY) * alpha).sum() / max(float(alpha.sum()), 1e-6))
    is_cut_out = float(alpha.mean()) < _OPAQUE_RATIO
    by_chance = rng.random() < 0.4
    if not by_chance and not (is_cut_out and abs(ink - float(ground.mean())) < _LEAST_CONTRAST):
        return Plate(colour, alpha, alpha)
    side_y, side_x = (round(float(rng.uniform(0.08, 0.5)) * alpha.shape[0]) for _ in range(2))
    edges = ((side_y, side_y), (side_x, side_x))
    light = ink < 128 if is_cut_out else rng.random() < 0.5
    board = rng.uniform(190, 250, 3) if light else rng.uniform(5, 60, 3)
    mark = np.pad(alpha, edges)
    colour = np.pad(colour, (*edges, (0, 0))) * mark[..., None] + board * (1 - mark[..., None])
    return Plate(colour.astype(np.float32), np.ones_like(mark), mark)


def shuffled(logo: Bgra, rng: np.random.Generator) -> Plate | None:
    """The logo's colours in another order, which a detector must not take for it; None where that would be the logo again."""
    height, width = (side // _TILES for side in logo.shape[:2])
    whole = logo[: height * _TILES, : width * _TILES]
    tiles = whole.reshape(_TILES, height, _TILES, width, 4).swapaxes(1, 2).reshape(-1, height, width, 4)
    tiles = tiles[rng.permutation(len(tiles))].reshape(_TILES, _TILES, height, width, 4)
    mixed = tiles.swapaxes(1, 2).reshape(whole.shape)
    if np.abs(mixed.astype(np.int16) - whole).mean() < _SAME:
        return None
    alpha = mixed[:, :, 3].astype(np.float32) / 255
    return Plate(mixed[:, :, :3].astype(np.float32), alpha, alpha)
