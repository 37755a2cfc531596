"""Questions handed over together: at half the price, inside the same budget, and never paid for twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mpr_core.cascade.budget import Caps
from mpr_core.cascade.ledger import entries
from mpr_core.cascade.open_batches import OpenBatches
from mpr_core.cascade.provider import Ask, BatchState, FailureKind, ProviderError, Reply, Usage
from mpr_core.errors import RunStopped
from tests.mpr_core.cascade.made_up_film import MadeUpFilm, Scripted, Seen
from tests.mpr_core.cascade.test_asking import COST_USD, FIFTY, counts, failing, plan, plan_worst_usd, rows, spent_usd

HALF_USD = COST_USD / 2
pytestmark = pytest.mark.usefixtures("quick_batches")


class Batching(Scripted):
    """A model that is asked singly and together; `batches` are the questions of each batch.

    Attributes:
        looks: how many looks at a batch show it under way.
        refuses: raised in place of taking one.
        together: text -> what a batch says of it, where that is something else; None: nothing.
    """

    def __init__(self, says: Mapping[str, Any], **more: Any) -> None:
        super().__init__(says, **more)
        self.looks, self.refuses = 0, None
        self.together: dict[str, Any] = {}
        self.batches: list[list[str]] = []
        self._asks: list[Mapping[str, Ask]] = []

    def begin_batch(self, asks: Mapping[str, Ask], /) -> str:
        if self.refuses is not None:
            raise self.refuses
        self._asks.append(dict(asks))
        self.batches.append([self._text(ask) for ask in asks.values()])
        return f"batch {len(self.batches) - 1}"

    def batch_state(self, batch: str, /) -> BatchState:
        self.looks -= 1
        return BatchState(self.looks < 0, 0, len(self.batches[-1]))

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        for name, ask in self._asks[int(batch.split()[1])].items():
            said = self.together.get(self._text(ask), "as singly")
            if isinstance(said, ProviderError):
                yield name, said
            elif said is not None:
                asked = list(self.asked)
                yield name, self.ask(ask)
                self.asked = asked  # only what is asked singly counts there

    @staticmethod
    def _text(ask: Ask) -> str:
        return ask.prompt.split("read in it: ")[1].split(" (it may")[0].strip('"')


def open_batches(film: MadeUpFilm) -> int:
    return len(OpenBatches(film.store).all())


def interrupted(film: MadeUpFilm, model: Batching, **more: Any) -> None:
    """A run that is stopped while its batch is out."""
    model.looks = 10**6

    def stop(_done: int, _total: int) -> None:
        if model.batches:
            raise RunStopped("stopped")

    with pytest.raises(RunStopped):
        plan(film, model, batch=True, around={"border": stop}, **more)


def test_all_questions_go_together_at_half_the_price_and_a_second_run_pays_nothing() -> None:
    film, model = MadeUpFilm([FIFTY[:5]]), Batching({})
    first = plan(film, model, batch=True)
    assert (model.asked, [sorted(batch) for batch in model.batches]) == ([], [sorted(s.text for s in FIFTY[:5])])
    assert spent_usd(film) == pytest.approx(5 * HALF_USD)
    assert counts(first)["cost_usd"] == pytest.approx(5 * HALF_USD)
    assert sum(cost.cost_usd for cost in film.costs) == pytest.approx(5 * HALF_USD)
    assert (first.complete, open_batches(film)) == (True, 0)
    again = plan(film, model, batch=True, run_id="run-2")
    assert again.values == first.values
    assert (len(model.batches), model.asked) == (1, [])
    assert [entry.state for entry in entries(film.store)].count("answered") == 5


@pytest.mark.parametrize("paid_for", [0, 1, 7])
def test_the_cap_in_money_is_never_passed_and_the_best_go_first(paid_for: int) -> None:
    film, model = MadeUpFilm([FIFTY]), Batching({})
    cap = paid_for * HALF_USD + (plan_worst_usd() / 2 - HALF_USD if paid_for else 0.0)
    planned = plan(film, model, caps=Caps(100, cap), batch=True, max_per_scene=50)
    best = sorted(FIFTY, key=lambda seen: -seen.seconds)[:paid_for]
    assert sorted(text for batch in model.batches for text in batch) == sorted(seen.text for seen in best)
    assert spent_usd(film) == pytest.approx(paid_for * HALF_USD)
    assert spent_usd(film) <= cap
    assert counts(planned)["asked"] == paid_for
    assert model.asked == []


def test_a_budget_of_ten_questions_hands_over_the_ten_best() -> None:
    film, model = MadeUpFilm([FIFTY[:25], FIFTY[25:]]), Batching({})
    plan(film, model, caps=Caps(10, 1.0), batch=True, max_per_scene=50)
    best = sorted(FIFTY, key=lambda seen: -seen.seconds)[:10]
    assert [sorted(batch) for batch in model.batches] == [sorted(seen.text for seen in best)]
    assert film.said[-1].startswith("asked the 10 best of 50")


@pytest.mark.parametrize("batch", [True, False], ids=["with batches", "singly"])
def test_a_run_that_ends_while_it_waits_leaves_the_batch_to_the_next(batch: bool) -> None:
    film, model = MadeUpFilm([FIFTY[:4]]), Batching({})
    interrupted(film, model)
    assert open_batches(film) == 1
    model.looks = 1
    planned = plan(film, model, batch=batch, run_id="run-2")
    assert (len(model.batches), model.asked, open_batches(film)) == (1, [], 0)
    assert counts(planned)["asked"] == 4
    assert spent_usd(film) == pytest.approx(4 * HALF_USD)
    assert {entry.run_id for entry in entries(film.store)} == {"run-1"}


def test_the_same_run_taken_up_again_counts_no_question_twice() -> None:
    film, model = MadeUpFilm([FIFTY[:4]]), Batching({})
    cap = 4 * plan_worst_usd() / 2
    interrupted(film, model, caps=Caps(100, cap))
    model.looks = 0
    assert counts(plan(film, model, caps=Caps(100, cap), batch=True))["asked"] == 4


def test_a_batch_that_takes_too_long_is_not_asked_around_and_the_next_run_goes_on() -> None:
    film, model, other = MadeUpFilm([FIFTY[:4]]), Batching({}), Scripted({}, name="groq", model="qwen/qwen3.8-27b")
    model.looks = 10**6
    late = plan(film, model, other, batch=True, batch_wait_s=0.05)
    assert (model.asked, other.asked, late.complete) == ([], [], False)
    assert counts(late)["failed"] == 4
    assert "not answered yet" in rows(late)[0]["reason"]
    model.looks = 0
    assert counts(plan(film, model, other, batch=True, run_id="run-2"))["asked"] == 4
    assert (len(model.batches), model.asked, other.asked) == (1, [], [])


def test_what_a_batch_does_not_answer_is_asked_singly_and_what_it_turned_down_is_not() -> None:
    film, model = MadeUpFilm([[Seen("GOOD"), Seen("LOST"), Seen("BROKEN"), Seen("REFUSED")]]), Batching({})
    model.together = {
        "LOST": None,
        "BROKEN": failing("unavailable"),
        "REFUSED": failing("refused", Usage(1000, 100)),
    }
    planned = plan(film, model, batch=True)
    assert sorted(model.asked) == ["BROKEN", "LOST"]
    assert {row["text"]: row["status"] for row in rows(planned)} == {
        "GOOD": "answered",
        "LOST": "answered",
        "BROKEN": "answered",
        "REFUSED": "refused",
    }
    assert spent_usd(film) == pytest.approx(2 * HALF_USD + 2 * COST_USD)


def test_a_provider_without_batches_is_asked_singly() -> None:
    film, model = MadeUpFilm([FIFTY[:2]]), Scripted({})
    plan(film, model, batch=True)
    assert len(model.asked) == 2
    assert film.said[0] == "openai gpt-6-luna takes no batches: its questions are asked singly"


@pytest.mark.parametrize("kind", ["rate_limited", "rejected"])
def test_a_batch_that_is_not_taken_costs_nothing_and_its_questions_are_asked_singly(kind: FailureKind) -> None:
    film, model = MadeUpFilm([FIFTY[:2]]), Batching({})
    model.refuses = failing(kind)
    plan(film, model, batch=True)
    assert len(model.asked) == 2
    assert spent_usd(film) == pytest.approx(2 * COST_USD)


@pytest.mark.parametrize("kind", ["timeout", "disconnected"])
def test_a_batch_of_which_nobody_knows_whether_it_was_taken_is_not_asked_around(kind: FailureKind) -> None:
    film, model = MadeUpFilm([FIFTY[:2]]), Batching({})
    model.refuses = failing(kind)
    planned = plan(film, model, batch=True)
    assert (model.asked, planned.complete) == ([], False)
    assert [entry.state for entry in entries(film.store)] == ["asked", "asked"], "they may have been paid for"


def test_many_pictures_go_in_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mpr_core.cascade.batching._MOST_BYTES", 1)
    film, model = MadeUpFilm([FIFTY[:3]]), Batching({})
    planned = plan(film, model, batch=True)
    assert [len(batch) for batch in model.batches] == [1, 1, 1]
    assert counts(planned)["asked"] == 3
