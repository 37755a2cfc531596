"""Answers where there is no knob to turn: detected, not on the list, nothing there, damaged, skipped, and at borders."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import InputError
from mpr_core.explain.explainer import Explainer
from mpr_core.explain.explanation import Explanation
from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.node import Node
from mpr_core.runner.branch import Branch
from tests.mpr_core.explain.asking import TIMELINE, ask, with_settings
from tests.mpr_core.explain.still_film import film_of, street
from tests.mpr_core.sign_film import Sign
from tests.mpr_core.whole_pipeline import Pipeline

BRANDS = [Brand(canonical_name="Vantelo", aliases=("Vantelo Air",)), Brand(canonical_name="Oltessa")]
PARTS = {"extract_frames": {"segment_s": 2}}
Ran = tuple[Pipeline, dict[str, Node]]


@pytest.fixture(scope="module")
def ran(models: InProcess, short_film: Path, other_film: Path) -> Ran:
    """Two chunks in segments of 2 s: Vantelo, Oltessa from 2 s, and from 4 s Tavikko, which is on no list."""
    pipe = Pipeline(None, models)
    pipe.ingest(TIMELINE, [short_film, other_film], BRANDS)
    nodes = pipe.run(TIMELINE, PARTS)
    for node in nodes.values():
        pipe.catalog.move_head(node, "first")
    return pipe, nodes


def stage_said(found: Explanation, stage: str) -> str:
    return " | ".join(step.said for step in found.steps if step.stage == stage)


def test_a_detected_brand_is_said_with_airing_decider_score_and_grounds(ran: Ran) -> None:
    found = ask(*ran, "Vantelo", 1.0)
    assert (found.detected, found.stopped_at, found.command, found.settings) == (True, None, "", ())
    assert "Vantelo was detected: airing vantelo-1" in found.verdict
    assert "decided by match_brands with score 100: 'VANTELO' is 'Vantelo'" in found.verdict
    assert [step.stage for step in found.steps][:2] == ["extract_frames", "filter_scenes"]
    assert found.steps[-1].outcome == "passed"


def test_a_brand_goes_by_its_alias_in_any_case(ran: Ran) -> None:
    assert ask(*ran, "VANTELO AIR", 1.0).brand == "Vantelo"


def test_every_answer_is_json_and_names_the_node_of_every_stage(ran: Ran) -> None:
    found = ask(*ran, "Oltessa", 1.0)
    document = json.loads(found.model_dump_json())
    assert document["format"] == "mpr.why/1"
    assert Explanation.model_validate(document) == found
    assert {step.node for step in found.steps} <= {node.id for node in ran[1].values()}


def test_what_is_not_there_is_not_made_out_of_what_is(ran: Ran) -> None:
    found = ask(*ran, "Oltessa", 1.0)
    assert (found.detected, found.stopped_at, found.settings) == (False, "detect_objects", ())
    assert "reads like Oltessa" in found.verdict
    assert "nearest: 00:02.000 to 00:04.000" in stage_said(found, "compile_report")


def test_a_place_without_anything_says_so(ran: Ran) -> None:
    found = ask(*ran, "Vantelo", 1.0, (200, 130, 300, 170))
    assert (found.detected, found.stopped_at) == (False, "detect_objects")
    assert "no box at 200,130,300,170" in found.verdict
    assert "elsewhere in the frame (airing vantelo-1)" in found.verdict


def test_another_text_at_the_place_is_named(ran: Ran) -> None:
    found = ask(*ran, "Oltessa", 1.0, (20, 40, 220, 110))
    assert (found.stopped_at, found.command) == ("match_brands", "")
    assert "reads 'VANTELO'" in found.verdict


def test_a_brand_on_no_list_is_tested_anyway(ran: Ran) -> None:
    pipe, nodes = ran
    found = ask(pipe, nodes, "Tavikko", 5.0)
    assert (found.listed, found.detected, found.stopped_at, found.tried) == (False, False, "match_brands", True)
    assert "Tavikko is not on the brand list; the nearest name on it is" in found.verdict
    assert "which would match with score 100" in found.verdict
    assert found.command == f"mpr replay {TIMELINE} --stage match_brands --brands FILE"


def test_a_brand_on_no_list_that_is_not_there_is_said_to_be_neither(ran: Ran) -> None:
    found = ask(*ran, "Brixomar", 5.0)
    assert (found.listed, found.tried) == (False, False)
    assert "is not on the brand list" in found.verdict


def test_seconds_of_a_later_chunk_and_segment_are_found_in_it(ran: Ran) -> None:
    for at_s, segment, frame_s in ((2.0, 1, 2.0), (3.9, 1, 3.5), (4.0, 2, 4.0), (6.3, 3, 6.0), (6.4, 3, 6.0)):
        facts = ask(*ran, "Tavikko", at_s).steps[0].facts
        assert (facts["segment"], facts["frame_t_s"]) == (segment, frame_s)


@pytest.mark.parametrize("at_s", [-0.1, 6.5, 1e9])
def test_a_second_outside_the_timeline_is_refused(ran: Ran, at_s: float) -> None:
    with pytest.raises(InputError, match="outside the timeline"):
        ask(*ran, "Vantelo", at_s)


def test_a_box_outside_the_frame_and_a_name_without_letters_are_refused(ran: Ran) -> None:
    with pytest.raises(InputError, match="outside the frame"):
        ask(*ran, "Vantelo", 1.0, (400, 10, 500, 30))
    with pytest.raises(InputError, match="not a brand's name"):
        ask(*ran, "?!", 1.0)


def test_skipped_stages_say_why(ran: Ran) -> None:
    found = ask(*ran, "Vantelo", 1.0)
    skipped = {step.stage: step.said for step in found.steps if step.outcome == "skipped"}
    assert set(skipped) == {"field_segmentation", "detect_edges", "escalate_vlm", "escalate_cloud"}
    assert skipped["escalate_vlm"].startswith(
        "no local VLM is configured: VLM_URL is not set; not asked: it was decided before"
    )


def test_a_branch_that_ends_early_is_asked_as_far_as_it_goes(ran: Ran) -> None:
    for tip in ("extract_frames", "filter_scenes", "detect_objects", "run_ocr", "match_brands"):
        found = ask(*ran, "Vantelo", 1.0, tip=tip)
        assert found.steps[-1].stage == tip
        assert not found.detected
    assert "not cut up to match_brands" in found.verdict


@pytest.mark.parametrize("tip", ["extract_frames", "filter_scenes", "detect_objects", "preprocess", "run_ocr"])
@pytest.mark.parametrize("brand", ["Vantelo", "Oltessa"])
def test_a_stage_that_the_branch_does_not_have_cuts_nothing(ran: Ran, tip: str, brand: str) -> None:
    found = ask(*ran, brand, 1.0, tip=tip)
    assert found.stopped_at is None or found.stopped_at in [step.stage for step in found.steps]
    if brand == "Vantelo":
        assert f"not cut up to {tip}, where this branch ends" in found.verdict


def test_many_questions_about_one_branch_read_each_segment_once(ran: Ran) -> None:
    pipe, nodes = ran
    explainer = Explainer(Branch(pipe.catalog, nodes["compile_report"]), pipe.models)
    answers = [explainer.explain("Vantelo", second / 4).detected for second in range(8)]
    assert answers == [True] * 8


def test_a_damaged_range_is_said_and_not_searched(ran: Ran) -> None:
    pipe, nodes = ran
    timeline = pipe.catalog.timeline(TIMELINE)
    last = timeline.chunks[-1]
    damage = {"damaged_from_s": Fraction(1), "damage_reason": "the file is cut short"}
    broken = last.model_copy(update={"probe": last.probe.model_copy(update=damage)})
    branch = Branch(pipe.catalog, nodes["compile_report"])
    branch.timeline = timeline.model_copy(update={"chunks": (*timeline.chunks[:-1], broken)})
    found = Explainer(branch, pipe.models).explain("Tavikko", 5.5)
    assert (found.stopped_at, found.steps[0].outcome, found.command) == ("extract_frames", "cut", "")
    assert "cannot be read from 00:05.000 on: the file is cut short" in found.verdict


def test_an_exclude_has_no_knob_and_is_named(pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    pipe = pipeline()
    film = film_of(tmp_path / "film.mp4", [(street(Sign("VANTELO JUICE", (20, 60), 22)), Fraction(2))])
    pipe.ingest(TIMELINE, [film], [Brand(canonical_name="Vantelo", exclude=("vantelo juice",))])
    found = ask(pipe, pipe.run(TIMELINE), "Vantelo", 1.0)
    assert (found.stopped_at, found.settings) == ("match_brands", ())
    assert "covered by the exclude 'vantelo juice'" in found.verdict
    assert found.remedy.startswith("Take that phrase out of the excludes of Vantelo")


def test_too_many_boxes_is_a_knob_too(pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    pipe = pipeline()
    signs = (Sign("VANTELO", (60, 40), 24), Sign("OLTESSA", (40, 110), 32))
    pipe.ingest(TIMELINE, [film_of(tmp_path / "film.mp4", [(street(*signs), Fraction(2))])], BRANDS)
    overrides = {"detect_objects": {"max_boxes": 1}}
    nodes = pipe.run(TIMELINE, overrides)
    answers = [ask(pipe, nodes, brand, 1.0) for brand in ("Vantelo", "Oltessa")]
    lost = next(found for found in answers if not found.detected)
    assert (lost.stopped_at, [s.knob for s in lost.settings]) == ("detect_objects", ["detect_objects.max_boxes"])
    cured = pipe.run(TIMELINE, with_settings(overrides, lost))
    assert ask(pipe, cured, lost.brand, 1.0).detected


def test_a_command_for_a_branch_beside_the_heads_starts_from_it(ran: Ran) -> None:
    pipe, _ = ran
    nodes = pipe.run(TIMELINE, PARTS | {"compile_report": {"min_airing_s": 5}})
    found = ask(pipe, nodes, "Vantelo", 1.0)
    tip = nodes["compile_report"].id
    assert (
        found.command
        == f"mpr replay {TIMELINE} --stage compile_report --from {tip} --set compile_report.min_airing_s=2"
    )
