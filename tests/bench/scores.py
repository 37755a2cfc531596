"""Airings held against a film's truth, as one line of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpr_core.synth.score import ScoredAiring, SynthScore, score_airings
from mpr_core.synth.truth import SynthTruth


def score(truth: SynthTruth, airings: Sequence[Sequence[Any]]) -> SynthScore:
    """The score of `[brand, start_s, end_s]` rows."""
    end = float(truth.duration_s)
    return score_airings(truth, [ScoredAiring(brand=b, start_s=s, end_s=min(e, end)) for b, s, e in airings])


def line(found: SynthScore) -> str:
    """Recall of text of at least 12 and 16 px, and precision."""
    recall = ", ".join(f"{r.size_class}: {'-' if r.recall is None else f'{r.recall:.3f}'}" for r in found.recalls)
    precision = "-" if found.precision is None else f"{found.precision:.3f}"
    return f"recall by letter height (px) {recall}; precision {precision}"
