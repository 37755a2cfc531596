"""Which of a timeline's unresolved tracks are asked about, and in which order: the most valuable first, one text once.

Who is asked about for a text does not depend on what comes later in the timeline, so that appended video leaves the questions of what was
there as they are, and their answers paid for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.routing import Candidate

Place = tuple[int, int]
"""(segment, track)"""


@dataclass(frozen=True)
class Placed:
    """A candidate at its place in the timeline.

    Attributes:
        at_s: timeline second at which it is first seen.
        quality: of its best crop.
    """

    segment: int
    at_s: float
    quality: float
    candidate: Candidate

    @property
    def place(self) -> Place:
        return self.segment, self.candidate.track


@dataclass(frozen=True)
class Asked:
    """One question to be.

    Attributes:
        leader: the track whose pictures are shown.
        followers: tracks with the same text, which take the answer.
        value: seconds on screen times uncertainty: what an answer is worth.
    """

    leader: Placed
    followers: tuple[Place, ...]
    value: float


@dataclass(frozen=True)
class Ranking:
    """The questions, the most valuable first, and the tracks that are over a scene's share."""

    questions: tuple[Asked, ...]
    crowded: tuple[Place, ...]


def ranked(found: Sequence[Placed], config: EscalateConfig, scene_starts_s: Sequence[float]) -> Ranking:
    """The questions about a timeline's candidates.

    Args:
        scene_starts_s: where its scenes begin, in order.
    """
    questions = [question for group in _by_text(found) for question in _questions(group, config.max_per_text)]
    questions.sort(key=lambda q: (-q.value, q.leader.segment, q.leader.candidate.track))
    chosen, crowded = [], []
    taken: Counter[int] = Counter()
    for question in questions:
        scene = bisect_right(scene_starts_s, question.leader.at_s)
        taken[scene] += 1
        if taken[scene] <= config.max_per_scene:
            chosen.append(question)
        else:
            crowded += [question.leader.place, *question.followers]
    return Ranking(tuple(chosen), tuple(crowded))


def _by_text(found: Sequence[Placed]) -> list[list[Placed]]:
    """Candidates with the same text together; one without text stays alone."""
    groups: dict[object, list[Placed]] = defaultdict(list)
    for placed in found:
        groups[placed.candidate.key or placed.place].append(placed)
    return list(groups.values())


def _questions(group: list[Placed], most: int) -> list[Asked]:
    """The best tracks of the first segment that has any lead; the rest of the group follows the first of them."""
    order = sorted(group, key=lambda p: (p.segment, -p.quality, p.candidate.track))
    leaders, rest = order[:most], order[most:]
    shared_s = sum(p.candidate.seconds for p in rest)
    return [
        Asked(
            leader,
            tuple(p.place for p in rest) if number == 0 else (),
            (leader.candidate.seconds + (shared_s if number == 0 else 0.0)) * leader.candidate.uncertainty,
        )
        for number, leader in enumerate(leaders)
    ]
