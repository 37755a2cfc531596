"""Boxes, crops, texts, decisions, scenes and frames of two nodes, on real runs over two chunks."""

from __future__ import annotations

import pytest

from mpr_core.compare.diff import diff_nodes
from mpr_core.compare.model import Diff, TableDiff
from mpr_core.compare.row_tables import READERS, Entry
from mpr_core.compare.rows_diff import diff_rows, match_entries, value_changes
from mpr_core.compare.summary import closing_line
from mpr_core.runner.branch import Branch
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_core.compare.conftest import Runs

EVERY_STAGE = [stage for stage in STAGE_NAMES if stage != "compile_report"]


def tables(diff: Diff) -> dict[str, TableDiff]:
    for table in diff.tables:
        assert (
            table.rows_a + table.rows_b == 2 * (table.same + table.changed) + table.lost + table.gained + table.pieces
        )
    return {table.table: table for table in diff.tables}


def test_every_stage_but_the_report_has_rows_to_compare() -> None:
    assert list(READERS) == EVERY_STAGE


@pytest.mark.parametrize("stage", EVERY_STAGE)
def test_a_branch_does_not_differ_from_itself(runs: Runs, stage: str) -> None:
    branch = Branch(runs.pipe.catalog, runs.base[stage])
    for table in diff_rows(branch, branch):
        assert (table.rows_a, table.rows_b, table.changed, table.gained, table.lost) == (
            table.same,
            table.same,
            0,
            0,
            0,
        )


@pytest.mark.parametrize(
    "stage", [stage for stage in EVERY_STAGE if stage != "preprocess"]
)  # a piece has crops of its own
def test_other_segments_change_no_row(runs: Runs, stage: str) -> None:
    found = tables(runs.diff(runs.again({"extract_frames": {"segment_s": 15}}), stage))
    for table in found.values():
        assert (table.gained, table.lost) == (0, 0), table
        assert table.rows_a or table.table in ("bands", "frames with a field", "questions", "decisions")


def test_boxes_that_a_limit_drops_are_lost_with_their_crops_and_texts(runs: Runs) -> None:
    high = runs.again({"detect_objects": {"min_height_px": 300}})
    boxes = tables(runs.diff(high, "detect_objects"))["boxes"]
    assert (boxes.rows_b, boxes.lost, boxes.gained) == (0, boxes.rows_a, 0)
    assert boxes.rows[0].what.startswith("text box of ")
    assert boxes.rows[0].quad_px is not None
    assert boxes.rows[-1].at_s > 4, "the second chunk's are told on the timeline's clock"
    crops, texts = (tables(runs.diff(high, stage)) for stage in ("preprocess", "run_ocr"))
    assert crops["crops"].lost == crops["crops"].rows_a > 0
    assert "'VANTELO'" in [row.what for row in texts["texts"].rows]
    gained = tables(runs.diff(high, "run_ocr", back=True))["texts"]
    assert (gained.gained, gained.lost) == (texts["texts"].lost, 0)


def test_decisions_are_told_by_brand(runs: Runs) -> None:
    without = runs.again({"match_brands": {"brands": [{"canonical_name": "Oltessa"}]}})
    found = tables(runs.diff(without, "match_brands"))["decisions"]
    assert {row.what.split(" from ")[0] for row in found.rows} == {"Vantelo", "Tavikko"}
    assert {row.kind for row in found.rows} == {"lost"}
    asked = tables(runs.diff(without, "escalate_vlm"))["questions"]
    assert asked.gained >= 2


def test_frames_of_another_rate_are_matched_by_their_instant(runs: Runs) -> None:
    coarse = runs.again({"extract_frames": {"fps": 1}})
    frames = tables(runs.diff(coarse, "extract_frames"))["frames"]
    assert (frames.same, frames.gained, frames.lost) == (frames.rows_b, 0, frames.rows_a - frames.rows_b)
    scenes = tables(runs.diff(coarse, "filter_scenes"))
    assert scenes["scene changes"].same == scenes["scene changes"].rows_a == scenes["scene changes"].rows_b == 1


def test_pictures_of_another_quality_are_other_pictures_of_the_same_frames(runs: Runs) -> None:
    frames = tables(runs.diff(runs.again({"extract_frames": {"jpeg_quality": 60}}), "extract_frames"))["frames"]
    assert (frames.changed, frames.gained, frames.lost) == (frames.rows_a, 0, 0)
    assert frames.rows[0].changes[0].field == "picture"


def test_a_filter_that_is_off_keeps_every_frame(runs: Runs) -> None:
    found = tables(runs.diff(runs.again({"filter_scenes": {"enabled": False}}), "filter_scenes"))
    assert found["scene changes"].lost == 1
    assert found["scene changes"].rows[0].at_s == pytest.approx(2.0)


def test_rows_beyond_the_limit_are_counted_and_not_listed(runs: Runs) -> None:
    high = runs.again({"detect_objects": {"min_height_px": 300}})
    a, b = (Branch(runs.pipe.catalog, nodes["detect_objects"]) for nodes in (runs.base, high))
    (table,) = diff_rows(a, b, most_rows=3)
    assert (len(table.rows), table.left_out) == (3, table.lost - 3)


def test_the_same_rows_under_other_nodes_do_not_differ(runs: Runs) -> None:
    other = runs.again({"detect_objects": {"track_gap_s": 2.0}})
    diff = runs.diff(other, "detect_objects")
    assert not diff.differs
    assert closing_line(diff).startswith("no difference: boxes: ")


def test_nodes_of_two_stages_are_no_match(runs: Runs) -> None:
    with pytest.raises(ValueError, match="no match"):
        diff_nodes(runs.pipe.catalog, runs.base["run_ocr"], runs.base["preprocess"])


def entry(x_px: float, what: str = "box", frames: int = 3, name: str = "", **values: object) -> Entry:
    seen = {500 * n: (x_px, 0.0, x_px + 100, 40.0) for n in range(frames)}
    return Entry(0.0, what, seen, values, name, tolerance={"score": 0.02})


def test_things_are_paired_by_place_and_kind() -> None:
    pairs, _ = match_entries([entry(0), entry(300), entry(600)], [entry(310), entry(5), entry(900)])
    assert pairs == {0: 1, 1: 0}
    assert match_entries([entry(0, name="text")], [entry(0, name="logo")])[0] == {}
    assert match_entries([], [entry(0)]) == ({}, set())


def test_two_decisions_of_one_track_are_paired_by_their_values() -> None:
    ours = [entry(0, brand="Vantelo"), entry(0, brand="Oltessa")]
    theirs = [entry(0, brand="Oltessa"), entry(0, brand="Vantelo")]
    assert match_entries(ours, theirs)[0] == {0: 1, 1: 0}


def test_a_score_within_its_tolerance_is_the_same() -> None:
    assert value_changes(entry(0, score=0.91), entry(0, score=0.93)) == ()
    assert [c.field for c in value_changes(entry(0, score=0.91), entry(0, score=0.94))] == ["score"]
