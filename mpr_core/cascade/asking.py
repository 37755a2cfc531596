"""Asking one question: of the answer cache, else of the first model that answers, with every call in the ledger before it is made.

What a crash can cost: the answer is stored as soon as it has come, before the ledger's second entry and before anything uses it. A process
that is killed earlier has left the ledger's first entry, so a call that may have been paid for is never unknown; killed later, the next
attempt finds the answer and completes the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpr_core.cascade.answer_cache import LASTING, AnswerCache, StoredAnswer
from mpr_core.cascade.answers import AnswerRefused, read_answer
from mpr_core.cascade.budget import Budget, Reservation
from mpr_core.cascade.ledger import Ledger, LedgerEntry
from mpr_core.cascade.lines import Line
from mpr_core.cascade.outlook import Outlook
from mpr_core.cascade.provider import Ask, ProviderError, Reply
from mpr_core.cascade.question import request_digest
from mpr_core.cascade.ranking import Placed
from mpr_core.runner.found import Cost

Call = Callable[[Line, Ask], Reply]
"""Puts a question to a model, again where that helps."""

_FOR_GOOD = ("unauthorised",)


@dataclass(frozen=True)
class Question:
    """One question, ready to be asked.

    Attributes:
        wanted: how many models are to answer.
    """

    placed: Placed
    ask: Ask
    wanted: int = 1


@dataclass(frozen=True)
class Result:
    """What became of a question.

    Attributes:
        opinions: answers of different models, at most as many as were wanted.
        reason: why there are fewer.
        final: asking again would give the same.
        cost_usd: of everything the result rests on, whichever run paid for it.
    """

    opinions: tuple[StoredAnswer, ...]
    reason: str
    final: bool
    cost_usd: float


class Desk:
    """Where one stage run's questions are asked; several threads may.

    Args:
        paid: told of every call.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        cache: AnswerCache,
        ledger: Ledger,
        budget: Budget,
        call: Call,
        paid: Callable[[Cost], None],
        timeline: str,
    ) -> None:
        self.lines, self.cache, self.ledger, self._budget = tuple(lines), cache, ledger, budget
        self._call, self._paid, self._timeline = call, paid, timeline

    def open_lines(self) -> list[Line]:
        """The models that still are asked."""
        return [line for line in self.lines if not line.out_because]

    def outlook(self, question: Question) -> Outlook:
        """Whom a question will be put to, as far as nobody fails."""
        turns, answers = [], 0
        for line, known in self._by_worth(question):
            if answers == question.wanted:
                break
            turns.append((line, known))
            answers += known is None or known.answer is not None
        return Outlook(question.ask, tuple(turns))

    def paid_ahead(self) -> dict[str, float]:
        """What this run has paid for the answers that it has got so far, by their requests."""
        found = [self.cache.get(request) for request in self.ledger.requests()]
        return {one.request: one.cost_usd for one in found if one is not None and one.run_id == self.ledger.run_id}

    def asked(self, question: Question, share: Reservation) -> Result:
        """The result of a question; its share of the budget is settled."""
        opinions: list[StoredAnswer] = []
        reasons: list[str] = []
        final, cost_usd = True, 0.0
        try:
            for line, known in self._by_worth(question):
                if len(opinions) == question.wanted:
                    break
                found = known
                if found is None:
                    if not self._budget.covers(share, line.worst_usd(question.ask)):
                        reasons.append(f"{line.name}: no budget left for it")
                        final = final and not self._budget.is_shared(share)
                        continue
                    found, why = self._paid_answer(line, question, share)
                else:
                    share.spent_usd += found.cost_usd
                    why = found.failure
                cost_usd += 0.0 if found is None else found.cost_usd
                if found is None or found.answer is None:
                    reasons.append(f"{line.name}: {why}")
                    final = final and found is not None
                else:
                    opinions.append(found)
        finally:
            self._budget.settle(share)
        if len(opinions) == question.wanted:  # how many turned it down before must not make another result
            return Result(tuple(opinions), "", True, round(cost_usd, 9))
        out = [
            line for line in self.lines if line.out_because and not any(r.startswith(f"{line.name}: ") for r in reasons)
        ]
        reasons += [f"{line.name}: not asked any more, {line.out_because}" for line in out]
        final = final and not out
        return Result(tuple(opinions), "; ".join(reasons), final, round(cost_usd, 9))

    def take_up(self) -> None:
        """Close calls of an earlier attempt of this run that was cut off after the answer was stored; charge those that brought none."""
        for entry in self.ledger.open_calls():
            brought = self._brought_by(entry)
            if brought is not None:
                self._write(entry, brought)
        self._budget.spent_usd += sum(e.cost_usd for e in self.ledger.fruitless() if self._brought_by(e) is None)

    def _brought_by(self, entry: LedgerEntry) -> StoredAnswer | None:
        """The stored answer that a call of this run brought; None where it brought none, or another call did."""
        known = self.cache.get(entry.request)
        own = known is not None and known.run_id == entry.run_id and self.ledger.is_last(entry)
        return known if own else None

    def _by_worth(self, question: Question) -> list[tuple[Line, StoredAnswer | None]]:
        """The models to turn to in this order, with what they answered already: who was asked comes before who would have to be paid."""
        found = []
        for line in self.lines:
            known = self.cache.get(request_digest(question.ask, line.provider.name, line.provider.model))
            if known is not None or not line.out_because:
                found.append((line, known))
        return sorted(found, key=lambda pair: pair[1] is None)

    def announced(self, line: Line, question: Question, worst_usd: float) -> LedgerEntry:
        """A call's first entry in the ledger, written before the call."""
        request = request_digest(question.ask, line.provider.name, line.provider.model)
        entry = LedgerEntry(
            state="asked",
            run_id=self.ledger.run_id,
            timeline=self._timeline,
            stage=self.ledger.stage,
            provider=line.provider.name,
            model=line.provider.model,
            request=request,
            call=self.ledger.next_call(request),
            segment=question.placed.segment,
            track=question.placed.candidate.track,
            cost_usd=worst_usd,
        )
        self.ledger.write(entry)
        return entry

    def received(
        self, entry: LedgerEntry, outcome: Reply | ProviderError, schema: Mapping[str, Any], cost_usd: float
    ) -> StoredAnswer:
        """What an announced call brought, stored if it lasts and entered in the ledger.

        Args:
            schema: that the answer has to satisfy.
            cost_usd: of the tokens that were used.
        """
        answer, failure = None, ""
        if isinstance(outcome, ProviderError):
            failure = f"{outcome.kind}: {outcome.why or outcome.what}"
        else:
            try:
                answer = read_answer(outcome.answer, schema)
            except AnswerRefused as refused:
                failure = f"invalid: {refused}"
        stored = StoredAnswer(
            request=entry.request,
            provider=entry.provider,
            model=entry.model,
            answered_by="" if isinstance(outcome, ProviderError) else outcome.model,
            answer=answer,
            failure=failure,
            input_tokens=outcome.usage.input_tokens,
            output_tokens=outcome.usage.output_tokens,
            cost_usd=round(cost_usd, 9),
            run_id=entry.run_id,
        )
        # Another run's answer, come meanwhile, is not given up for a failure.
        if _lasts(outcome) and (answer is not None or self.cache.get(entry.request) is None):
            self.cache.put(stored)
        self._write(entry, stored)
        return stored

    def _paid_answer(self, line: Line, question: Question, share: Reservation) -> tuple[StoredAnswer | None, str]:
        """A model's answer, stored; or None and why it gave none."""
        entry = self.announced(line, question, line.worst_usd(question.ask))
        outcome: Reply | ProviderError
        try:
            outcome = self._call(line, question.ask)
        except ProviderError as error:
            outcome = error
        if _lasts(outcome):
            line.answered()
        elif isinstance(outcome, ProviderError):  # of a wrong model's name, too: then every question is turned down
            line.failed(f"{outcome.kind}: {outcome.why or outcome.what}", for_good=outcome.kind in _FOR_GOOD)
        stored = self.received(entry, outcome, question.ask.schema, line.cost_usd(outcome.usage))
        share.spent_usd += stored.cost_usd
        return (stored if _lasts(outcome) else None), stored.failure

    def _write(self, entry: LedgerEntry, stored: StoredAnswer) -> None:
        """The ledger's second entry of a call, and its cost told."""
        self.ledger.write(entry.closed(stored))
        self._paid(
            Cost(
                provider=entry.provider,
                model=entry.model,
                asked=1,
                input_tokens=stored.input_tokens,
                output_tokens=stored.output_tokens,
                cost_usd=stored.cost_usd,
            )
        )


def _lasts(outcome: Reply | ProviderError) -> bool:
    """Whether asking again would only give the same."""
    return isinstance(outcome, Reply) or outcome.kind in LASTING
