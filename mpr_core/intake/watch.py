"""One look at a watched bucket: what is there, against what was taken in and what is going on, gives what to ask for.

Every tick looks at everything anew, so that nothing depends on having seen a change when it happened. The cursor only says what need not be
read again and what was the same a tick ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from mpr_core.intake.attempts import Attempts
from mpr_core.intake.intake_documents import IntakeDocuments
from mpr_core.intake.timeline_look import TimelineLook, Work, stamp_of
from mpr_core.intake.watch_cursor import WatchCursor
from mpr_core.intake.watched import WatchRules, sort_listing
from mpr_core.store.object_store import StoredObject


class RunsSeen(Protocol):
    """What the orchestrator knows of runs."""

    def is_busy(self, timeline: str) -> bool:
        """Whether any run of the timeline is unfinished: its chunks must not change under it."""

    def attempts(self, works: Sequence[Work]) -> Mapping[str, Attempts]:
        """What became of the runs for each work, by its id; all at once, because there may be thousands."""

    def blocked(self, work: Work) -> str:
        """Why no run can be started for it; empty when one can."""


@dataclass
class Observation:
    """What one look found.

    Attributes:
        settled, pending, gone: what the next look has to know, see `WatchCursor`.
        requests: runs to be started.
        news: what has to be told once.
        waiting: chunks that are not taken in yet.
        misfits: keys that belong to no timeline.
        blocked: timelines for which no run can be started, and why.
    """

    settled: dict[str, str]
    gone: dict[str, tuple[str, ...]]
    pending: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[Work] = field(default_factory=list)
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
        told = f"chunks there: {self.keys}, timelines: {self.timelines}, not taken in yet: {self.waiting}"
        told += f"; fit no timeline: {len(self.misfits)}, the first {self.misfits[0]}" if self.misfits else ""
        return told + (
            f"; cannot be computed: {len(self.blocked)}, the first {self.blocked[0]}" if self.blocked else ""
        )


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
    stamps = {name: stamp_of(found.timelines.get(name, {}), documents.stamp(name)) for name in names}
    seen = Observation(
        settled={name: stamp for name, stamp in stamps.items() if before.settled.get(name) == stamp},
        gone={name: keys for name, keys in before.gone.items() if name in stamps},
        keys=sum(map(len, found.timelines.values())),
        timelines=len(names),
        misfits=found.misfits,
    )
    processed = documents.read(name for name in names if name not in seen.settled)
    looks = [
        TimelineLook(name, stamps[name], found.timelines.get(name, {}), done, before.pending.get(name, {}))
        for name, done in processed.items()
    ]
    for look in looks:
        _remember(look, seen)
    works = {look: look.work(rules.keys_a_run) for look in looks if not runs.is_busy(look.timeline)}
    attempts = runs.attempts([work for work in works.values() if work is not None])
    for look, work in works.items():
        over = work is None or _ask(work, attempts.get(work.id, Attempts()), seen, runs, now_s, rules)
        if over and (look.stable or not look.waiting):
            seen.settled[look.timeline] = look.stamp
            seen.pending.pop(look.timeline, None)
    return seen


def _remember(look: TimelineLook, seen: Observation) -> None:
    """What waits, for the next tick; what is gone is told once."""
    seen.waiting += len(look.waiting)
    if look.waiting:
        seen.pending[look.timeline] = {key: there.version for key, there in look.waiting.items()}
    told = seen.gone.pop(look.timeline, ())
    seen.news += [f"{look.timeline}: {key} is gone; its chunk stays" for key in look.gone if key not in told]
    if look.gone:
        seen.gone[look.timeline] = look.gone


def _ask(work: Work, attempts: Attempts, seen: Observation, runs: RunsSeen, now_s: float, rules: WatchRules) -> bool:
    """Ask for a run if one is due; whether there is none to come."""
    if work.kind == "intake":  # a run that ended well and yet left them: they had changed, and changed back
        attempts = replace(attempts, done=False)
    verdict = attempts.verdict(rules, now_s)
    if verdict == "given up":
        seen.news.append(f"{work.timeline}: {work.kind} is given up until something changes: {attempts.why}")
    if verdict != "ask" or len(seen.requests) >= rules.requests_a_tick:
        return verdict in ("done", "given up")
    if why := runs.blocked(work):
        seen.blocked.append(f"{work.timeline}: {why}")
    else:
        seen.requests.append(replace(work, attempt=attempts.ended + 1))
    return False
