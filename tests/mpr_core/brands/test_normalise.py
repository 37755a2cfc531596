from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.brands.confusion import align, char_skeleton, skeleton
from mpr_core.brands.normalise import case_pattern, fold, fold_key, has_symbol_letters, letter_weight


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        ("!?", ""),
        ("Coca-Cola", "cocacola"),
        ("COCA  COLA", "cocacola"),
        ("L'Oréal", "loreal"),
        ("Nestle\u0301", "nestle"),
        ("ＡＣＭＥ", "acme"),
        ("Straße Ø Łódź", "strasseolodz"),
        ("Acme™ Globex®", "acmeglobex"),
        ("Canal+ a+b", "canal+ab"),
        ("İstanbul", "istanbul"),
    ],
)
def test_spellings_of_one_name_fold_to_one_key(text: str, key: str) -> None:
    assert fold_key(text) == key


def test_voiced_kana_stay_different_letters() -> None:
    assert fold_key("ガ") == fold_key("ｶﾞ") != fold_key("カ")


def test_words_keep_their_place_in_the_text() -> None:
    folded = fold(" Coca-Cóla, 7UP 华为")
    assert [(t.key, folded.text[t.start : t.end]) for t in folded.tokens] == [
        ("coca", "Coca"),
        ("cola", "Cóla"),
        ("7up", "7UP"),
        ("华", "华"),
        ("为", "为"),
    ]
    assert letter_weight("华为") == 4


def test_signs_are_letters_only_on_request_and_beside_letters() -> None:
    assert fold("V!SA! $5", symbols=True).key == "v!sa5"
    assert fold("V!SA!").key == "vsa"
    assert has_symbol_letters("|KEA")
    assert not has_symbol_letters("| KEA - 5$!")


@given(st.text(max_size=60))
def test_folding_any_text_maps_back_to_it(text: str) -> None:
    folded = fold(text)
    assert len(folded.key) == len(folded.sources)
    assert "".join(token.key for token in folded.tokens) == folded.key
    assert list(folded.sources) == sorted(folded.sources)
    for token in folded.tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert all(token.start <= folded.sources[i] < token.end for i in range(token.key_start, token.key_end))


@given(st.text(alphabet="abcdilmnorsuvwz01258", min_size=1, max_size=14))
def test_alignment_with_itself_is_free_and_skeletons_are_stable(key: str) -> None:
    assert align(key, key, key).cost == 0
    assert align(key, key, key).equal == len(key)
    assert char_skeleton(char_skeleton(key)) == char_skeleton(key)
    assert len(char_skeleton(key)) == len(key)


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        ("GL0BEX", "globex", "confusions"),
        ("MARL1N", "marlin", "confusions"),
        ("rnarlin", "marlin", "confusions"),
        ("corner", "comer", "confusions"),
        ("vvidget", "widget", "confusions"),
        ("CLUNE", "dune", "weak"),
        ("GLXBEX", "globex", "edits"),
    ],
)
def test_each_difference_is_known_for_what_it_is(raw: str, name: str, kind: str) -> None:
    found = align(raw.lower(), raw, name)
    assert getattr(found, kind) == 1
    assert found.confusions + found.weak + found.edits == 1


def test_confused_spellings_share_a_skeleton() -> None:
    assert skeleton("rnar1in") == skeleton("marlin")
    assert skeleton("g1obex") == skeleton("globex") != skeleton("glabex")


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("a b", "lower"), ("A1", "upper"), ("Ab Cd", "title"), ("aB", "mixed"), ("12", "none"), ("华", "none")],
)
def test_case_patterns(text: str, pattern: str) -> None:
    assert case_pattern(text) == pattern
