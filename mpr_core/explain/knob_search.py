"""The gentlest change of a matching knob that lets a name pass: tried with the matcher itself, never computed from its wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Changes = Mapping[str, Any]
_MOST_KNOBS = 3


@dataclass(frozen=True)
class Knob:
    """A knob to turn, and how far it is worth proposing. Beyond that nearly anything would match."""

    field: str
    extreme: float
    step: float

    def values(self, present: float) -> list[float]:
        """From the extreme to just before the present value, on a grid of `step`; empty when it is there already."""
        sign = 1 if present > self.extreme else -1
        count = int(abs(present - self.extreme) / self.step + 1e-9)
        found = [self.extreme + sign * self.step * i for i in range(count + 1)]
        whole = float(self.step).is_integer()
        return [
            int(value) if whole else round(value, 2)
            for value in found
            if abs(value - present) > 1e-9 and (value < present) == (self.extreme < present)
        ]


@dataclass(frozen=True)
class Trial:
    """How matching ends with some changes: found, or vetoed by what, at which score."""

    found: bool
    veto: str = ""
    score: float = 0.0


_SHORT = (Knob("short_name_letters", 1, 1), Knob("short_name_min_text_score", 0.05, 0.05))
KNOBS: Mapping[str, tuple[Knob, ...]] = {
    "min_score": (Knob("min_score", 60, 1), Knob("fuzzy_min_letters", 4, 1)),
    "text_score": (Knob("min_text_score", 0.05, 0.05), Knob("short_name_min_text_score", 0.05, 0.05)),
    "short_name": _SHORT,
    "inside_word": (Knob("glued_min_letters", 5, 1), Knob("short_name_letters", 1, 1)),
    "running_text": (Knob("max_sentence_words", 50, 1),),
    "fragment": (
        Knob("uncut_fragment_ratio", 0.3, 0.05),
        Knob("min_fragment_ratio", 0.3, 0.05),
        Knob("min_fragment_letters", 3, 1),
    ),
    "ambiguous": (Knob("ambiguity_margin", 0, 0.5),),
    "votes": (Knob("min_vote_share", 0, 0.01),),
}
"""By the word of `Candidate.vetoed_by`. Vetoes that no knob governs (exclude, everyday_word, number, covered) are absent."""


def gentlest(present: Mapping[str, Any], attempt: Callable[[Changes], Trial]) -> dict[str, Any] | None:
    """Field -> value of the fewest and smallest changes that `attempt` finds the brand with; None when none do."""
    changes: dict[str, Any] = {}
    trial = attempt(changes)
    while not trial.found:
        step = _next(present, changes, trial, attempt) if len(changes) < _MOST_KNOBS else None
        if step is None:
            return None
        changes, trial = step
    for knob in [knob for knobs in KNOBS.values() for knob in knobs]:
        if knob.field in changes:
            changes = _loosened(knob, present, changes, attempt)
    return changes


def _next(
    present: Mapping[str, Any], changes: Changes, trial: Trial, attempt: Callable[[Changes], Trial]
) -> tuple[dict[str, Any], Trial] | None:
    """One knob more: one that finds the brand, else one that moves what stands in the way."""
    moved = None
    for knob in KNOBS.get(trial.veto, ()):
        values = knob.values(present[knob.field])
        if knob.field in changes or not values:
            continue
        more = {**changes, knob.field: values[0]}
        outcome = attempt(more)
        if outcome.found:
            return more, outcome
        if moved is None and (outcome.veto, round(outcome.score, 2)) != (trial.veto, round(trial.score, 2)):
            moved = more, outcome
    return moved


def _loosened(
    knob: Knob, present: Mapping[str, Any], changes: dict[str, Any], attempt: Callable[[Changes], Trial]
) -> dict[str, Any]:
    """The changes with one knob as near to its present value as still finds the brand, or left alone."""
    without = {field: value for field, value in changes.items() if field != knob.field}
    if without and attempt(without).found:
        return without
    values = knob.values(present[knob.field])
    low, high = 0, len(values)  # values[low] finds it, values[high] is not known to
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if attempt({**changes, knob.field: values[middle]}).found else (low, middle)
    return {**changes, knob.field: values[low]}
