"""Questions handed to a provider together, at a lower price: their answers go into the answer cache, where asking finds them.

What a batch does not answer (it failed, expired, its provider takes none) is asked singly afterwards, like any other question. A run that
is stopped or killed while it waits leaves the batch's record; the next run that has one of its questions takes the answers in and
pays nothing again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from mpr_core.cascade.asking import Desk, Question
from mpr_core.cascade.budget import Budget, Caps
from mpr_core.cascade.lines import Line
from mpr_core.cascade.open_batches import BatchedCall, OpenBatch, OpenBatches
from mpr_core.cascade.provider import Ask, BatchProvider, BatchState, FailureKind, ProviderError, Reply
from mpr_core.cascade.question import NONE, OTHER, answer_schema, request_digest
from mpr_core.runner.context import PlanContext

# Of the pictures in one batch: Google takes 20 MB in all, and base64 makes a third more of them.
_MOST_BYTES = 12_000_000
# Of one that was not said to be turned down: the last has taken it, as far as its status tells.
_UNKNOWN: frozenset[FailureKind] = frozenset({"timeout", "disconnected", "invalid"})
# Anthropic's results can be had for 29 days, OpenAI's files for 30; a key of another account finds them no sooner gone.
_KEPT = timedelta(days=30)
_GOES_ON = "the next run goes on from there"
_SLICE_S = 0.25
_FIRST_LOOK_S, _LONGEST_LOOK_S = 1.0, 60.0

Make = Callable[[int], Question]


@dataclass
class Batching:
    """The batches of one stage run.

    Args:
        wait_s: how long a batch is waited for.
        around: the stage run around: asked during the wait whether to go on, told how far it is.
    """

    desk: Desk
    open: OpenBatches
    around: PlanContext
    wait_s: float

    def take_up(self, total: int, make: Make) -> None:
        """Take in what earlier runs have handed over of these questions, and wait for what a provider still works on.

        Raises:
            RunLeft: the run ends during the wait; the records stay.
        """
        found = [(batch, line) for batch in self.open.all() if (line := self._line_of(batch)) is not None]
        if not found:
            return
        asks = [make(number).ask for number in range(total)]
        end = time.monotonic() + self.wait_s
        for batch, line in found:
            if not isinstance(line.provider, BatchProvider):
                continue
            wanted = {request_digest(ask, batch.provider, batch.model) for ask in asks} & batch.requests
            if wanted:
                self._finish(line, line.provider, batch, end)

    def _line_of(self, batch: OpenBatch) -> Line | None:
        return next((one for one in self.desk.open_lines() if _of(one) == (batch.provider, batch.model)), None)

    def run(self, total: int, make: Make, caps: Caps, spent_usd: float) -> None:
        """Hand over what the budget has room for, in the order of the questions, until nothing new fits.

        An answer costs less than was set aside for it, so that there may be room for more afterwards.

        Raises:
            RunLeft: the run ends during the wait; the records stay.
        """
        line = next(iter(self.desk.open_lines()), None)
        if line is None:
            return
        provider = line.provider
        if not isinstance(provider, BatchProvider):
            self.around.say(f"{line.name} takes no batches: its questions are asked singly")
            return
        tried: set[str] = set()
        while chosen := self._chosen(
            line, total, make, Budget(caps, spent_usd, self.desk.paid_ahead()), frozenset(tried)
        ):
            end = time.monotonic() + self.wait_s
            tried |= {request for request, _ in chosen}
            pieces = list(_pieces(chosen))
            taken = list(takewhile(bool, (self._hand_over(line, provider, piece) for piece in pieces)))
            ended = [self._finish(line, provider, batch, end) for batch in taken if batch is not None]
            if len(taken) < len(pieces) or not all(ended):
                return

    def _chosen(
        self, line: Line, total: int, make: Make, budget: Budget, tried: frozenset[str]
    ) -> list[tuple[str, Question]]:
        """The questions to hand over: the model's word is wanted, and the budget has room for all that the question may then cost.

        Args:
            tried: what was in a batch and got no answer there: it is asked singly, at the full price.
        """
        chosen: dict[str, Question] = {}
        for number in range(total):
            question = make(number)
            request = request_digest(question.ask, *_of(line))
            outlook = self.desk.outlook(question)
            new = request not in tried and outlook.asks(line)
            spared_usd = line.worst_usd(question.ask) - line.worst_usd(question.ask, batched=True) if new else 0.0
            if budget.reserve(outlook.worst_usd - spared_usd, outlook.stored) is None:
                break
            if new:
                chosen.setdefault(request, question)
        return list(chosen.items())

    def _hand_over(self, line: Line, provider: BatchProvider, piece: list[tuple[str, Question]]) -> OpenBatch | None:
        """Begin one batch; None when it was not taken."""
        self.around.border(0, len(piece))
        calls = [self._announced(line, question) for _, question in piece]
        asks = {request: question.ask for request, question in piece}
        try:
            name = provider.begin_batch(asks)
        except ProviderError as error:
            if error.kind in _UNKNOWN:  # it may have been taken: its entries in the ledger stay open
                why = f"whether {line.name} took a batch is not known ({error.kind}: {error.why})"
                self._leave(why, "nothing more is asked in this run; the next one asks its questions again")
                return None
            for call, (_, question) in zip(calls, piece, strict=True):
                self.desk.received(call.entry, error, question.ask.schema, 0.0)
            self.around.say(f"{line.name} took no batch ({error.kind}: {error.why}): its questions are asked singly")
            return None
        batch = OpenBatch(provider=provider.name, model=provider.model, batch=name, calls=tuple(calls))
        self.open.add(batch)
        self.around.say(f"{line.name}: {len(piece)} questions handed over together, answers may take a day")
        return batch

    def _announced(self, line: Line, question: Question) -> BatchedCall:
        entry = self.desk.announced(line, question, line.worst_usd(question.ask, batched=True))
        return BatchedCall(entry=entry, names=_names(question.ask))

    def _finish(self, line: Line, provider: BatchProvider, batch: OpenBatch, end: float) -> bool:
        """Wait for a batch and take its answers in; False when it did not come."""
        try:
            state = self._ended(provider, batch, end)
            if state is not None:
                self._take_in(line, provider, batch, state)
                return True
            self._leave(f"{len(batch.calls)} questions are at {line.name} and not answered yet", _GOES_ON)
        except ProviderError as error:
            why = f"a batch at {line.name} cannot be looked at ({error.kind}: {error.why})"
            if error.kind == "rejected" and datetime.now(UTC) - batch.at > _KEPT:
                self.open.remove(batch)
                self.around.say(f"{why}, and no provider keeps answers so long: its questions are asked anew")
                return True
            then = f"{_GOES_ON}; if it is lost, delete {batch.key} in media-out, and its questions are asked, and paid for, anew"
            self._leave(why, then)
        return False

    def _leave(self, why: str, then: str) -> None:
        """Ask nothing more in this run: what the batch will have cost is not known, and its questions must not be paid twice."""
        self.around.say(f"{why}: {then}")
        for line in self.desk.lines:
            line.close(why)

    def _ended(self, provider: BatchProvider, batch: OpenBatch, end: float) -> BatchState | None:
        """The state of a batch that has ended; None when it did not within that time.

        Raises:
            ProviderError: it cannot be looked at, and that will not pass, or has not within that time.
        """
        look_s = _FIRST_LOOK_S
        while True:
            state, failure = BatchState(False), None
            try:
                state = provider.batch_state(batch.batch)
            except ProviderError as error:
                if not error.transient:
                    raise
                failure = error
            if state.ended:
                return state
            total = len(batch.calls)
            self.around.progress(f"batch at {provider.name}: {state.done} of {total} answered", None)
            if time.monotonic() + look_s > end:
                if failure is not None:
                    raise failure
                return None
            self._pause(look_s, state.done, total)
            look_s = min(2 * look_s, _LONGEST_LOOK_S)

    def _pause(self, seconds: float, done: int, total: int) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.around.border(done, total)
            time.sleep(min(_SLICE_S, seconds))

    def _take_in(self, line: Line, provider: BatchProvider, batch: OpenBatch, state: BatchState) -> None:
        """Store what a batch brought, and forget it."""
        outcomes: dict[str, Reply | ProviderError] = {}
        for name, outcome in provider.batch_outcomes(batch.batch):
            if not isinstance(outcomes.get(name), Reply):  # told of twice, an answer counts
                outcomes[name] = outcome
        if not self.open.has(batch):  # another run that waited, too, was first
            return
        for call in batch.calls:
            request = call.entry.request
            if self.desk.cache.get(request) is not None and request not in outcomes:
                continue
            outcome = outcomes.get(request) or _unanswered(line, state)
            usage = outcome.usage
            self.desk.received(call.entry, outcome, answer_schema(call.names), line.cost_usd(usage, batched=True))
        self.open.remove(batch)


def _unanswered(line: Line, state: BatchState) -> ProviderError:
    return ProviderError(
        "no answer from a model (unavailable)",
        kind="unavailable",
        where=line.name,
        why=f"the batch has no answer to it{': ' if state.why else ''}{state.why}",
    )


def _of(line: Line) -> tuple[str, str]:
    return line.provider.name, line.provider.model


def _names(ask: Ask) -> tuple[str, ...]:
    offered = ask.schema["properties"]["answer"]["enum"]
    return tuple(name for name in offered if name not in (OTHER, NONE))


def _pieces(chosen: list[tuple[str, Question]]) -> Iterator[list[tuple[str, Question]]]:
    """The questions in batches of a size that every provider takes."""
    piece: list[tuple[str, Question]] = []
    size = 0
    for request, question in chosen:
        bytes_more = sum(map(len, question.ask.pictures))
        if piece and size + bytes_more > _MOST_BYTES:
            yield piece
            piece, size = [], 0
        piece.append((request, question))
        size += bytes_more
    if piece:
        yield piece
