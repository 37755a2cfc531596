"""Accepting, rejecting and merging, the contradictions that are refused, and where decisions act."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand, load_brand_file
from mpr_core.brands.registry.brand_files import accepted_brands, brand_file_text, write_brand_file
from mpr_core.brands.registry.decide import accept, accept_all, accept_listed, merge, reject
from mpr_core.brands.registry.entries import Entry
from mpr_core.brands.registry.placing import placed
from mpr_core.brands.registry.records import Decision
from mpr_core.errors import BrandListError, InputError
from tests.mpr_core.brands.registry.registry_parts import AT, LATER, entries, found, name, timeline

FOUND = found("match", name("TAVIKKO", 5.0), name("Tavikko Group", 2.0), name("Oltessa"))
GLOBEX = Brand(canonical_name="Globex")


def after(made: list[Decision], *more: Decision) -> dict[str, Entry]:
    return entries(FOUND, decisions=[*more, *made])


def brand_of(decisions: list[Decision], of: str) -> Brand:
    return next(decision.brand for decision in decisions if decision.name == of)


def test_an_accepted_name_keeps_who_proposed_it_and_may_be_spelt_otherwise() -> None:
    seen = entries(FOUND)
    made = accept(list(seen.values()), seen["TAVIKKO"], LATER, name="Tavikko", aliases=["TVK"])
    assert [d.brand for d in made] == [Brand(canonical_name="Tavikko", aliases=("TVK",))]
    assert [(c.state, c.source, c.run_id, c.at) for c in made[0].history] == [
        ("proposed", "ocr", "run-1", AT),
        ("accepted", "manual", "", LATER),
    ]
    again = after(made)
    assert accept(list(again.values()), again["Tavikko"], LATER) == made


def test_another_word_for_it_makes_what_was_read_an_alias() -> None:
    seen = entries(FOUND)
    made = accept(list(seen.values()), seen["Tavikko Group"], AT, name="Tavi")
    assert brand_of(made, "Tavi") == Brand(canonical_name="Tavi", aliases=("Tavikko Group",))
    assert [(d.name, d.state, d.into) for d in made] == [
        ("Tavi", "accepted", None),
        ("Tavikko Group", "merged", "Tavi"),
    ]


def test_a_merged_name_takes_its_aliases_along_and_leaves_when_it_is_decided_otherwise() -> None:
    seen = entries(FOUND)
    first = accept(list(seen.values()), seen["TAVIKKO"], AT)
    seen = after(first)
    group = accept(list(seen.values()), seen["Tavikko Group"], AT, aliases=["TG"])
    seen = after([*first, *group])
    merged = merge(list(seen.values()), seen["Tavikko Group"], seen["TAVIKKO"], AT)
    assert brand_of(merged, "TAVIKKO").aliases == ("TG", "Tavikko Group")
    seen = after(merged)
    rejected = reject(list(seen.values()), seen["Tavikko Group"], LATER)
    assert [(d.name, d.state) for d in rejected] == [("Tavikko Group", "rejected"), ("TAVIKKO", "accepted")]
    assert brand_of(rejected, "TAVIKKO").aliases == ("TG",)
    assert [c.state for c in rejected[0].history] == ["proposed", "accepted", "merged", "rejected"]


def test_a_name_goes_into_a_brand_of_a_list_which_the_registry_knows_from_then_on() -> None:
    seen = entries(FOUND)
    made = merge(list(seen.values()), seen["Oltessa"], GLOBEX, AT)
    assert brand_of(made, "Globex") == Brand(canonical_name="Globex", aliases=("Oltessa",))
    assert [d.sources for d in made] == [("manual",), ("ocr",)]


def test_what_contradicts_the_registry_is_refused_and_says_both() -> None:
    seen = entries(FOUND)
    made = accept(list(seen.values()), seen["TAVIKKO"], AT)
    seen = after(made)
    with pytest.raises(BrandListError, match="already 'TAVIKKO'"):
        accept(list(seen.values()), seen["Oltessa"], AT, aliases=["tavik-ko"])
    with pytest.raises(BrandListError, match="contradicts the brand registry"):
        accept_all(list(seen.values()), [Brand(canonical_name="Initech", aliases=("Tavikko",))], AT)
    with pytest.raises(BrandListError, match="not a brand name"):
        accept(list(seen.values()), seen["Oltessa"], AT, name="?!")


def test_merging_into_itself_or_into_what_is_not_accepted_is_refused() -> None:
    seen = entries(FOUND)
    with pytest.raises(InputError, match="into itself"):
        merge(list(seen.values()), seen["TAVIKKO"], Brand(canonical_name="Tavikko"), AT)
    with pytest.raises(InputError, match="not an accepted brand") as proposed:
        merge(list(seen.values()), seen["TAVIKKO"], seen["Oltessa"], AT)
    assert proposed.value.why == "it is proposed"


def test_an_accepted_brand_comes_to_the_timelines_named_and_stays_where_it_is() -> None:
    made = accept_listed(None, Brand(canonical_name="Tavikko", aliases=("TVK",)), AT)
    there = placed(timeline("match"), [made], (GLOBEX,), {"match"})
    assert there.brand_list((GLOBEX,)) == (GLOBEX, made.brand)
    assert placed(there, [made], (GLOBEX,), set()) == there
    assert placed(timeline("final"), [made], None, {"match"}) == timeline("final")
    renamed = accept_listed(None, Brand(canonical_name="TAVIKKO", aliases=("TVK", "Tavi")), AT)
    assert placed(there, [renamed], None, set()).added_brands == (renamed.brand,)


def test_a_list_that_has_the_brand_already_gets_its_new_aliases_alone() -> None:
    listed = timeline("match", [Brand(canonical_name="Tavikko", aliases=("TVK",))])
    known = accept_listed(None, Brand(canonical_name="TAVIKKO"), AT)
    assert placed(listed, [known], None, {"match"}) == listed
    more = accept_listed(None, Brand(canonical_name="TAVIKKO", aliases=("Tavi",)), AT)
    changed = placed(listed, [more], None, {"match"})
    assert changed.brand_list(None) == (Brand(canonical_name="Tavikko", aliases=("TVK", "Tavi")),)


def test_a_rejected_brand_leaves_and_a_name_of_another_brand_of_the_list_is_refused() -> None:
    accepted = accept_listed(None, Brand(canonical_name="Tavikko"), AT)
    there = placed(timeline("match"), [accepted], None, {"match"})
    seen = entries(decisions=[accepted])
    gone = reject(list(seen.values()), seen["Tavikko"], AT)
    assert placed(there, gone, None, {"match"}) == timeline("match")
    clash = accept_listed(None, Brand(canonical_name="Initech", aliases=("Globex",)), AT)
    with pytest.raises(BrandListError, match="Initech in timeline match") as refused:
        placed(timeline("match", [GLOBEX]), [clash], None, {"match"})
    assert "already 'Globex'" in refused.value.why


@pytest.mark.parametrize("file", ["brands.yaml", "brands.json"])
def test_what_is_exported_reads_back_as_the_same_brands(file: str, tmp_path: Path) -> None:
    brands = [
        Brand(canonical_name="Tavikko", aliases=("TVK: one",), exclude=("tavikko street",)),
        Brand(canonical_name="Ällo #2"),
    ]
    made = accept_all([], brands, AT)
    rejected = reject([], next(iter(entries(FOUND).values())), AT)
    path = tmp_path / file
    write_brand_file(accepted_brands([*made, *rejected]), path)
    assert load_brand_file(path) == (brands[1], brands[0])
    assert brand_file_text(accepted_brands(accept_all([], load_brand_file(path), LATER)), path) == path.read_text(
        "utf-8"
    )
    with pytest.raises(InputError, match="the file exists"):
        write_brand_file((), path)
    with pytest.raises(InputError, match="cannot be written"):
        write_brand_file((), tmp_path / "nowhere" / file)


def test_no_accepted_brand_is_an_empty_list(tmp_path: Path) -> None:
    write_brand_file((), tmp_path / "brands.yaml")
    assert load_brand_file(tmp_path / "brands.yaml") == ()
