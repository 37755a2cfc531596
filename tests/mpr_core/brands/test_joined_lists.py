"""Brands put onto a list: aliases are lent, names keep their owner, and a later change of the list contradicts nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mpr_core.brands.brand_list import Brand, brand_conflicts
from mpr_core.brands.joined_lists import owner_of, with_added, with_all_names
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

GLOBEX = Brand(canonical_name="Globex", aliases=("Globex Corp",))
ACME = Brand(canonical_name="Acme")
PLAIN = Timeline(id="match", chunks=(made_up_chunk(Fraction(4)),))


def brand(name: str, *aliases: str, exclude: tuple[str, ...] = ()) -> Brand:
    return Brand(canonical_name=name, aliases=aliases, exclude=exclude)


@pytest.mark.parametrize(
    ("brands", "added", "joined"),
    [
        ((), (), ()),
        ((GLOBEX,), (ACME,), (GLOBEX, ACME)),
        ((GLOBEX,), (brand("GLOBEX", "Glob X", "globex corp"),), (brand("Globex", "Globex Corp", "Glob X"),)),
        (
            (GLOBEX,),
            (brand("Globex corp", "GC", exclude=("globex", "gc 7")),),
            (brand("Globex", "Globex Corp", "GC", exclude=("gc 7",)),),
        ),
        ((GLOBEX, ACME), (brand("Initech", "acme", "Init"),), (GLOBEX, ACME, brand("Initech", "Init"))),
        ((), (brand("Initech", "Init"), brand("Init", "Tech")), (brand("Initech", "Init", "Tech"),)),
    ],
)
def test_a_brand_is_added_once_and_no_name_changes_its_owner(
    brands: tuple[Brand, ...], added: tuple[Brand, ...], joined: tuple[Brand, ...]
) -> None:
    found = with_added(brands, added)
    assert found == joined
    assert brand_conflicts(found) == []
    assert with_added(found, added) == found


def test_what_contradicts_is_kept_for_judging() -> None:
    assert brand_conflicts(with_all_names((GLOBEX, ACME), brand("Initech", "ACME"))) != []
    assert owner_of((GLOBEX, ACME), "GLOBEX-CORP") == GLOBEX
    assert owner_of((GLOBEX,), "Acme") is None


def test_a_timeline_searches_for_its_list_or_the_profiles_and_for_what_was_added() -> None:
    assert PLAIN.brand_list(None) is None
    assert PLAIN.brand_list((GLOBEX,)) == (GLOBEX,)
    added = PLAIN.model_copy(update={"added_brands": (ACME,)})
    assert added.brand_list(None) == (ACME,)
    assert added.brand_list((GLOBEX,)) == (GLOBEX, ACME)
    assert added.model_copy(update={"brands": ()}).brand_list((GLOBEX,)) == (ACME,)


def test_a_timeline_written_before_there_were_added_brands_reads_as_one_without() -> None:
    document = PLAIN.model_dump(mode="json", exclude={"added_brands"})
    assert Timeline.model_validate(document) == PLAIN
