"""A run that asks nobody goes by what was answered, with no key, endpoint or price at hand."""

from __future__ import annotations

import pytest

from mpr_core.cascade.budget import Caps
from mpr_core.cascade.configs import EscalateCloudConfig
from mpr_core.cascade.ledger import entries
from mpr_core.cascade.lines import Choice
from mpr_core.cascade.provider import ProviderError
from mpr_core.cascade.recall import recalled
from mpr_core.runner.context import Planned
from mpr_core.stages.escalation_plan import Means, lines_to, plan_questions
from tests.mpr_core.cascade.made_up_film import MadeUpFilm, Scripted, Seen
from tests.mpr_core.cascade.test_asking import FIFTY, NO_WAIT, plan, rows

MODELS = {"openai": "gpt-6-luna"}
CHOICES: list[Choice] = [("anthropic", ""), ("openai", "")]


def by_answers_alone(film: MadeUpFilm) -> Planned:
    context = film.context("run-2", asks_models=False, models=MODELS)
    means = Means("escalate_cloud", lines_to(CHOICES, context, 60), Caps(100, 1.0), before="escalate_vlm")
    return plan_questions(context, EscalateCloudConfig(**NO_WAIT), means)


def test_what_was_answered_decides_as_it_did_and_nobody_is_asked() -> None:
    film, model = MadeUpFilm([FIFTY[:5]]), Scripted({"*": "Vantelo"})
    first = plan(film, model)
    again = by_answers_alone(film)
    assert (again.values, again.complete) == (first.values, True)
    assert {entry.run_id for entry in entries(film.store)} == {"run-1"}


def test_what_was_never_answered_is_left_and_said_to_be() -> None:
    film, model = MadeUpFilm([[Seen("NORDAVIK")]]), Scripted({})
    plan(film, model)
    film.segments = [*film.segments, [Seen("TULPENA")]]
    again = by_answers_alone(film)
    old, new = rows(again)
    assert (old["status"], new["status"], again.complete) == ("answered", "failed", False)
    assert "this run goes by stored answers alone" in new["reason"]
    assert model.asked == ["NORDAVIK"]


def test_a_model_of_which_nothing_is_known_is_left_out_and_a_recalled_one_cannot_be_asked() -> None:
    (line,) = recalled(CHOICES, MODELS)
    assert (line.name, bool(line.out_because)) == ("openai gpt-6-luna", True)
    assert recalled([("openai", "another")], MODELS)[0].provider.model == "another", "what the profile names"
    host = {"host": "qwen sha256:0123456789abcdef"}
    names = [recalled([("host", wanted)], host)[0].provider.model for wanted in ("", "qwen", "another")]
    assert names == [host["host"], host["host"], "another"], "answers are kept under the name with its digest"
    with pytest.raises(ProviderError, match="nobody is asked"):
        line.provider.ask(Scripted({}).asks)  # type: ignore[arg-type]
