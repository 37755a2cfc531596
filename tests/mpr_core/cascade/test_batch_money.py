"""Batches and money where something goes wrong: the cap holds, no answer is lost, none is paid for twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mpr_core.cascade.answer_cache import AnswerCache
from mpr_core.cascade.budget import Caps
from mpr_core.cascade.ledger import calls, entries
from mpr_core.cascade.open_batches import OpenBatches
from mpr_core.cascade.provider import BatchState, ProviderError, Reply, Usage
from tests.mpr_core.cascade.made_up_film import MadeUpFilm, Scripted
from tests.mpr_core.cascade.test_asking import FIFTY, counts, failing, plan, plan_worst_usd, rows, spent_usd
from tests.mpr_core.cascade.test_batching import HALF_USD, Batching, interrupted, open_batches

pytestmark = pytest.mark.usefixtures("quick_batches")
BEST_FIRST = sorted(FIFTY, key=lambda seen: -seen.seconds)


def second() -> Scripted:
    return Scripted({}, name="groq", model="qwen/qwen3.8-27b")


@pytest.mark.parametrize("units", [10.0, 20.0, 41.0])
def test_second_opinions_on_answers_of_a_batch_stay_under_the_cap(units: float) -> None:
    film, model, other = MadeUpFilm([FIFTY]), Batching({}), second()
    cap = units * plan_worst_usd()
    planned = plan(film, model, other, caps=Caps(100, cap), batch=True, second_opinion_value=0.0, max_per_scene=50)
    assert spent_usd(film) <= cap
    assert counts(planned)["asked"] == len(other.asked) > 0
    assert {text for batch in model.batches for text in batch} <= set(other.asked), "an answer is paid for and not used"


@pytest.mark.parametrize("kind", ["unavailable", "refused"])
@pytest.mark.parametrize("units", [4.0, 10.0])
def test_what_a_batch_did_not_answer_is_asked_elsewhere_under_the_cap(kind: str, units: float) -> None:
    film, model, other = MadeUpFilm([FIFTY]), Batching({}), second()
    used = Usage(1000, 100) if kind == "refused" else None
    model.together = {seen.text: failing(kind, used) for seen in BEST_FIRST[::2]}  # type: ignore[arg-type]
    cap = units * plan_worst_usd()
    plan(film, model, other, caps=Caps(100, cap), batch=True, max_per_scene=50)
    assert spent_usd(film) <= cap


def test_a_provider_that_does_not_know_a_batch_is_not_asked_around_until_its_answers_are_surely_gone() -> None:
    film, model = MadeUpFilm([FIFTY[:2]]), Lost({})
    interrupted(film, model)
    late = plan(film, model, batch=True, run_id="run-2")
    assert (len(model.batches), model.asked, open_batches(film), late.complete) == (1, [], 1, False)
    batch = OpenBatches(film.store).all()[0]
    assert f"delete {batch.key} in media-out" in film.said[-2]
    OpenBatches(film.store).add(batch.model_copy(update={"at": batch.at - timedelta(days=31)}))
    assert counts(plan(film, model, run_id="run-3"))["asked"] == 2
    assert (len(model.asked), open_batches(film)) == (2, 0)


def test_an_answer_that_another_model_gave_before_is_not_paid_for_in_a_batch() -> None:
    film, model, other = MadeUpFilm([FIFTY[:3]]), Batching({}), second()
    plan(film, other)
    planned = plan(film, model, other, batch=True, run_id="run-2")
    assert (model.batches, counts(planned)["asked"]) == ([], 3)


def test_names_told_of_twice_or_by_nobody_lose_no_answer() -> None:
    film, model = MadeUpFilm([FIFTY[:3]]), Doubled({})
    planned = plan(film, model, batch=True)
    assert (model.asked, counts(planned)["asked"]) == ([], 3)
    assert spent_usd(film) == pytest.approx(3 * HALF_USD)


def test_outcomes_that_break_off_are_taken_in_by_the_next_run() -> None:
    film, model = MadeUpFilm([FIFTY[:3]]), BrokenOff({})
    assert not plan(film, model, batch=True).complete
    assert (model.asked, open_batches(film)) == ([], 1)
    model.breaks = False
    assert counts(plan(film, model, run_id="run-2"))["asked"] == 3
    assert (model.asked, open_batches(film)) == ([], 0)
    assert spent_usd(film) == pytest.approx(3 * HALF_USD)


def test_two_runs_that_wait_for_one_batch_tell_its_cost_once() -> None:
    film, model = MadeUpFilm([FIFTY[:3]]), Batching({})
    interrupted(film, model)
    waiting = OpenBatches(film.store).all()[0]

    def meanwhile(_done: int, _total: int) -> None:
        if OpenBatches(film.store).has(waiting):
            model.looks = 0
            plan(film, model, batch=True, run_id="run-2")

    model.looks = 1
    planned = plan(film, model, batch=True, around={"border": meanwhile})
    assert counts(planned)["asked"] == 3
    assert sum(cost.asked for cost in film.costs) == 3
    assert sum(call.cost_usd for call in calls(film.store)) == pytest.approx(3 * HALF_USD)


def test_a_failure_in_a_batch_does_not_take_the_place_of_an_answer_that_came_meanwhile() -> None:
    film, model = MadeUpFilm([FIFTY[:1]]), Batching({})
    interrupted(film, model)
    record = OpenBatches(film.store).all()[0]
    OpenBatches(film.store).remove(record)
    before = rows(plan(film, model, run_id="run-2"))  # it looked before the batch's record was there
    OpenBatches(film.store).add(record)
    model.looks, model.together = 0, {FIFTY[0].text: failing("refused", Usage(1000, 100))}
    assert rows(plan(film, model, run_id="run-3")) == before
    answer = AnswerCache(film.store).get(next(iter(record.requests)))
    assert answer is not None
    assert answer.answer is not None


def test_a_batch_whose_receipt_cannot_be_read_is_not_asked_around() -> None:
    film, model = MadeUpFilm([FIFTY[:2]]), Batching({})
    model.refuses = failing("invalid")
    assert not plan(film, model, batch=True).complete
    assert model.asked == []
    assert [entry.state for entry in entries(film.store)] == ["asked", "asked"]


class Lost(Batching):
    """A provider that does not know its batch any more."""

    def batch_state(self, batch: str, /) -> BatchState:
        if self.looks > 10**5:
            self.looks = 0
            return BatchState(False)
        raise failing("rejected")


class Doubled(Batching):
    """Every answer is followed by a failure of the same name, and by one that nobody asked for."""

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        for name, outcome in super().batch_outcomes(batch):
            yield name, outcome
            yield name, failing("refused")
            yield f"not {name}", outcome


class BrokenOff(Batching):
    """Whose answers break off after the first."""

    breaks = True

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        for found in list(super().batch_outcomes(batch)):
            yield found
            if self.breaks:
                raise failing("disconnected")
