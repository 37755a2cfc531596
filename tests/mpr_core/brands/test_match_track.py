from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.match import BrandIndex, MatchBrandsConfig, TextReading, TrackDecision, match_track
from mpr_core.brands.voted_text import voted_text

NAMES = ("Globex", "Acme", "Pepsi", "Heineken", "Initech", "KIA", "North Star")
CONFIG = MatchBrandsConfig(
    brands=(*(Brand(canonical_name=n) for n in NAMES), Brand(canonical_name="Orange", exclude=("orange juice",)))
)
INDEX = BrandIndex.from_config(CONFIG)


def decide(*texts: str | tuple[str, float]) -> TrackDecision:
    readings = [TextReading(text=t) if isinstance(t, str) else TextReading(text=t[0], score=t[1]) for t in texts]
    return match_track(readings, INDEX, CONFIG)


@pytest.mark.parametrize("texts", [(), ("", " !"), (("GLOBEX", 0.1),)])
def test_without_legible_text_nothing_is_decided(texts: tuple[str, ...]) -> None:
    decision = decide(*texts)
    assert (decision.brand, decision.reason, decision.matches) == (None, "no legible text", ())


def test_one_reading_decides_as_it_would_alone() -> None:
    decision = decide("GLOBEX")
    assert (decision.brand, decision.score, decision.text) == ("Globex", 100, "GLOBEX")
    assert decision.matches[0].accepted


def test_one_stray_reading_does_not_decide_against_several() -> None:
    assert decide("GLOBEX", "GLOBEX", "GLOBEX", "ACME").brand == "Globex"
    stray = decide("GLOBEX", "BIENVENIDOS", "BIENVENIDOS", "BIENVENIDOS")
    assert stray.brand is None
    assert stray.candidates[0].vetoed_by == "votes"


def test_a_share_that_rounds_to_the_least_is_said_with_the_decimals_that_tell_them_apart() -> None:
    close = CONFIG.model_copy(update={"min_vote_share": 0.2503})
    readings = [TextReading(text=text) for text in ("GLOBEX", "BIENVENIDOS", "BIENVENIDOS", "BIENVENIDOS")]
    reason = match_track(readings, INDEX, close).candidates[0].reason
    assert "only 25.00% of the readings back it, at least 25.03% must" in reason
    assert (
        "only 25% of the readings back it, at least 34% must"
        in decide("GLOBEX", *["BIENVENIDOS"] * 3).candidates[0].reason
    )


def test_fragments_support_the_one_whole_reading() -> None:
    decision = decide("GLOBEX", "GLO", "OBEX", "LOBE")
    assert (decision.brand, decision.score) == ("Globex", 100)


def test_fragments_alone_are_no_brand_away_from_the_edge() -> None:
    assert decide("GLO", "OBEX", "LOBE").brand is None


def test_letters_are_voted_on_where_no_reading_is_whole() -> None:
    decision = decide("PEPSA", "PEPSO", "REPSI", "PEPTI")
    assert (decision.brand, decision.text) == ("Pepsi", "PEPSI")


def test_a_sure_reading_outweighs_doubtful_ones() -> None:
    assert decide(("HEINEKEN", 0.99), ("XQZZW", 0.45), ("WVWV", 0.42)).brand == "Heineken"


def test_two_brands_with_equal_support_are_ambiguous() -> None:
    decision = decide("GLOBEX", "ACME")
    assert decision.brand is None
    assert decision.reason == "ambiguous: Acme vs Globex"


def test_two_brands_side_by_side_are_both_taken() -> None:
    decision = decide("ACME GLOBEX", "ACME GLOBEX", "CME GLOBEX")
    assert {match.brand for match in decision.matches} == {"Acme", "Globex"}
    assert decision.brand == "Globex"


def test_an_exclude_speaks_for_the_whole_track() -> None:
    decision = decide("orange juice", "ORANGE JUICE", "ORANGE")
    assert decision.brand is None
    assert "vetoed by exclude" in decision.reason


def test_the_reason_names_the_best_that_was_too_low() -> None:
    assert decide("Pepsa").reason == "below min_score 80: best 77 for Pepsi"
    assert decide("BIENVENIDOS").reason == "no brand resembles this text"
    assert "running text" in decide("need a kia to get there").reason


def test_a_short_name_has_no_near_misses() -> None:
    assert decide("KIA", "KIM", "KIM", "KIM").brand is None


def test_rejected_candidates_are_kept_up_to_the_limit() -> None:
    config = CONFIG.model_copy(update={"candidates_kept": 1})
    readings = [TextReading(text=t) for t in ("GLOBEX", "GLOBEX", "GLOBEX", "HEINEKEN", "INITECH")]
    decision = match_track(readings, INDEX, config)
    assert [c.accepted for c in decision.candidates] == [True, False]


def test_order_of_readings_does_not_matter() -> None:
    texts = ("GLOBEX", "GL0BEX", "ACME", "GLOB")
    decisions = {decide(*order).model_dump_json() for order in permutations(texts)}
    assert len(decisions) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["GLOBEX", "GLOB", "ACME", "ACNE", "hello", "GLOBEX ACME", "P"]), st.floats(0.3, 1)),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_order_never_matters(texts: list[tuple[str, float]], random: object) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(*texts), decide(*shuffled)
    assert (one.brand, one.text) == (other.brand, other.text)
    assert [m.brand for m in one.matches] == [m.brand for m in other.matches]
    assert one.score == pytest.approx(other.score)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=12), st.floats(0.1, 1)), min_size=1, max_size=5))
def test_voting_on_any_texts_gives_a_text(pairs: list[tuple[str, float]]) -> None:
    texts, votes = zip(*pairs, strict=True)
    assert voted_text(texts, votes)
    assert voted_text(texts[:1] * 3, votes[:1] * 3) == texts[0]
