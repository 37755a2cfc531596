from __future__ import annotations

from collections.abc import Sequence

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.match import BrandIndex, Candidate, MatchBrandsConfig, TextReading, match_reading

NAMES = (
    "LG", "HP", "KIA", "Visa", "3M", "7UP", "IKEA", "Coca-Cola", "Globex", "Acme", "North Star", "Samsung", "Marlin",
    "TV Regional Magallanes", "Heineken", "Adidas", "Pepsi", "L'Oréal", "McDonald's", "Santander", "华为", "Bet365",
    "Channel 4", "Nike", "Polar", "1664",
)  # fmt: skip
BRANDS = (
    *(Brand(canonical_name=name) for name in NAMES),
    Brand(canonical_name="Orange", aliases=("Naranja Telecom",), exclude=("orange", "orange juice", "agent orange")),
)
CONFIG = MatchBrandsConfig(brands=BRANDS)
INDEX = BrandIndex.from_config(CONFIG)


def candidates(text: str, **reading: float | bool) -> tuple[Candidate, ...]:
    return match_reading(TextReading.model_validate({"text": text, **reading}), INDEX, CONFIG)


def found(text: str, **reading: float | bool) -> list[tuple[str, str]]:
    return [(c.brand, c.rule) for c in candidates(text, **reading) if c.accepted]


def among(names: Sequence[str], text: str, **reading: bool) -> list[Candidate]:
    config = MatchBrandsConfig(brands=tuple(Brand(canonical_name=name) for name in names))
    return list(match_reading(TextReading(text=text, **reading), BrandIndex.from_config(config), config))


@pytest.mark.parametrize(
    ("text", "brand", "rule"),
    [
        ("COCA-COLA", "Coca-Cola", "exact"),
        ("COCA COLA", "Coca-Cola", "folded"),
        ("cocacola", "Coca-Cola", "folded"),
        ("Cóca·Cólà", "Coca-Cola", "folded"),
        ("LOREAL", "L'Oréal", "folded"),
        ("McDonalds", "McDonald's", "folded"),
        ("NORTHSTAR", "North Star", "folded"),
        ("naranja telecom", "Orange", "exact"),
        ("SAM SUNG", "Samsung", "joined"),
        ("N I K E", "Nike", "joined"),
        ("SAMSUNGTV", "Samsung", "joined"),
        ("GLOBEX24", "Globex", "joined"),
        ("GlobexBank", "Globex", "joined"),
        ("7 UP", "7UP", "joined"),
        ("GL0BEX", "Globex", "confusable"),
        ("C0CA-C0LA", "Coca-Cola", "confusable"),
        ("rnarlin", "Marlin", "confusable"),
        ("lKEA", "IKEA", "confusable"),
        ("|KEA", "IKEA", "confusable"),
        ("V!SA", "Visa", "confusable"),
        ("K1A", "KIA", "confusable"),
        ("SAMSNG", "Samsung", "fuzzy"),
        ("HEINEKFN", "Heineken", "fuzzy"),
        ("IADIDAS", "Adidas", "fuzzy"),
        ("REGIONAL MAGALLANES", "TV Regional Magallanes", "fragment"),
        ("华为手机", "华为", "exact"),
        ("www.globex.com", "Globex", "exact"),
        ("lg.com", "LG", "exact"),
        ("hp", "HP", "exact"),
        ("1664", "1664", "exact"),
        ("CHANNEL 4", "Channel 4", "exact"),
        ("Pepsi is what they drink here", "Pepsi", "exact"),
        ("ORANGE", "Orange", "exact"),
        ("Orange", "Orange", "exact"),
    ],
)
def test_a_name_is_found_in_this_spelling(text: str, brand: str, rule: str) -> None:
    assert found(text) == [(brand, rule)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "!!!",
            "advisable",
            "Kiama",
            "shopping",
            "the visa",
            "need a visa to enter",
            "YOU NEED A VISA TO ENTER",
        ),
        *("Need a Visa to Enter", "visa-free travel", "e-visa and passport", "solicite su visa aquí", "kia ora whanau"),
        *(
            "16",
            "0",
            "15",
            "1G",
            "IG",
            "L6",
            "2:1",
            "45:00",
            "$7.99",
            "19:30",
            "150 HP",
            "3 m",
            "3m",
            "16 640",
            "166 4",
        ),
        *("orange", "orange juice", "ORANGE JUICE", "Agent Orange", "agentorange", "oranges", "the orange door"),
        *("Pepsa", "KLA", "LGA", "L G electronics shop", "I KEA", "Channel 5", "Channel", "BET356", "Comer"),
        *("the north star is bright tonight", "la noche es polar y muy fría", "globe", "HELLO WORLD"),
    ],
)
def test_nothing_is_found_in(text: str) -> None:
    assert found(text) == []


def test_several_brands_of_one_strip_are_all_found() -> None:
    assert {brand for brand, _ in found("ACME  GLOBEX")} == {"Acme", "Globex"}
    assert {brand for brand, _ in found("adidas visa nike samsung")} == {"Adidas", "Visa", "Nike", "Samsung"}
    assert {brand for brand, _ in found("NIKE|ADIDAS")} == {"Nike", "Adidas"}


def test_spans_are_places_in_the_text_as_read() -> None:
    text = "  por CÓCA-CÓLA! "
    (match,) = (c for c in candidates(text) if c.accepted)
    assert text[slice(*match.span)] == match.matched_text == "CÓCA-CÓLA"


