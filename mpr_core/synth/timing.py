"""When each frame is presented, in exact ticks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mpr_core.synth.spec import SynthSpec

VFR_TIME_BASE = Fraction(1, 90_000)


def frame_ticks(spec: SynthSpec) -> tuple[NDArray[np.int64], Fraction]:
    """Presentation times of all frames.

    Returns:
        `(n + 1,)` ticks: one per frame and, last, the end of the final frame; and the tick length in seconds.
    """
    if not spec.vfr:
        count = max(1, round(spec.seconds * spec.fps))
        return np.arange(count + 1, dtype=np.int64) * spec.fps.denominator, Fraction(1, spec.fps.numerator)
    return _varying(spec), VFR_TIME_BASE


def _varying(spec: SynthSpec) -> NDArray[np.int64]:
    """Stretches of steady, halved and jittering rate, as phones and screen recorders write them."""
    rng = np.random.default_rng([spec.seed, 0x7F1])
    end = max(1, round(spec.seconds / VFR_TIME_BASE))
    nominal = float(1 / spec.fps / VFR_TIME_BASE)
    ticks = [0]
    while ticks[-1] < end:
        mode = rng.choice(("steady", "half", "jitter"), p=(0.45, 0.2, 0.35))
        for _ in range(int(rng.integers(12, 60))):
            factor = {"steady": 1.0, "half": 2.0, "jitter": float(rng.uniform(0.6, 1.7))}[str(mode)]
            ticks.append(ticks[-1] + max(1, round(nominal * factor)))
            if ticks[-1] >= end:
                break
    return np.array(ticks, dtype=np.int64)
