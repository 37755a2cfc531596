"""The registry's documents: the same again changes nothing, what was found is replaced, two writers lose nothing, gc leaves them."""

from __future__ import annotations

import json

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.registry.decide import accept, accept_listed, merge, reject
from mpr_core.brands.registry.entries import find_entry
from mpr_core.brands.registry.registry import BrandRegistry
from mpr_core.errors import FormatMismatch, InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.garbage_plan import plan_gc
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.brands.registry.registry_parts import AT, entries, found, name, timeline
from tests.mpr_core.lineage.made_up_tree import NOW, MadeUpTree


@pytest.fixture
def store() -> ObjectStore:
    return ObjectStore("memory://")


def stored(store: ObjectStore) -> dict[str, bytes]:
    return {key: store.get(key) for key, _ in store.keys(keys.BRANDS)}


def test_an_empty_store_has_an_empty_registry(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    assert (registry.found(), registry.decisions(), registry.found_in("match")) == ([], [], None)
    assert entries() == {}


def test_the_same_report_of_another_run_changes_no_byte(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    assert registry.propose(found("match", name("Tavikko")))
    before = stored(store)
    assert not registry.propose(found("match", name("Tavikko"), run_id="run-2"))
    assert stored(store) == before


def test_what_a_timeline_has_found_is_replaced_and_not_added(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    registry.propose(found("match", name("Tavikko", 2.0, 1), name("Oltessa")))
    registry.propose(found("match", name("TAVIKKO", 3.0, 2), report="r2"))
    registry.propose(found("final", name("Tavikko", 4.0, 5)))
    assert [document.timeline for document in registry.found()] == ["final", "match"]
    seen = entries(*registry.found())
    assert list(seen) == ["Tavikko"]
    assert (seen["Tavikko"].seconds, seen["Tavikko"].airings, seen["Tavikko"].state) == (7.0, 7, "proposed")


def test_a_rejected_name_is_not_proposed_again_by_a_later_report(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    registry.propose(found("match", name("Tavikko")))
    seen = entries(*registry.found())
    registry.decide(reject(list(seen.values()), seen["Tavikko"], AT))
    registry.propose(found("final", name("TAVIK-KO", 9.0), report="r2"))
    again = entries(*registry.found(), decisions=registry.decisions())
    assert {n: (e.state, e.seconds) for n, e in again.items()} == {"Tavikko": ("rejected", 11.0)}


def test_a_merged_name_counts_for_its_brand_and_an_alias_too(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    registry.propose(found("match", name("Tavikko", 5.0), name("TVK", 2.0), name("Tavi Co", 1.0)))
    seen = entries(*registry.found())
    registry.decide(accept(list(seen.values()), seen["Tavikko"], AT, aliases=["TAVI-CO"]))
    seen = entries(*registry.found(), decisions=registry.decisions())
    assert {n: e.seconds for n, e in seen.items()} == {"Tavikko": 6.0, "TVK": 2.0}
    registry.decide(merge(list(seen.values()), seen["TVK"], seen["Tavikko"], AT))
    seen = entries(*registry.found(), decisions=registry.decisions())
    assert {n: (e.state, e.seconds) for n, e in seen.items()} == {"Tavikko": ("accepted", 8.0), "TVK": ("merged", 0.0)}


def test_what_an_accepted_brand_was_matched_for_counts_and_other_brands_of_the_list_are_not_shown(
    store: ObjectStore,
) -> None:
    registry = BrandRegistry(store)
    registry.decide([accept_listed(None, Brand(canonical_name="Tavikko"), AT)])
    matched = name("Tavikko", 6.0, 2, crop="crops/1.jpg").model_copy(update={"sources": ()})
    registry.propose(found("match", shown=(matched, name("Globex", 50.0))))
    added = timeline("match", added=[Brand(canonical_name="Tavikko")])
    seen = entries(*registry.found(), decisions=registry.decisions(), timelines=[added])
    assert list(seen) == ["Tavikko"]
    entry = seen["Tavikko"]
    assert (entry.seconds, entry.airings, entry.sources, entry.acts_in) == (6.0, 2, ("manual",), ("match",))
    assert entry.evidence is not None
    assert entry.evidence.found.crop_key == "crops/1.jpg"


def test_an_unknown_name_is_answered_with_the_nearest_and_an_alias_with_its_brand(store: ObjectStore) -> None:
    seen = entries(found("match", name("Tavikko"), name("Oltessa")))
    assert find_entry(list(seen.values()), "TAVIK KO").name == "Tavikko"
    with pytest.raises(InputError) as unknown:
        find_entry(list(seen.values()), "Oltesa")
    assert unknown.value.why == "did you mean Oltessa?"
    made = accept(list(seen.values()), seen["Tavikko"], AT, aliases=["TVK"])
    decided = entries(found("match", name("Tavikko")), decisions=made)
    with pytest.raises(InputError, match="alias") as alias:
        find_entry(list(decided.values()), "tvk")
    assert alias.value.why == "it is an alias of Tavikko"
    with pytest.raises(InputError) as nothing:
        find_entry([], "Tavikko")
    assert nothing.value.why == "names here: none yet"


def test_a_document_of_another_format_is_refused_by_name(store: ObjectStore) -> None:
    registry = BrandRegistry(store)
    registry.propose(found("match", name("Tavikko")))
    key = keys.found_names("match")
    store.put(key, json.dumps(json.loads(store.get(key)) | {"format": "mpr.found-names/9"}).encode())
    with pytest.raises(FormatMismatch, match=r"brands/found/match\.json"):
        registry.found()


def test_gc_leaves_the_registry_alone() -> None:
    tree = MadeUpTree()
    store = tree.catalog.store
    BrandRegistry(store).propose(found("match", name("Tavikko")))
    BrandRegistry(store).decide([accept_listed(None, Brand(canonical_name="Tavikko"), AT)])
    plan = plan_gc(Catalog(store), made_before=NOW)
    doomed = [key for share in plan.timelines for key in share.heap.keys] + plan.orphans.keys
    assert not [key for key in doomed if key.startswith(f"{keys.BRANDS}/")]
