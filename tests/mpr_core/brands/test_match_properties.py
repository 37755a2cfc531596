"""Promises that hold for any list and any text: a name finds itself through noise, and nothing else is found."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.common_words import is_common
from mpr_core.brands.match import BrandIndex, MatchBrandsConfig, TextReading, match_reading
from mpr_core.brands.normalise import fold

_SYLLABLES = [a + b for a in "bkmnrstvxz" for b in ("a", "e", "i", "or", "an")]
_ACCENTS = {"a": "áàâä", "e": "éèêë", "i": "íîï", "o": "óòôö", "u": "úùûü", "n": "ñ"}
_CONFUSIONS = {
    "o": "0", "i": "1", "l": "1I", "s": "5", "b": "8", "z": "2", "g": "9", "m": ["rn"], "w": ["vv"], "d": ["cl"],
}  # fmt: skip


def _invented(count: int, seed: int) -> tuple[str, ...]:
    rng = random.Random(seed)
    names: dict[str, str] = {}
    while len(names) < count:
        words = [
            "".join(rng.choices(_SYLLABLES, k=rng.choice([1, 2, 2, 3, 3, 4]))) for _ in range(rng.choice([1, 1, 2]))
        ]
        name = " ".join(word.title() for word in words)
        if len("".join(words)) >= 3 and not any(is_common(word) for word in words):
            names.setdefault("".join(words), name)
    return tuple(names.values())


NAMES = _invented(300, seed=7)
CONFIG = MatchBrandsConfig(brands=tuple(Brand(canonical_name=name) for name in NAMES))
INDEX = BrandIndex.from_config(CONFIG)


def accepted(text: str, cut: bool = False) -> list[str]:
    reading = TextReading(text=text, cut_start=cut, cut_end=cut)
    return [c.brand for c in match_reading(reading, INDEX, CONFIG) if c.accepted]


def _noisy(name: str, rng: random.Random, confuse: bool) -> str:
    """Case, accents, spacing and punctuation changed; at most one letter as OCR may misread it."""
    style = rng.choice([str.upper, str.lower, str.title])
    letters = [rng.choice(_ACCENTS[c.lower()]) if c.lower() in _ACCENTS and rng.random() < 0.2 else c for c in name]
    letters = list(style("".join(letters)))
    places = [i for i, c in enumerate(letters) if c.lower() in _CONFUSIONS]
    if confuse and places and len(fold(name).key) >= 5:
        place = rng.choice(places)
        letters[place] = rng.choice(_CONFUSIONS[letters[place].lower()])
    text = "".join(letters).replace(" ", rng.choice([" ", "-", "", ".", "  "]))
    return rng.choice(["", "'", "« ", "· "]) + text + rng.choice(["", "!", " »", "®", ","])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), st.integers(0, 2**32))
def test_a_name_finds_itself_through_noise(name: str, seed: int) -> None:
    assert accepted(_noisy(name, random.Random(seed), confuse=False)) == [name]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([name for name in NAMES if len(name) >= 5]), st.integers(0, 2**32))
def test_a_name_survives_one_confused_letter(name: str, seed: int) -> None:
    text = _noisy(name, random.Random(seed), confuse=True)
    reading = TextReading(text=text)
    told = match_reading(reading, INDEX, CONFIG)
    # An everyday word is not a misread name, and another brand may be spelt as the misreading.
    assert name in [c.brand for c in told if c.accepted or c.vetoed_by in ("everyday_word", "covered", "ambiguous")]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.booleans())
def test_any_text_gives_sound_candidates(text: str, cut: bool) -> None:
    told = match_reading(TextReading(text=text, cut_start=cut, cut_end=cut), INDEX, CONFIG)
    spans = sorted(c.span for c in told if c.accepted)
    assert all(spans[i][1] <= spans[i + 1][0] for i in range(len(spans) - 1))
    for candidate in told:
        assert candidate.matched_text == text[slice(*candidate.span)]
        assert candidate.accepted == (candidate.vetoed_by is None)
        assert not candidate.accepted or candidate.score >= CONFIG.min_score
        assert candidate.reason


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"\A[0-9:.,$€%/\- ]{1,16}\Z"), st.booleans())
def test_numbers_prices_times_and_scores_name_nothing(text: str, cut: bool) -> None:
    assert accepted(text, cut) == []


def test_random_letters_name_almost_nothing() -> None:
    rng = random.Random(11)
    texts = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(1, 14))) for _ in range(3000)]
    texts = [text.upper() if rng.random() < 0.5 else text for text in texts]
    hits = [(text, brand) for text in texts for brand in accepted(text)]
    # A random three-letter text may be a three-letter name; nothing longer comes about by chance.
    assert len(hits) <= 3
    assert all(fold(text).key == fold(brand).key for text, brand in hits)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_the_order_of_the_list_does_not_matter(one: str, other: str) -> None:
    brands = tuple(Brand(canonical_name=name) for name in dict.fromkeys((one, other)))
    reading = TextReading(text=f"{one} {other[:-1]}", cut_end=True)
    results = {match_reading(reading, BrandIndex(order, CONFIG), CONFIG) for order in (brands, tuple(reversed(brands)))}
    assert len(results) == 1
