"""The running order of a film: which shot when, with which brands, and how it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mpr_core.synth.brands import Brand, Deck
from mpr_core.synth.match import MATCH_VIEWS
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.street import STREET_VIEWS

Transition = Literal["cut", "dissolve", "wipe"]

SHORTEST_S, LONGEST_S = 3.0, 8.0
_MIXED = ("match", "street", "match", "match", "street")
_CLOSE_VIEWS = ("product", "shelf", "end_card")


@dataclass(frozen=True)
class Shot:
    """One section of a film.

    `[start_s, end_s)` tile the film; a transition of `transition_s` (0 for a cut) lies centred on `start_s`.
    `view` is a `MatchView` where `kind` is match, else a `StreetView` or one of product, shelf, end_card.
    """

    index: int
    kind: Literal["match", "street"]
    view: str
    start_s: float
    end_s: float
    transition: Transition
    transition_s: float
    replay: bool
    brands: tuple[Brand, ...]


def plan(spec: SynthSpec, length_s: float) -> list[Shot]:
    """The shots of a film of `length_s`: 3 to 8 s each, one shorter shot when the film itself is."""
    rng = np.random.default_rng([spec.seed, 0x5C21])
    deck = Deck(rng)
    views = {"match": _Rotation(rng, MATCH_VIEWS), "street": _Rotation(rng, (*STREET_VIEWS, *_CLOSE_VIEWS))}
    shots: list[Shot] = []
    at = 0.0
    while at < length_s:
        left = length_s - at
        kind: Literal["match", "street"] = "match"
        if spec.kind == "street" or (spec.kind == "mixed" and _MIXED[len(shots) % len(_MIXED)] == "street"):
            kind = "street"
        view = views[kind].next()
        longest = 4.5 if view == "end_card" else LONGEST_S
        # What is left is one shot when it fits, or when it could not make two.
        whole = left <= longest or left < 2 * SHORTEST_S
        seconds = left if whole else float(rng.uniform(SHORTEST_S, min(longest, left - SHORTEST_S)))
        before = shots[-1] if shots else None
        transition, transition_s, replay = _entry(rng, before, kind)
        end = length_s if whole else at + seconds
        count = {"product": 1, "end_card": 1, "shelf": 5}.get(view, 6 if kind == "match" else 4)
        shots.append(
            Shot(len(shots), kind, view, at, end, transition, min(transition_s, seconds / 3), replay, deck.deal(count))
        )
        at = end
    return shots


def _entry(rng: np.random.Generator, before: Shot | None, kind: str) -> tuple[Transition, float, bool]:
    """How a shot comes in: transition, its length in seconds, and whether the shot is a replay."""
    roll, dissolve_s, wipe_s = float(rng.random()), float(rng.uniform(0.4, 0.8)), float(rng.uniform(0.6, 0.9))
    if before is None:
        return "cut", 0.0, False
    both_match = kind == "match" and before.kind == "match"
    if both_match and (roll < 0.5 or before.replay):
        # A replay is left as it was entered, through the wipe.
        return "wipe", wipe_s, not before.replay
    if roll > 0.62:
        return "dissolve", dissolve_s, False
    return "cut", 0.0, False


class _Rotation:
    """Runs through all items in random order before any comes again."""

    def __init__(self, rng: np.random.Generator, items: tuple[str, ...]) -> None:
        self._rng, self._items, self._left = rng, items, list[str]()

    def next(self) -> str:
        if not self._left:
            self._left = [self._items[i] for i in self._rng.permutation(len(self._items))]
        return self._left.pop()
