"""Whatever order answers come in, no cap is passed, and what was set aside and not spent is free again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.cascade.budget import Budget, Caps, usd
from mpr_core.cascade.summary import escalation_in_words, unasked_in_words


@given(
    st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 1), st.integers(0, 3)), max_size=40),
    st.floats(0, 1),
    st.integers(0, 20),
)
def test_spent_and_set_aside_stay_under_the_cap(
    calls: list[tuple[float, float, int]], cap_usd: float, questions: int
) -> None:
    budget = Budget(Caps(questions, cap_usd))
    flying = []
    for worst, share, land in calls:
        reservation = budget.reserve(worst)
        if reservation is not None:
            flying.append((reservation, worst * share))
        for _ in range(min(land, len(flying))):
            landed, cost = flying.pop(0)
            landed.spent_usd = cost
            budget.settle(landed)
        assert budget.spent_usd + budget._held_usd <= cap_usd + 1e-6
        assert budget.questions <= questions


def test_a_share_grows_for_a_further_provider_only_within_the_cap() -> None:
    budget = Budget(Caps(5, 1.0))
    share = budget.reserve(0.4)
    assert share is not None
    share.spent_usd = 0.3
    assert budget.covers(share, 0.1)
    assert budget.covers(share, 0.7)
    assert not budget.covers(share, 0.8)
    budget.settle(share)
    assert budget.reserve(0.71) is None
    assert budget.reserve(0.7) is not None


def test_local_models_have_no_cap_in_money() -> None:
    budget = Budget(Caps(1))
    assert budget.reserve(0.0) is not None
    assert budget.reserve(0.0) is None, "the cap on questions holds"
    assert budget.in_words == ""


@pytest.mark.parametrize(
    ("amount", "words"), [(0, "$0"), (0.000027, "$0.000027"), (0.0031, "$0.0031"), (0.25, "$0.25"), (12.5, "$12.50")]
)
def test_money_in_words_has_two_digits_that_say_something(amount: float, words: str) -> None:
    assert usd(amount) == words


def test_what_happened_in_one_sentence() -> None:
    assert escalation_in_words({"asked": 0, "would_ask": 0}) == "nothing to ask about"
    assert escalation_in_words({"asked": 3, "would_ask": 0, "cost_usd": 0.02}) == "asked 3 of 3 for $0.020"
    told = {"asked": 2, "would_ask": 3, "left_for_budget": 1, "failed": 2, "no_answer": 1, "flagged": 1}
    assert escalation_in_words(told) == (
        "asked the 2 best of 5; 1 left for the budget; 2 without an answer because of failures; 1 got no usable answer; 1 flagged"
    )
    assert unasked_in_words({"would_ask": 3, "would_cost_usd": 0.004}) == (
        "3 tracks unasked, which would cost at most about $0.0040"
    )
    assert unasked_in_words({"would_ask": 1}) == "1 track unasked"
