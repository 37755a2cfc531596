"""One look at a watched bucket: what is there, against what was taken in and what is going on, gives what to ask for.

Every tick looks at everything anew, so that nothing depends on having seen a change when it happened. The cursor only says what need not be
read again and what was the same a tick ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from mpr_core.exact import canonical_digest
from mpr_core.intake.attempts import Attempts
from mpr_core.intake.intake_documents import IntakeDocuments, Processed
from mpr_core.intake.watch_cursor import WatchCursor
from mpr_core.intake.watched import Seen, WatchedKey, WatchRules, natural_order, sort_listing
from mpr_core.store.object_store import StoredObject


class RunsSeen(Protocol):
    """What the orchestrator knows of runs."""

    def is_busy(self, timeline: str) -> bool:
        """Whether any run of the timeline is unfinished."""

    def attempts(self, work: Request) -> Attempts:
        """What became of the runs for a request."""


@dataclass(frozen=True)
class Request:
    """A run to be started.

    Attributes:
        kind: 'intake' takes keys into the timeline; 'detect' computes what its chunks now need.
        id: names the work: the same as long as nothing changed.
        attempt: 1 for the first.
    """

    kind: Literal["intake", "detect"]
    timeline: str
    id: str
    attempt: int
    keys: tuple[WatchedKey, ...] = ()

    @property
    def run_key(self) -> str:
        return f"{self.kind}:{self.timeline}:{self.id}:{self.attempt}"


@dataclass
class Observation:
    """What one look found.

    Attributes:
        settled, pending, gone: what the next look has to know, see `WatchCursor`.
        news: what has to be told once.
        waiting: chunks that are not taken in yet.
    """

    settled: dict[str, str]
    gone: dict[str, tuple[str, ...]]
    pending: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    keys: int = 0
    timelines: int = 0
    waiting: int = 0
    misfits: tuple[str, ...] = ()
    blocked: list[str] = field(default_factory=list)

    @property
    def cursor(self) -> WatchCursor:
        return WatchCursor(settled=self.settled, pending=self.pending, gone=self.gone)

    @property
    def summary(self) -> str:
        """In one line."""
        told = f"{self.keys} chunks of {self.timelines} timelines, {self.waiting} not taken in yet"
        told += f"; {len(self.misfits)} fit no timeline, the first {self.misfits[0]}" if self.misfits else ""
        return told + (f"; {len(self.blocked)} cannot be computed, the first {self.blocked[0]}" if self.blocked else "")


def observe(
    before: WatchCursor,
    listing: Sequence[StoredObject],
    documents: IntakeDocuments,
    runs: RunsSeen,
    now_s: float,
    rules: WatchRules,
) -> Observation:
    """What to ask for now, and what to remember.

    Args:
        listing: all objects below the watched prefixes; a listing that failed must never come here as an empty one.
        now_s: Unix time.
    """
    found = sort_listing(listing, rules)
    names = sorted({*found.timelines, *documents.timelines()})
    stamps = {name: _stamp(found.timelines.get(name, {}), documents.stamp(name)) for name in names}
    unsettled = [name for name in names if before.settled.get(name) != stamps[name]]
    seen = Observation(
        settled={name: stamp for name, stamp in stamps.items() if before.settled.get(name) == stamp},
        gone={name: keys for name, keys in before.gone.items() if name in stamps},
        keys=sum(map(len, found.timelines.values())),
        timelines=len(names),
        misfits=found.misfits,
    )
    processed = documents.read(unsettled)
    for name in unsettled:
        _Look(name, found.timelines.get(name, {}), processed[name], seen, runs, now_s, rules).take(before, stamps[name])
    return seen


@dataclass(frozen=True)
class _Look:
    """At one timeline."""

    timeline: str
    there: Mapping[str, Seen]
    processed: Processed
    seen: Observation
    runs: RunsSeen
    now_s: float
    rules: WatchRules

    def take(self, before: WatchCursor, stamp: str) -> None:
        """Ask for what is due, tell what is new, and settle the timeline when nothing is left."""
        self._tell_gone(before)
        waiting = {k: s for k, s in self.there.items() if not self.processed.is_done(k, s.version)}
        known = before.pending.get(self.timeline, {})
        stable = [k for k, s in waiting.items() if not s.held and (s.complete or known.get(k) == s.version)]
        self.seen.waiting += len(waiting)
        if waiting:
            self.seen.pending[self.timeline] = {key: seen.version for key, seen in waiting.items()}
        if self.runs.is_busy(self.timeline):
            return
        work = self._intake(stable, waiting) if stable else self._detect()
        given_up = "" if work is None else self._ask(work)
        if given_up is not None and (not waiting or stable):
            self.seen.settled[self.timeline] = stamp
            self.seen.pending.pop(self.timeline, None)
            self.seen.news += [given_up] if given_up else []

    def _intake(self, stable: Sequence[str], waiting: Mapping[str, Seen]) -> Request:
        batch = sorted(stable, key=natural_order)[: self.rules.keys_a_run]
        keys = tuple(WatchedKey(key=key, version=waiting[key].version) for key in batch)
        return Request("intake", self.timeline, self._id(self.processed.taken.round, keys), 1, keys)

    def _detect(self) -> Request | None:
        taken = self.processed.taken
        return Request("detect", self.timeline, self._id(taken.changes, taken.chunks), 1) if taken.chunks else None

    def _ask(self, work: Request) -> str | None:
        """Ask for a run if one is due. None: there is one to come; else why it was given up, '' when it is done."""
        if len(self.seen.requests) >= self.rules.requests_a_tick:
            return None
        attempts = self.runs.attempts(work)
        if work.kind == "intake":  # one that ended well and yet left them: they had changed, and changed back
            attempts = replace(attempts, done=False)
        verdict = attempts.verdict(self.rules, self.now_s)
        if attempts.blocked and verdict == "wait":
            self.seen.blocked.append(f"{self.timeline}: {attempts.blocked}")
        if verdict == "ask":
            self.seen.requests.append(replace(work, attempt=attempts.ended + 1))
        elif verdict == "given up":
            return f"{self.timeline}: {work.kind} is given up until something changes: {attempts.why}"
        return "" if verdict == "done" else None

    def _tell_gone(self, before: WatchCursor) -> None:
        """A chunk that was taken in stays in its timeline when its object is deleted."""
        gone = tuple(sorted(set(self.processed.taken.keys) - set(self.there)))
        new = [key for key in gone if key not in before.gone.get(self.timeline, ())]
        self.seen.news += [f"{self.timeline}: {key} is gone; the timeline keeps its place" for key in new]
        self.seen.gone.pop(self.timeline, None)
        if gone:
            self.seen.gone[self.timeline] = gone

    def _id(self, *parts: object) -> str:
        return canonical_digest([self.timeline, *parts])[:16]


def _stamp(there: Mapping[str, Seen], documents: Sequence[str]) -> str:
    """11 characters that change with whatever a look at the timeline depends on, runs aside."""
    return canonical_digest([{k: [s.version, s.complete, s.held] for k, s in there.items()}, documents])[:11]
