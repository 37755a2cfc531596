"""Where one scene ends and the next begins: cuts, dissolves, wipes and fades, from one tiny picture per frame.

The answer at a place depends on the signatures around it only (`FilterScenesConfig.context_s`), never on how far the
window reaches: call it on overlapping windows and keep from each the transitions whose `at_s` lies in its core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mpr_core.record import Record
from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.cuts import frame_changes, thin_out, verified_cuts
from mpr_core.vision.fades import find_fades
from mpr_core.vision.gradual import GradualChange, find_blends

SIGNATURE_SHAPE = (18, 32, 3)
_SAME_S = 0.05


class Transition(Record):
    """One change of scene. A cut starts and ends at the pts of the first frame of the new scene."""

    kind: Literal["cut", "dissolve", "fade", "wipe"]
    start_s: float = Field(description="Seconds, in the signatures' own time.")
    end_s: float
    score: float = Field(ge=0.0, le=1.0, description="0.5: just over the threshold.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_s < self.start_s or (self.kind == "cut" and self.end_s != self.start_s):
            raise ValueError(f"a {self.kind} cannot run from {self.start_s} s to {self.end_s} s")
        return self

    @property
    def at_s(self) -> float:
        """Where the scene changes: the cut, or the middle of a gradual transition."""
        return (self.start_s + self.end_s) / 2


def find_transitions(
    pts_s: Sequence[float] | NDArray[np.float64], signatures: NDArray[np.uint8], config: FilterScenesConfig
) -> list[Transition]:
    """Cuts and gradual transitions, in order of time.

    Args:
        pts_s: `(n,)` seconds, not decreasing; any frame rate, variable too.
        signatures: `(n, 18, 32, 3) uint8 BGR`, the area-averaged picture of every decoded frame.
        config: thresholds, in seconds and 8-bit levels.
    Returns:
        Transitions by `at_s`; empty for fewer than two frames. A fade to black and the fade from black after it are
        two, with a black scene between.
    Raises:
        ValueError: the shapes do not fit each other, or the seconds decrease or are not finite.
    Source: PySceneDetect 0.7 (content score); blend test after the linear model of dissolves in the literature.
    """
    times, pictures = _checked(pts_s, signatures)
    if len(times) < 2:
        return []
    content, change = frame_changes(times, pictures, config)
    candidates = verified_cuts(times, pictures, content, change, config)
    cuts = thin_out(times, candidates, change, config.min_scene_s)
    gradual: list[GradualChange] = []
    if config.find_gradual:
        cuts_s = times[[index for index, _ in candidates]] if candidates else np.zeros(0)
        fades = find_fades(times, pictures, cuts_s, config)
        blends = find_blends(times, pictures, cuts_s, config)
        gradual = fades + [blend for blend in blends if not any(_overlap(blend, fade) for fade in fades)]
    found = [
        Transition(kind="cut", start_s=float(times[i]), end_s=float(times[i]), score=ratio / (ratio + config.cut_ratio))
        for i, ratio in cuts
    ]
    found += [Transition(kind=g.kind, start_s=g.start_s, end_s=g.end_s, score=g.score) for g in gradual]
    return sorted(found, key=lambda transition: (transition.at_s, transition.start_s))


def _overlap(one: GradualChange, other: GradualChange) -> bool:
    return one.start_s <= other.end_s + _SAME_S and other.start_s <= one.end_s + _SAME_S


def _checked(
    pts_s: Sequence[float] | NDArray[np.float64], signatures: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    times = np.asarray(pts_s, dtype=np.float64)
    if times.size == 0 and len(signatures) == 0:
        return times.reshape(0), np.zeros((0, *SIGNATURE_SHAPE), np.uint8)
    if times.shape != (len(signatures),) or signatures.shape[1:] != SIGNATURE_SHAPE or signatures.dtype != np.uint8:
        raise ValueError(
            f"want (n,) seconds and (n, 18, 32, 3) uint8 signatures, got {times.shape} and "
            f"{signatures.shape} {signatures.dtype}"
        )
    if not np.isfinite(times).all() or (np.diff(times) < 0).any():
        raise ValueError("pts_s must be finite and must not decrease")
    return times, signatures
