"""One timeline of a watched bucket at one tick: what waits, what of it is stable, and which work that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mpr_core.exact import canonical_digest
from mpr_core.intake.intake_documents import Processed
from mpr_core.intake.watched import Seen, WatchedKey, natural_order


@dataclass(frozen=True)
class Work:
    """What a run would do.

    Attributes:
        kind: 'intake' takes keys into the timeline; 'detect' computes what its chunks now need.
        id: the same as long as nothing changed.
        attempt: 1 for the first run.
    """

    kind: Literal["intake", "detect"]
    timeline: str
    id: str
    keys: tuple[WatchedKey, ...] = ()
    attempt: int = 1

    @property
    def run_key(self) -> str:
        return f"{self.kind}:{self.timeline}:{self.id}:{self.attempt}"


@dataclass(frozen=True, eq=False)
class TimelineLook:
    """What is there, against what was taken in.

    Attributes:
        stamp: changes with whatever a look depends on, runs aside.
        there: key -> what is in the bucket.
        known: key -> version of what waited a tick ago.
    """

    timeline: str
    stamp: str
    there: Mapping[str, Seen]
    processed: Processed
    known: Mapping[str, str]

    @cached_property
    def waiting(self) -> dict[str, Seen]:
        """Chunks of which this version is neither taken in nor refused."""
        return {key: seen for key, seen in self.there.items() if not self.processed.is_done(key, seen.version)}

    @cached_property
    def stable(self) -> tuple[str, ...]:
        """Those of them that can be taken in."""
        return tuple(
            key
            for key, seen in self.waiting.items()
            if not seen.held and (seen.complete or self.known.get(key) == seen.version)
        )

    @property
    def gone(self) -> tuple[str, ...]:
        """Keys that were taken in and whose objects are deleted; the timeline keeps their chunks."""
        return tuple(sorted(set(self.processed.taken.keys) - set(self.there)))

    def work(self, keys_a_run: int) -> Work | None:
        """Stable chunks go first; None when there is nothing to do, or only to wait."""
        taken = self.processed.taken
        if self.stable:
            batch = sorted(self.stable, key=natural_order)[:keys_a_run]
            keys = tuple(WatchedKey(key=key, version=self.waiting[key].version) for key in batch)
            return Work("intake", self.timeline, self._id(taken.round, keys), keys)
        return Work("detect", self.timeline, self._id(taken.changes, taken.chunks)) if taken.chunks else None

    def _id(self, *parts: object) -> str:
        return canonical_digest([self.timeline, *parts])[:16]


def stamp_of(there: Mapping[str, Seen], documents: Sequence[str]) -> str:
    """11 characters for what is in the bucket and which documents there are."""
    return canonical_digest([{k: [s.version, s.complete, s.held] for k, s in there.items()}, documents])[:11]
