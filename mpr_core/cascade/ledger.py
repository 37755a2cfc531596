"""The append-only ledger: every call to a model, before it is made and when it is over.

Each call has two objects, neither of which is ever written again: `<stage>-<request>-<n>.asked.json` with the worst it may cost, before the
call, and `....paid.json` with what it cost. A call that was cut off, by kill -9 say, has the first alone: it may have been paid for, so
its worst price counts against the budget of that run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Literal

from pydantic import Field

from mpr_core.cascade.answer_cache import AnswerCache, StoredAnswer
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore


class LedgerEntry(Record):
    """One call, as it stood when this was written."""

    format: Literal["mpr.ledger/1"] = "mpr.ledger/1"
    state: Literal["asked", "answered", "failed"]
    run_id: str
    timeline: str
    stage: str
    provider: str
    model: str
    request: str = Field(description="digest of pictures, words, form and model: the answer's name in the cache")
    call: int = Field(description="how many calls of this run were about the same question before")
    segment: int
    track: int = Field(description="number within the segment of the track whose pictures were shown")
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = Field(description="of an 'asked' entry the worst it may cost")
    reason: str = Field(default="", description="why it failed")
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def name(self) -> str:
        return f"{self.stage}-{self.request}-{self.call}"

    @property
    def question(self) -> tuple[str, str, str]:
        """What the calls about one question of a run have in common."""
        return self.run_id, self.stage, self.request

    def closed(self, stored: StoredAnswer) -> LedgerEntry:
        """The second entry of this call, which brought that."""
        return self.model_copy(
            update={
                "state": "failed" if stored.answer is None else "answered",
                "input_tokens": stored.input_tokens,
                "output_tokens": stored.output_tokens,
                "cost_usd": stored.cost_usd,
                "reason": stored.failure,
                "at": stored.at,
            }
        )


class Ledger:
    """One run's entries for one stage; several threads may write."""

    def __init__(self, store: ObjectStore, run_id: str, stage: str) -> None:
        self._store, self.run_id, self.stage = store, run_id, stage
        self._known = [entry for entry in entries(store, run_id) if entry.stage == stage]
        self._calls = Counter(entry.request for entry in self._known if entry.state == "asked")
        self._lock = Lock()

    def open_calls(self) -> list[LedgerEntry]:
        """Calls of an earlier attempt of this run that were cut off."""
        closed = {entry.name for entry in self._known if entry.state != "asked"}
        found = [entry for entry in self._known if entry.state == "asked" and entry.name not in closed]
        # Another run that takes in a batch of this one closes its calls.
        return [entry for entry in found if not self._store.exists(_key(entry, "paid"))]

    def fruitless(self) -> list[LedgerEntry]:
        """Calls of an earlier attempt of this run that failed, or were cut off and may have been paid for."""
        return self.open_calls() + [entry for entry in self._known if entry.state == "failed"]

    def is_last(self, entry: LedgerEntry) -> bool:
        """Whether no later call of this run was about the same question: only that one can have brought the answer that is stored."""
        with self._lock:
            return entry.call == self._calls[entry.request] - 1

    def requests(self) -> list[str]:
        """The questions that this run has put, by their digests."""
        with self._lock:
            return list(self._calls)

    def next_call(self, request: str) -> int:
        """The number of the next call about a question."""
        with self._lock:
            number = self._calls[request]
            self._calls[request] += 1
            return number

    def write(self, entry: LedgerEntry) -> None:
        """Append an entry."""
        key = _key(entry, "asked" if entry.state == "asked" else "paid")
        self._store.put(key, entry.model_dump_json(indent=1).encode())
        if entry.run_id == self.run_id:  # a batch of another run's is entered there
            self._known.append(entry)


def _key(entry: LedgerEntry, suffix: str) -> str:
    return f"{keys.ledger(entry.run_id)}/{entry.name}.{suffix}.json"


def entries(store: ObjectStore, run_id: str | None = None) -> Iterator[LedgerEntry]:
    """The ledger's entries in the order of their keys, of one run or of all."""
    found = [key for key, _ in store.keys(keys.LEDGER if run_id is None else keys.ledger(run_id))]
    for key, data in zip(found, store.get_many(found), strict=True):
        if data is not None:
            yield read_record(LedgerEntry, data, key)


def calls(store: ObjectStore, run_id: str | None = None) -> list[LedgerEntry]:
    """Every call as it ended, the first made first; one that was cut off stays 'asked', unless the answer that is stored is its own."""
    found: dict[tuple[str, str], LedgerEntry] = {}
    for entry in entries(store, run_id):  # 'asked' sorts before 'paid'
        found[entry.run_id, entry.name] = entry
    cache = AnswerCache(store)
    made = Counter(entry.question for entry in found.values())
    ended = [
        _with_answer(entry, cache) if entry.state == "asked" and entry.call == made[entry.question] - 1 else entry
        for entry in found.values()
    ]
    return sorted(ended, key=lambda entry: (entry.at, entry.run_id, entry.name))


def _with_answer(entry: LedgerEntry, cache: AnswerCache) -> LedgerEntry:
    known = cache.get(entry.request)
    return entry.closed(known) if known is not None and known.run_id == entry.run_id else entry


class Spent(Record):
    """What a run spent on one model."""

    run_id: str
    timeline: str
    stage: str
    provider: str
    model: str
    calls: int = 0
    failed: int = 0
    cut_off: int = Field(default=0, description="calls that were cut off, and may have been paid for")
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    cut_off_usd: float = Field(default=0.0, description="the most that the calls that were cut off may have cost")


def spent(made: Iterable[LedgerEntry]) -> list[Spent]:
    """Calls summed per run, stage and model, in the order of the first call of each."""
    total: dict[tuple[str, ...], Spent] = {}
    for call in made:
        own = {name: getattr(call, name) for name in ("run_id", "timeline", "stage", "provider", "model")}
        known = total.get(tuple(own.values()), Spent(**own))
        cut_off = call.state == "asked"
        total[tuple(own.values())] = known.model_copy(
            update={
                "calls": known.calls + 1,
                "failed": known.failed + (call.state == "failed"),
                "cut_off": known.cut_off + cut_off,
                "input_tokens": known.input_tokens + call.input_tokens,
                "output_tokens": known.output_tokens + call.output_tokens,
                "cost_usd": round(known.cost_usd + (0.0 if cut_off else call.cost_usd), 9),
                "cut_off_usd": round(known.cut_off_usd + (call.cost_usd if cut_off else 0.0), 9),
            }
        )
    return list(total.values())
