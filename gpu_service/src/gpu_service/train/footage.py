"""Frames of drawn films, which logos are pasted into: `mpr synth` without the video in between."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mpr_core.synth.render import Film, RenderedFrame
from mpr_core.synth.spec import SynthSpec

_FILM_S = 24.0
_FRAME_EVERY = 20  # frames of a film at 25 per second


def frames(seed: tuple[int, ...], size_px: tuple[int, int]) -> Iterator[RenderedFrame]:
    """Frames of one film after the other without end; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    while True:
        film = Film(SynthSpec(seconds=_FILM_S, seed=int(rng.integers(1 << 31)), width=size_px[0], height=size_px[1]))
        yield from film.frames(_FRAME_EVERY)
