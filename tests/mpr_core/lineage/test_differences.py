"""What sets one node apart from another, in a few words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.lineage.differences import config_differences, in_words, node_differences, stated_changes
from tests.mpr_core.lineage.made_up_tree import MadeUpTree


def brands(*names: str, aliases: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [{"canonical_name": name, "aliases": list(aliases), "exclude": []} for name in names]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {}, ""),
        ({"min_score": 80.0}, {"min_score": 88.0}, "min_score 80 -> 88"),
        ({"fps": "2/1"}, {"fps": "5/2"}, "fps 2 -> 5/2"),
        ({"enabled": True}, {"enabled": False}, "enabled true -> false"),
        ({"a": 1, "b": 1}, {"a": 2, "b": 2}, "a 1 -> 2, b 1 -> 2"),
        ({"gone": 1}, {"new": 2}, "new none -> 2, gone 1 -> none"),
        ({"weights": ""}, {"weights": "x" * 60}, f"weights '' -> {'x' * 37}..."),
        ({"brands": brands("A", "B")}, {"brands": brands("B", "C")}, "brands +C -A"),
        ({"brands": []}, {"brands": brands(*"ABCDE")}, "brands +A +B +C +2 more"),
        ({"brands": brands("A")}, {"brands": brands("A", aliases=("a",))}, "brands ~A"),
        ({"brands": brands("A", "B")}, {"brands": brands("B", "A")}, "brands, their order one -> another"),
    ],
)
def test_two_configs_differ_in_words(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert in_words(config_differences(before, after)) == words


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.integers())
)
configs = st.dictionaries(st.text(min_size=1, max_size=5), values, max_size=6)


@given(configs, configs)
def test_a_difference_is_found_exactly_where_there_is_one(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = {difference.field for difference in config_differences(before, after)}
    assert found == {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert all(difference.words for difference in config_differences(before, after))


def test_another_version_model_outcome_or_video_makes_another_node() -> None:
    tree, longer = MadeUpTree(), MadeUpTree(name="longer", digests=("a" * 64, "b" * 64))
    plain = tree.node("extract_frames")
    models = {"detector": "sha256 " + "1" * 64}
    other = plain.model_copy(update={"stage_version": "2", "models": models, "status": "skipped", "reason": "off"})
    words = in_words(node_differences(plain, other))
    assert words == "stage version 1 -> 2, model detector none -> sha256 11111111, outcome done -> skipped (off)"
    assert in_words(node_differences(plain, longer.node("extract_frames"))) == "chunks 1 -> 2"
    assert node_differences(plain, plain) == ()


def test_what_a_node_says_of_its_profile_names_new_values_only() -> None:
    tree = MadeUpTree()
    node = tree.node("match_brands", config={"min_score": 88.0, "brands": brands("A", "B")})
    assert in_words(stated_changes(node)) == "min_score = 88, brands = 2 entries"
