"""A head is stale exactly when a plain run would give something else, and says why."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.lineage.staleness import stale_reasons
from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.lineage.made_up_tree import MadeUpTree, plain_configs
from tests.mpr_core.made_up_chunk import made_up_chunk


@pytest.fixture
def tree() -> MadeUpTree:
    made = MadeUpTree()
    made.head(made.line("compile_report"))
    return made


def test_the_heads_of_a_plain_run_are_not_stale(tree: MadeUpTree) -> None:
    assert stale_reasons(tree.timeline, tree.heads(), plain_configs()) == {}


def test_a_timeline_that_never_ran_has_nothing_stale() -> None:
    made = MadeUpTree()
    assert stale_reasons(made.timeline, made.heads(), plain_configs()) == {}


def test_another_brand_list_makes_matching_and_later_stale(tree: MadeUpTree) -> None:
    found = stale_reasons(tree.timeline, tree.heads(), plain_configs((Brand(canonical_name="Globex"),)))
    assert list(found) == ["match_brands", "escalate_vlm", "escalate_cloud", "compile_report"]
    assert found["match_brands"] == ("profile generic now says brands +Globex",)
    assert found["compile_report"] == ("rests on match_brands, which is stale",)


def test_a_head_that_rests_on_another_node_than_the_head_is_stale(tree: MadeUpTree) -> None:
    heads = tree.heads()
    preprocess, old = heads["preprocess"], heads["run_ocr"]
    assert preprocess is not None
    assert old is not None
    other = tree.node("run_ocr", preprocess, {"min_score": 0.6})
    tree.catalog.move_head(other, "r")
    found = stale_reasons(tree.timeline, tree.heads(), plain_configs())
    assert found["run_ocr"] == ("profile generic now says min_score 0.6 -> 0.5",)
    assert found["match_brands"] == (f"rests on run_ocr {old.id[:8]}, but the head is {other.id[:8]}",)
    assert "preprocess" not in found


def test_changed_source_video_makes_all_stale(tree: MadeUpTree) -> None:
    chunks = (*tree.timeline.chunks, made_up_chunk(Fraction(2), digest="b" * 64))
    found = stale_reasons(Timeline(id="match", chunks=chunks), tree.heads(), plain_configs())
    assert tuple(found) == STAGE_NAMES
    assert found["extract_frames"] == ("the timeline's chunks changed",)


def test_another_profile_version_or_a_switch_in_the_environment_is_said(tree: MadeUpTree) -> None:
    heads = tree.heads()
    ocr, vlm = heads["run_ocr"], heads["escalate_vlm"]
    assert ocr is not None
    assert vlm is not None
    old = heads | {"run_ocr": ocr.model_copy(update={"stage_version": "0"})}
    assert stale_reasons(tree.timeline, old, plain_configs())["run_ocr"] == ("stage version 0, now 1",)
    timeline = tree.timeline.model_copy(update={"profile": "fast"})
    assert stale_reasons(timeline, heads, plain_configs()) == {
        "compile_report": ("made with profile generic, the timeline's is fast",)
    }
    off = {"escalate_vlm": "SKIP_VLM is set"}
    assert stale_reasons(tree.timeline, heads, plain_configs(), off)["escalate_vlm"] == (
        "is switched off now: SKIP_VLM is set",
    )
    skipped = heads | {"escalate_vlm": vlm.model_copy(update={"status": "skipped", "reason": "SKIP_VLM is set"})}
    assert stale_reasons(tree.timeline, skipped, plain_configs(), off) == {}
