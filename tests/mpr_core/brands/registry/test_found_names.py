"""What a report proposes: names that were seen long and well enough, noise not."""

from __future__ import annotations

import pytest

from mpr_core.brands.registry.found_names import ProposalRule, found_names
from mpr_core.report.sighting import NameSpan, TextSpan
from tests.mpr_core.brands.registry.registry_parts import report_of


def span(text: str, seconds: float = 2.0, score: float = 95.0) -> TextSpan:
    return TextSpan(text, seconds, 1.0, 9.0, score, f"crops/{text}.jpg", 3)


def names(*texts: TextSpan, **rule: float) -> list[str]:
    return [name.name for name in found_names(report_of(*texts), "node", "run", ProposalRule(**rule)).names]  # type: ignore[arg-type]


def test_a_report_without_texts_proposes_nothing() -> None:
    found = found_names(report_of(), "node", "run")
    assert (found.timeline, found.report, found.run_id, found.names, found.shown) == ("match", "node", "run", (), ())


def test_a_name_comes_with_its_seconds_airings_and_evidence_and_the_longest_first() -> None:
    found = found_names(report_of(span("Tavikko", 2.0), span("OLTESSA", 7.5)), "node", "run").names
    assert [name.name for name in found] == ["OLTESSA", "Tavikko"]
    first = found[0]
    assert (first.seconds, first.airings, first.first_s, first.last_s, first.score) == (7.5, 3, 1.0, 9.0, 95.0)
    assert (first.sources, first.crop_key) == (("ocr",), "crops/OLTESSA.jpg")


@pytest.mark.parametrize(
    ("noise", "why"),
    [
        (span("Tavikko", seconds=0.9), "too short on screen"),
        (span("Tavikko", score=84.0), "read badly"),
        (span("T4"), "hardly a letter"),
        (span("FINAL SCORE"), "everyday words"),
        (span("sale 2026"), "everyday words and a number"),
        (span("the Tavikko of our street today"), "a sentence"),
        (span("GLOBEX"), "on the list"),
        (span("x" * 121), "too long for a name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_noise_is_not_proposed(noise: TextSpan, why: str) -> None:
    assert names(noise, span("Oltessa")) == ["Oltessa"], why


def test_the_limits_can_be_set() -> None:
    assert names(span("Tavikko", 0.5, 70.0), min_seconds=0.5, min_score=70) == ["Tavikko"]


def test_what_models_answered_are_names_whatever_their_letters_if_they_were_sure() -> None:
    answers = [
        NameSpan("Apple", "local_vlm", 3.0, 0.0, 9.0, 0.9, crop_key="crops/a.jpg", airings=2),
        NameSpan("HP", "cloud_llm", 2.0, 0.0, 9.0, 0.6),
        NameSpan("Initech", "cloud_llm", 2.0, 0.0, 9.0, 0.5),
        NameSpan("Umbra", "cloud_llm", 0.5, 0.0, 9.0, 0.9),
        NameSpan("GLOBEX", "cloud_llm", 5.0, 0.0, 9.0, 0.9),
        NameSpan("?", "cloud_llm", 5.0, 0.0, 9.0, 0.9),
    ]
    found = found_names(report_of(names=answers), "node", "run").names
    assert [(name.name, name.sources, name.airings, name.score) for name in found] == [
        ("Apple", ("local_vlm",), 2, 90.0),
        ("HP", ("cloud_llm",), 1, 60.0),
    ]
    assert found[0].crop_key == "crops/a.jpg"


def test_a_name_that_was_read_and_answered_is_one_with_both_sources() -> None:
    answers = [NameSpan("Tavikko", "cloud_llm", 3.0, 0.0, 9.0, 0.8)]
    found = found_names(report_of(span("TAVIKKO", 2.0), names=answers), "node", "run").names
    assert [(n.name, n.sources, n.seconds) for n in found] == [("Tavikko", ("cloud_llm", "ocr"), 3.0)]
    assert found[0].crop_key == "crops/TAVIKKO.jpg"