def test_a_short_name_beside_the_frames_edge_may_be_a_piece_of_a_longer_word() -> None:
    assert found("GLOB ACME", cut_end=True) == []
    assert found("ACME", cut_start=True) == []
    assert found("ACME STORE", cut_end=True) == [("Acme", "exact")]


def test_a_name_with_a_wrong_letter_gives_way_to_one_that_fits_letter_for_letter() -> None:
    """'TRELIX' at the edge begins 'Trelix 24'; it is no misread 'Trebix', though too little of the other to be accepted."""
    config = MatchBrandsConfig(brands=(Brand(canonical_name="Trelix 24"), Brand(canonical_name="Trebix")))
    index = BrandIndex.from_config(config)
    for text in ("TRELIX", "Treix 24"):
        reading = TextReading(text=text, score=0.97, cut_end=True)
        assert [c for c in match_reading(reading, index, config) if c.accepted] == []
    wrong = match_reading(TextReading(text="Trebiy", score=0.97), index, config)
    assert [c.brand for c in wrong if c.accepted] == ["Trebix"]


def test_letters_missing_at_a_cut_side_need_only_half_of_the_name() -> None:
    assert found("GLOB", cut_end=True) == [("Globex", "fragment")]
    assert found("GLOB") == found("GLOB", cut_start=True) == []
    assert found("OBEX", cut_start=True) == [("Globex", "fragment")]
    assert found("OCA-COL", cut_start=True, cut_end=True) == [("Coca-Cola", "fragment")]
    assert found("ACME GLOB", cut_end=True) == [("Acme", "exact"), ("Globex", "fragment")]
    assert found("HEI", cut_end=True) == found("KI", cut_end=True) == found("VIS", cut_end=True) == []
    assert found("CHANNEL", cut_end=True) == []
    assert found("HEINEKE") == [("Heineken", "fragment")]


def test_a_fragments_score_falls_with_what_is_missing_and_says_so() -> None:
    scores = [candidates(text, cut_end=True)[0].score for text in ("SANTANDE", "SANTAND", "SANTAN", "SANTA")]
    assert scores == sorted(scores, reverse=True)
    (match,) = candidates("SANTAN", cut_end=True)
    assert "6 of 9 letters" in match.reason
    assert "cut by the frame's edge" in match.reason


def test_a_fragment_of_two_brands_is_nobodys() -> None:
    told = among(["Globex", "Globalia"], "GLOB", cut_end=True)
    assert [c.vetoed_by for c in told] == ["ambiguous", "ambiguous"]
    assert "Globalia" in next(c.reason for c in told if c.brand == "Globex")
    assert [c.accepted for c in among(["Globex", "Globalia"], "GLOBE", cut_end=True)] == [True]


def test_the_longer_name_takes_its_letters() -> None:
    told = among(["North Star", "Star", "North"], "NORTH STAR")
    assert [(c.brand, c.vetoed_by) for c in told if c.accepted] == [("North Star", None)]
    assert {c.vetoed_by for c in told if not c.accepted} == {"covered"}


def test_a_tie_between_two_brands_is_ambiguous_and_an_exact_name_wins() -> None:
    tie = among(["Globexa", "Globexi"], "GLOBEXW")
    assert {c.vetoed_by for c in tie} == {"ambiguous"}
    assert [c.brand for c in among(["Globexa", "Globexi"], "GLOBEXA") if c.accepted] == ["Globexa"]


@pytest.mark.parametrize(
    ("text", "reading", "vetoed_by", "reason"),
    [
        ("advisable", {}, "inside_word", "longer word"),
        ("need a visa to enter", {}, "running_text", "visa"),
        ("orange juice", {}, "exclude", "orange juice"),
        ("orange", {}, "exclude", "its own case"),
        ("LG", {"score": 0.5}, "text_score", "0.50"),
        ("GLOBEX", {"score": 0.2}, "text_score", "0.20"),
        ("150 HP", {}, "number", "unit"),
        ("Pepsa", {}, "min_score", "tolerate no wrong letter"),
        ("GLOB", {}, "fragment", "too few"),
    ],
)
def test_a_rejected_candidate_says_why(text: str, reading: dict[str, float], vetoed_by: str, reason: str) -> None:
    best = candidates(text, **reading)[0]
    assert not best.accepted
    assert best.vetoed_by == vetoed_by
    assert reason in best.reason


def test_min_score_and_candidates_kept_are_obeyed() -> None:
    strict = CONFIG.model_copy(update={"min_score": 95.0, "candidates_kept": 0})
    assert match_reading(TextReading(text="GL0BEX"), INDEX, strict) == ()
    assert match_reading(TextReading(text="GLOBEX"), INDEX, strict)[0].score == 100
    kept = match_reading(TextReading(text="GL0BEX"), INDEX, strict.model_copy(update={"candidates_kept": 3}))
    assert kept[0].vetoed_by == "min_score"


def test_a_sentence_may_be_longer_by_config() -> None:
    lenient = CONFIG.model_copy(update={"max_sentence_words": 6})
    assert match_reading(TextReading(text="with Visa you pay less"), INDEX, lenient)[0].accepted
    assert not match_reading(TextReading(text="with Visa you pay less"), INDEX, CONFIG)[0].accepted


def test_an_empty_list_matches_nothing() -> None:
    config = MatchBrandsConfig()
    assert match_reading(TextReading(text="GLOBEX", cut_end=True), BrandIndex.from_config(config), config) == ()


def test_a_page_of_text_is_read_and_names_nothing() -> None:
    assert found("lorem ipsum dolor visa amet " * 400) == []
