"""A timeline's questions: the most valuable first, never over the budget, each answer paid for once."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Event
from typing import Any

import pytest

from mpr_core.cascade.budget import Caps
from mpr_core.cascade.configs import EscalateCloudConfig
from mpr_core.cascade.ledger import calls, entries
from mpr_core.cascade.lines import Line
from mpr_core.cascade.prices import prices
from mpr_core.cascade.provider import Ask, FailureKind, ProviderError, Reply, Usage
from mpr_core.errors import RunStopped
from mpr_core.runner.context import Planned
from mpr_core.stages.escalation import Escalation
from mpr_core.stages.escalation_plan import Means, plan_questions
from mpr_core.store import keys
from tests.mpr_core.cascade.made_up_film import MadeUpFilm, Scripted, Seen

FIFTY = [Seen(f"WORD{chr(65 + i // 10)}{chr(65 + i % 10)}", seconds=1.0 + i * 0.1) for i in range(50)]
COST_USD = 0.00015  # what 1000 tokens in and 100 out cost with the model that answers here
USUAL_USD = 0.001  # what a question is said to cost where none was paid for
NO_WAIT: dict[str, Any] = {"give_up_s": 0.0, "at_once": 1}


def plan(
    film: MadeUpFilm,
    *providers: Scripted,
    caps: Caps = Caps(100, 1.0),  # noqa: B008 - frozen
    run_id: str = "run-1",
    second_opinion_value: float | None = None,
    around: dict[str, Any] | None = None,
    batch: bool = False,
    batch_wait_s: float = 60.0,
    **knobs: Any,
) -> Planned:
    """A plan of escalate_cloud."""
    table = prices()
    lines = [Line(provider, table.price(provider.name, provider.model)) for provider in providers]
    config = EscalateCloudConfig(**(NO_WAIT | knobs))
    means = Means("escalate_cloud", lines, caps, second_opinion_value, "escalate_vlm", batch, batch_wait_s, USUAL_USD)
    return plan_questions(film.context(run_id, **(around or {})), config, means)


def rows(planned: Planned) -> list[dict[str, Any]]:
    return [row for segment in planned.values for row in segment]


def counts(planned: Planned) -> dict[str, float]:
    return Escalation.from_rows(rows(planned), "escalate_cloud").counts()


def failing(kind: FailureKind, usage: Usage | None = None) -> ProviderError:
    return ProviderError("it failed", kind=kind, usage=usage)


def spent_usd(film: MadeUpFilm) -> float:
    return sum(entry.cost_usd for entry in entries(film.store) if entry.state != "asked")


def by_text(planned: Planned, name: str) -> dict[str, Any]:
    return {row["text"]: row[name] for row in rows(planned)}


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_budget_of_ten_questions_with_fifty_candidates_asks_the_ten_best_and_says_so(at_once: int) -> None:
    film, model = MadeUpFilm([FIFTY[:25], FIFTY[25:]]), Scripted({})
    planned = plan(film, model, caps=Caps(10, 1.0), at_once=at_once, max_per_scene=50)
    best = sorted(FIFTY, key=lambda seen: -seen.seconds)[:10]
    assert sorted(model.asked) == sorted(seen.text for seen in best)
    assert planned.complete, "nothing is left that asking again would change"
    found = counts(planned)
    assert (found["asked"], found["would_ask"], found["left_for_budget"]) == (10, 40, 40)
    assert film.said == ["asked the 10 best of 50 for $0.0015; 40 left for the budget, about $0.0060"]


def test_nearly_matched_text_is_asked_about_before_text_that_resembles_nothing() -> None:
    model = Scripted({})
    plan(MadeUpFilm([[Seen("SALE", 3.0), Seen("VANTFL", 2.0, near=("Vantelo", 75.0))]]), model)
    assert model.asked == ["VANTFL", "SALE"]


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("paid_for", [0, 1, 7])
def test_the_cap_in_money_is_never_passed_and_the_best_are_asked(paid_for: int, at_once: int) -> None:
    film, model = MadeUpFilm([FIFTY]), Scripted({})
    worst = plan_worst_usd()
    cap = paid_for * COST_USD + (worst - COST_USD if paid_for else 0.0)
    planned = plan(film, model, caps=Caps(100, cap), at_once=at_once, max_per_scene=50)
    assert counts(planned)["asked"] == paid_for
    assert spent_usd(film) == pytest.approx(paid_for * COST_USD)
    assert spent_usd(film) <= cap
    best = sorted(FIFTY, key=lambda seen: -seen.seconds)[:paid_for]
    assert sorted(model.asked) == sorted(seen.text for seen in best)


def plan_worst_usd() -> float:
    """What one of the fifty questions may cost at most."""
    film = MadeUpFilm([FIFTY[:1]])
    plan(film, Scripted({}))
    return max(entry.cost_usd for entry in entries(film.store))


def test_a_budget_of_nothing_asks_nothing() -> None:
    film, model = MadeUpFilm([FIFTY[:3]]), Scripted({})
    planned = plan(film, model, caps=Caps(100, 0.0))
    assert (model.asked, counts(planned)["would_ask"], list(entries(film.store))) == ([], 3, [])
    assert counts(planned)["would_cost_usd"] == pytest.approx(3 * USUAL_USD), "nothing was paid to go by"


def test_answers_are_paid_for_once_whatever_runs_ask_again() -> None:
    film, model = MadeUpFilm([FIFTY[:5]]), Scripted({})
    first = plan(film, model)
    again = plan(film, model, run_id="run-2")
    assert len(model.asked) == 5
    assert again.values == first.values
    assert {entry.run_id for entry in entries(film.store)} == {"run-1"}
    assert sum(cost.asked for cost in film.costs) == 5


def test_an_appended_chunk_asks_only_about_what_it_brings() -> None:
    film, model = MadeUpFilm([[Seen("NORDAVIK")]]), Scripted({})
    before = plan(film, model)
    film.segments = [*film.segments, [Seen("NORDAVIK", quality=90.0), Seen("TULPENA")]]
    after = plan(film, model, run_id="run-2")
    assert model.asked == ["NORDAVIK", "TULPENA"]
    assert after.values[0][0]["reason"] == before.values[0][0]["reason"]
    assert [row["status"] for row in rows(after)] == ["answered", "shared", "answered"]


def test_one_text_is_asked_about_once_and_its_answer_shared() -> None:
    film = MadeUpFilm([[Seen("Oltesza"), Seen("OLTESZA")], [Seen("OLT ESZA")]])
    model = Scripted({"*": "Oltessa"})
    planned = plan(film, model)
    assert len(model.asked) == 1
    assert [row["name"] for row in rows(planned)] == ["Oltessa"] * 3
    assert counts(planned) | {"cost_usd": 0} == {
        "asked": 1,
        "would_ask": 0,
        "decided": 3,
        "same_text": 2,
        "cost_usd": 0,
    }


def test_a_scene_gets_its_share_of_questions_and_no_more() -> None:
    planned = plan(MadeUpFilm([FIFTY[:5], FIFTY[5:10]]), Scripted({}), max_per_scene=2)
    assert counts(planned)["asked"] == 4
    assert counts(planned)["over_scene_share"] == 6


def test_what_the_local_model_settled_is_not_asked_again() -> None:
    film, local = (
        MadeUpFilm([[Seen("NORDAVIK"), Seen("TULPENA"), Seen("QUERLON")]]),
        Scripted({"NORDAVIK": "other: Nordavik"}),
    )
    local.says |= {"TULPENA": "none", "QUERLON": {"answer": "none", "name": "", "confidence": 0.2, "evidence": ""}}
    film.vlm = {0: Escalation.from_rows(plan(film, local).values[0], "escalate_vlm")}
    cloud = Scripted({}, model="gpt-5.6-luna")
    plan(film, cloud, run_id="run-2")
    assert cloud.asked == ["QUERLON"], "the local model was not sure of it"


def test_the_next_provider_is_asked_when_the_first_refuses_or_is_out() -> None:
    film = MadeUpFilm([FIFTY[:4]])
    first, second = Scripted({"*": failing("unauthorised")}), Scripted({}, "groq", "qwen/qwen3.6-27b")
    planned = plan(film, first, second)
    assert (len(first.asked), len(second.asked)) == (1, 4), "a refused key is not tried again in this run"
    assert planned.complete
    assert {row["models"] for row in rows(planned)} == {"groq qwen/qwen3.6-27b"}


def test_what_only_questions_in_flight_leave_no_budget_for_is_asked_by_the_next_run() -> None:
    both_asked, landed = Barrier(2), Event()

    class InFlight(Scripted):
        """Both questions are in flight when the first is refused; the second is answered after that came to an end."""

        def ask(self, ask: Ask, /) -> Reply:
            both_asked.wait(20)
            if FIFTY[1].text not in ask.prompt:
                assert landed.wait(20)
            return super().ask(ask)

    film, spare = MadeUpFilm([FIFTY[:2]]), Scripted({}, "groq", "qwen/qwen3.6-27b")
    first = InFlight({FIFTY[1].text: failing("refused", Usage(1000, 100))})
    plan(other := MadeUpFilm([FIFTY[1:2]]), Scripted({}, "groq", "qwen/qwen3.6-27b"))
    caps = Caps(100, COST_USD + max(entry.cost_usd for entry in entries(other.store)))
    around = {"progress": lambda words, _left_s: landed.set() if words.startswith("asked 1") else None}
    planned = plan(film, first, spare, caps=caps, at_once=2, around=around)
    assert (spare.asked, planned.complete) == ([], False), "the money was set aside for the other question, not spent"
    again = plan(film, Scripted({}), spare, caps=caps, run_id="run-2")
    assert (spare.asked, again.complete) == ([FIFTY[1].text], True)


def test_a_provider_that_stays_away_is_left_alone_after_three_questions() -> None:
    film, model = MadeUpFilm([FIFTY[:8]]), Scripted({"*": failing("unavailable")})
    planned = plan(film, model)
    assert len(model.asked) == 3
    assert not planned.complete
    assert counts(planned)["failed"] == 8
    assert "not asked any more, unavailable: it failed" in rows(planned)[0]["reason"]
    model.says = {}
    assert counts(plan(film, model, run_id="run-2"))["asked"] == 8, "the next run asks again"


def test_what_a_question_waits_for_is_told_beside_how_far_the_asking_is() -> None:
    class Away(Scripted):
        def ask(self, ask: Ask, /) -> Reply:
            self.says = {"*": failing("disconnected")} if not self.asked else {}
            return super().ask(ask)

    told: list[str] = []
    around = {"progress": lambda words, _left_s: told.append(words)}
    assert counts(plan(MadeUpFilm([FIFTY[:1]]), Away({}), give_up_s=30.0, around=around))["asked"] == 1
    assert any("openai gpt-6-luna: disconnected, asked again in" in words for words in told[:-1])
    assert "disconnected" not in told[-1]


def test_why_a_provider_gave_no_answer_stands_in_the_rows_and_in_the_ledger() -> None:
    error = ProviderError("no answer from a model", kind="rejected", why="it answers 404: no such model")
    film, model = MadeUpFilm([FIFTY[:1]]), Scripted({"*": error})
    planned = plan(film, model)
    assert rows(planned)[0]["reason"].endswith("rejected: it answers 404: no such model")
    assert [entry.reason for entry in entries(film.store) if entry.state == "failed"] == [
        "rejected: it answers 404: no such model"
    ]


@pytest.mark.parametrize("kind", ["refused", "truncated", "invalid"])
def test_a_refusal_is_remembered_like_an_answer_and_not_paid_for_twice(kind: FailureKind) -> None:
    film, model = MadeUpFilm([FIFTY[:1]]), Scripted({"*": failing(kind, Usage(1000, 100))})
    first = plan(film, model)
    again = plan(film, model, run_id="run-2")
    assert len(model.asked) == 1
    assert first.complete
    assert first.values == again.values
    assert spent_usd(film) == pytest.approx(COST_USD)
    assert rows(first)[0]["status"] == "refused"


def test_what_a_failed_attempt_of_the_same_run_may_have_cost_counts_against_its_budget() -> None:
    film = MadeUpFilm([FIFTY[:1]])
    plan(film, Scripted({"*": failing("timeout", Usage(1000, 100))}))
    worst = plan_worst_usd()
    model = Scripted({})
    assert counts(plan(film, model, caps=Caps(100, worst)))["left_for_budget"] == 1
    assert model.asked == []
    assert counts(plan(film, model, caps=Caps(100, worst), run_id="run-2"))["asked"] == 1


def test_a_call_that_was_cut_off_does_not_pass_for_the_one_that_brought_the_answer() -> None:
    film = MadeUpFilm([FIFTY[:1]])
    with pytest.raises(KeyboardInterrupt):
        plan(film, Scripted({"*": KeyboardInterrupt()}))
    caps = Caps(100, plan_worst_usd() * 2)
    planned = [plan(film, Scripted({}), caps=caps) for _ in range(2)]
    assert planned[0].values == planned[1].values
    assert [call.state for call in calls(film.store)] == ["asked", "answered"]
    assert spent_usd(film) == pytest.approx(COST_USD)
    assert sum(cost.cost_usd for cost in film.costs) == pytest.approx(COST_USD)
    model = Scripted({})
    assert counts(plan(film, model, caps=Caps(100, plan_worst_usd())))["left_for_budget"] == 1, "it may have been paid"


def test_two_providers_are_asked_above_a_value_and_their_disagreement_decides_nothing() -> None:
    film = MadeUpFilm([[Seen("OLTESZA", 9.0), Seen("VANTEL0", 8.0), Seen("SMALL", 1.0)]])
    one = Scripted({"*": "Oltessa", "VANTEL0": "Vantelo"})
    two = Scripted({"*": "Oltessa", "VANTEL0": "none"}, "groq", "qwen/qwen3.6-27b")
    planned = plan(film, one, two, second_opinion_value=2.0, contradiction_text_score=1.0)
    assert (sorted(one.asked), sorted(two.asked)) == (["OLTESZA", "SMALL", "VANTEL0"], ["OLTESZA", "VANTEL0"])
    assert by_text(planned, "verdict") == {"OLTESZA": "brand", "VANTEL0": "disagreement", "SMALL": "brand"}
    assert by_text(planned, "reason")["VANTEL0"].startswith("they disagree: openai gpt-6-luna says 'Vantelo'")
    assert counts(planned)["flagged"] == 1
    assert counts(planned)["decided"] == 2


def test_a_run_that_is_ended_between_two_questions_keeps_the_answers_it_has() -> None:
    def stop_after_two(done: int, _total: int) -> None:
        if done == 2:
            raise RunStopped("stopped")

    film, model = MadeUpFilm([FIFTY[:5]]), Scripted({})
    with pytest.raises(RunStopped):
        plan(film, model, around={"border": stop_after_two})
    asked = len(model.asked)
    assert len([key for key, _ in film.store.keys(keys.ANSWERS)]) == asked < 5
    plan(film, model)
    assert len(model.asked) == 5


def test_a_logo_without_text_shows_its_crop_and_what_is_around_it_never_the_frame() -> None:
    model = Scripted({})
    plan(MadeUpFilm([[Seen(logo="logo")]]), model)
    (ask,) = model.asks
    assert "read in it: nothing" in ask.prompt
    assert [size_px(picture) for picture in ask.pictures] == [(90, 30), (270, 90)]


def test_the_crop_that_is_shown_is_one_in_which_the_text_was_read() -> None:
    model = Scripted({})
    plan(MadeUpFilm([[Seen("TULPENA", read_in=2)]]), model)
    plan(MadeUpFilm([[Seen("TULPENA")]]), model)
    assert model.asks[0].pictures == model.asks[1].pictures


def size_px(jpeg: bytes) -> Sequence[int]:
    import cv2
    import numpy as np

    height, width = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return width, height


def test_a_timeline_with_nothing_unresolved_asks_nothing_and_says_nothing() -> None:
    film, model = MadeUpFilm([[], []]), Scripted({})
    assert plan(film, model) == Planned([[], []], complete=True)
    assert (model.asked, film.said) == ([], [])


def test_a_model_that_turns_every_question_down_is_left_alone_and_the_next_takes_over() -> None:
    """As one whose name its server does not know."""
    film, wrong = MadeUpFilm([FIFTY[:6]]), Scripted({"*": failing("rejected")})
    other = Scripted({}, name="groq", model="qwen/qwen3.8-27b")
    planned = plan(film, wrong, other)
    assert (len(wrong.asked), len(other.asked)) == (3, 6)
    assert counts(planned)["asked"] == 6
