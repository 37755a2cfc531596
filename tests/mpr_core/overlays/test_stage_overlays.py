"""Each stage's overlay shows what the stage produced, and what it only considered."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from mpr_core.overlays import boxes, frames, readings, regions
from mpr_core.overlays.canvas import picture_size
from mpr_core.overlays.draw import Drawn, draw_view
from mpr_core.overlays.overlay import overlay
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Shot, Source
from mpr_core.overlays.stages import shown
from mpr_core.overlays.view import Mark, View
from mpr_core.runner.branch import Branch
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_core.overlays.conftest import BLACK_AT, SIGNS_AT, Ran

MATCH_AT = 1.0


def look(ran: Ran, stage: str, at_s: float) -> tuple[Source, Shot, View]:
    source = ran.source(stage)
    shot = source.shot_at(at_s)
    return source, shot, shown(source, shot, deep=True, services=ran.services)


def drawn(view: View) -> tuple[Drawn, np.ndarray]:
    """The view drawn, and how much each pixel differs from the bare picture."""
    size = picture_size(view.size_px)
    bare = draw_view(View(view.picture, view.size_px, ""), size, 1.0).picture
    with_marks = draw_view(view, size, 1.0)
    return with_marks, np.abs(with_marks.picture.astype(int) - bare.astype(int)).max(axis=2)


def of_colour(view: View, colour: Colour) -> Sequence[Mark]:
    return [mark for mark in view.marks if mark.colour is colour]


@pytest.mark.parametrize("stage", STAGE_NAMES)
@pytest.mark.parametrize("at_s", [MATCH_AT, SIGNS_AT, BLACK_AT])
def test_every_stage_gives_a_page_with_caption_and_labels_inside_on_any_kind_of_frame(
    ran: Ran, stage: str, at_s: float
) -> None:
    page = cv2.imdecode(np.frombuffer(overlay(ran.branch(), stage, at_s, ran.services), np.uint8), cv2.IMREAD_COLOR)
    assert 1280 <= page.shape[1] <= 1920
    assert page[:40, :600].min() < 80 < 240 < page[:40].max()  # ink on paper
    _, _, view = look(ran, stage, at_s)
    picture, difference = drawn(view)
    height, width = picture.picture.shape[:2]
    assert page.shape[0] > height + 60
    for x0, y0, x1, y1 in picture.labels:
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
    scale = width / view.size_px[0]
    for mark in view.marks:
        x, y = np.clip(
            np.round(mark.points_px.mean(axis=0) * 0 + mark.points_px[0] * scale), 0, [width - 1, height - 1]
        )
        around = difference[max(0, int(y) - 4) : int(y) + 5, max(0, int(x) - 4) : int(x) + 5]
        assert around.max() > 20, mark


def test_a_sampled_frame_stands_among_its_neighbours(ran: Ran) -> None:
    _, shot, view = look(ran, "extract_frames", MATCH_AT)
    assert view.marks == ()
    assert [tile.colour for tile in view.tiles].count(Colour.YELLOW) == 1
    assert len(view.tiles) > 1
    assert f"sampling number {shot.seq}" in view.facts[0]


def test_scenes_show_kept_frames_stand_ins_and_blanks(ran: Ran) -> None:
    _, _, kept = look(ran, "filter_scenes", MATCH_AT)
    assert kept.marks[0].colour is frames.KEPT
    assert kept.facts[0].startswith("scene 1 of ")
    _, _, repeated = look(ran, "filter_scenes", SIGNS_AT + 1)
    assert repeated.marks[0].colour is frames.STANDS_IN
    assert "stands for it" in repeated.facts[1]
    assert {tile.colour for tile in repeated.tiles} == {frames.KEPT, frames.STANDS_IN}
    _, _, black = look(ran, "filter_scenes", BLACK_AT)
    assert black.marks[0].colour is frames.BLANK


def test_the_field_is_tinted_and_outlined_and_its_absence_explained(ran: Ran) -> None:
    _, _, field = look(ran, "field_segmentation", MATCH_AT)
    assert field.headline.startswith("field ")
    assert [tint.colour for tint in field.tints] == [regions.FIELD]
    _, difference = drawn(field)
    assert (difference > 10).mean() > 0.2
    _, _, without = look(ran, "field_segmentation", SIGNS_AT)
    assert without.facts[0].startswith("no field: ")
    assert [tint.colour for tint in without.tints] == [regions.CONSIDERED]


def test_edges_show_canny_hough_and_the_bands_that_the_part_holds(ran: Ran) -> None:
    _, shot, view = look(ran, "detect_edges", MATCH_AT)
    stored = shot.at("detect_edges", "bands")
    assert stored
    assert len(of_colour(view, regions.BAND)) == len(stored)
    assert f"{stored[0]['score']:.2f}" in of_colour(view, regions.BAND)[0].label
    assert of_colour(view, regions.PIECE)
    assert of_colour(view, regions.LINE)
    assert view.tints[0].mask.any()
    _, _, without = look(ran, "detect_edges", SIGNS_AT)
    assert without.marks == ()
    assert any(fact.startswith("no field, so no bands") for fact in without.facts)


def test_detection_shows_kept_boxes_with_tracks_and_what_a_threshold_cut(ran: Ran) -> None:
    strict = {"detect_objects": {"box_score": 0.85, "min_height_px": 20, "max_boxes": 2}}
    nodes = ran.pipe.run("match", strict, stages=["detect_objects"], nodes=ran.nodes)
    source = Source(Branch(ran.pipe.catalog, nodes["detect_objects"]), "detect_objects")
    shot = source.shot_at(SIGNS_AT)
    view = shown(source, shot, deep=True, services=ran.services)
    kept = shot.at("detect_objects", "boxes")
    assert {mark.short for mark in of_colour(view, boxes.KEPT)} == {f"#{box['track']}" for box in kept}
    cut = [mark for mark in view.marks if mark.colour in boxes.CUT.values()]
    assert cut
    assert len(kept) + len(cut) >= len(ran.source("detect_objects").shot_at(SIGNS_AT).at("detect_objects", "boxes"))
    assert f"{len(cut)} candidate" in view.facts[1]
    assert "cut by" in " ".join(view.legend.values())


def test_crops_stand_beside_the_picture_with_their_tracks(ran: Ran) -> None:
    _, shot, view = look(ran, "preprocess", SIGNS_AT)
    chosen = {row["track"] for row in shot.at("preprocess", "crops")}
    assert chosen
    own = [tile for tile in view.tiles if tile.colour is boxes.CHOSEN]
    assert {tile.title.split(" ")[0] for tile in own} == {f"#{track}" for track in chosen}
    _, _, other = look(ran, "preprocess", SIGNS_AT + 1)
    assert {tile.title.split(" ")[0] for tile in other.tiles} == {mark.label for mark in other.marks}
    assert {mark.label for mark in of_colour(view, boxes.CHOSEN)} == {f"#{track}" for track in chosen}


def test_readings_carry_their_scores_and_say_whether_they_vote(ran: Ran) -> None:
    source = ran.source("run_ocr")
    index, _ = source.nearest(SIGNS_AT)
    line = next(row for row in source.tables(index).rows("run_ocr", "lines") if row["text"].upper() == "VANTELO")
    view = shown(source, source.shot(index, line["seq"]), deep=True)
    votes = [mark.label for mark in of_colour(view, readings.VOTES)]
    assert f"{line['text']} {line['score']:.2f}" in votes
    _, _, elsewhere = look(ran, "run_ocr", SIGNS_AT)
    assert {mark.label.split(" ")[0].upper() for mark in elsewhere.marks} == {"VANTELO", "OLTESSO", "ZÜRICH"}


def test_brands_are_named_and_near_misses_say_what_stood_against_them(ran: Ran) -> None:
    nodes = ran.pipe.run("match", {"match_brands": {"min_score": 99}}, stages=["match_brands"], nodes=ran.nodes)
    source = Source(Branch(ran.pipe.catalog, nodes["match_brands"]), "match_brands")
    view = shown(source, source.shot_at(SIGNS_AT), deep=True)
    assert "Vantelo 100" in [mark.label for mark in of_colour(view, readings.MATCHED)]
    near = [mark.label for mark in of_colour(view, readings.NEAR)]
    assert any("Oltessa" in label and "< 99" in label for label in near), near


def test_a_skipped_stage_says_why_and_what_it_would_have_asked(ran: Ran) -> None:
    source, shot, view = look(ran, "escalate_vlm", SIGNS_AT)
    asked = shot.tables.rows("escalate_vlm", "questions")
    here = {box["track"] for box in shot.at("detect_objects", "boxes")}
    would = [row for row in asked if row["track"] in here]
    assert would
    assert any("would be asked" in fact and f"{len(would)} would" in fact for fact in view.facts)
    assert len(view.tiles) == len(would)
    assert source.node.status == "skipped"


def test_the_report_shows_airings_with_their_span(ran: Ran) -> None:
    source, shot, view = look(ran, "compile_report", SIGNS_AT)
    names = {a.brand for a in source.report.airings if a.start_s <= shot.t_s < a.end_s}
    assert "Vantelo" in names
    assert {mark.short for mark in view.marks} == names
    assert all(":" in mark.label and "-" in mark.label for mark in view.marks)


@pytest.mark.parametrize("stage", ["detect_objects", "preprocess", "run_ocr", "match_brands", "escalate_cloud"])
def test_a_blank_frame_has_no_marks(ran: Ran, stage: str) -> None:
    _, shot, view = look(ran, stage, BLACK_AT)
    assert shot.shown_seq is None
    assert view.marks == ()


def test_a_frame_that_another_stands_for_shows_what_that_one_shows(ran: Ran) -> None:
    _, shot, view = look(ran, "match_brands", SIGNS_AT + 1)
    assert shot.shown_seq != shot.seq
    assert view.headline == look(ran, "match_brands", SIGNS_AT)[2].headline
