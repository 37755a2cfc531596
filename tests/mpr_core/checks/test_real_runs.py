"""Checks over real runs: a good film complains of nothing but what nobody was asked, a bad one of what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mpr_core.checks.registry import CHECKS, check_node
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import ALL_SKIPPABLE_ON, Overrides, Pipeline

Make = Callable[..., Pipeline]
CUT_2S = {"extract_frames": {"segment_s": 2}}


def complaints(one: Pipeline, overrides: Overrides = CUT_2S) -> dict[str, str]:
    """`stage.check` -> what it says, for every check that does not pass."""
    nodes = one.run("match", overrides)
    found = {stage: check_node(one.catalog, node) for stage, node in nodes.items()}
    assert {stage: len(findings) for stage, findings in found.items()} == {s: len(c) for s, c in CHECKS.items()}
    return {f"{s}.{f.name}": f.said for s, findings in found.items() for f in findings if not f.passed}


def test_a_good_film_leaves_nothing_to_complain_of(pipeline: Make, film: Path) -> None:
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    assert complaints(one) == {}


def test_without_a_list_that_is_said_and_how_much_was_left_unasked(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film])
    assert complaints(one) == {
        "match_brands.brand_list_given": "0 brands on the list",
        "escalate_vlm.questions_asked": "2 tracks left unasked: no local VLM is configured: VLM_URL is not set",
        "escalate_cloud.questions_asked": "2 tracks left unasked: no cloud provider is configured: none has a key",
    }


def test_a_film_of_no_sport_has_no_field(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    assert complaints(one, CUT_2S | ALL_SKIPPABLE_ON) == {
        "field_segmentation.field_found": "a field in 0 of 8 frames (0%)"
    }


def test_a_blank_film_shows_nothing(pipeline: Make, tmp_path: Path) -> None:
    plain = [np.full((180, 320, 3), 90, np.uint8)] * 50
    film = make_clip(tmp_path / "blank.mp4", frames=50, size_px=(320, 180), pictures=plain)
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    found = complaints(one)
    assert found["filter_scenes.frames_kept"] == "0 of 4 frames kept (0%), 4 blank (100%)"
    assert found["detect_objects.boxes_found"] == "0 boxes on 0 tracks"


def test_a_file_that_is_cut_short_is_named_first_and_last(pipeline: Make, tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", frames=60).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    one = pipeline()
    one.ingest("match", [cut], BRANDS)
    found = complaints(one)
    for stage in ("extract_frames", "compile_report"):
        assert found[f"{stage}.source_whole"].startswith("1 chunk not used to the end: cut.mkv from 00:01.320 on (")


def test_a_source_whose_timestamps_jump_has_a_gap(pipeline: Make, tmp_path: Path) -> None:
    """Five seconds without a frame, as when a recorder lost its signal."""
    stamps = [number if number < 25 else number + 125 for number in range(50)]
    film = make_clip(tmp_path / "gap.mkv", frames=50, pts=stamps)
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    said = complaints(one)["extract_frames.no_sampling_gaps"]
    assert said.startswith("the source has no new picture for up to 4.5 s (9 instants); in the segments from 00:00.000")
