"""A part is computed once for its recipe, whoever asks again, and every run that could matter gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mpr_core.inference.in_process import InProcess
from mpr_core.runner.events import Event
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import ALL_SKIPPABLE_ON, Pipeline, airings, computed

Make = Callable[..., Pipeline]
CUT_2S = {"extract_frames": {"segment_s": 2}}
KNOBS: dict[str, dict[str, Any]] = {
    "extract_frames": {"jpeg_quality": 85},
    "filter_scenes": {"min_scene_s": 0.4},
    "field_segmentation": {"min_coverage_ratio": 0.25},
    "detect_edges": {"max_bands": 4},
    "detect_objects": {"box_score": 0.55},
    "preprocess": {"crops_per_track": 2},
    "run_ocr": {"min_score": 0.55},
    "match_brands": {"min_score": 85},
    "escalate_vlm": {"min_letters": 4},
    "escalate_cloud": {"min_letters": 5},
    "compile_report": {"gap_s": 1.5},
}


def after(name: str) -> set[str]:
    """A stage and every stage that rests on it."""
    found = {name}
    for stage in STAGES.values():
        if found & set(stage.needs):
            found.add(stage.name)
    return found


def test_a_second_run_computes_nothing_and_stands_at_the_same_nodes(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    first = one.run("match", CUT_2S)
    again = one.run("match", CUT_2S)
    assert set(computed(first)) == set(STAGE_NAMES)
    assert computed(again) == {}
    assert all(node.provenance.parts_reused == len(node.parts) for node in again.values())
    assert {n: node.id for n, node in again.items()} == {n: node.id for n, node in first.items()}


@pytest.fixture(scope="session")
def ran_once(models: InProcess, short_film: Path) -> tuple[Pipeline, dict[str, Any]]:
    one = Pipeline(None, models)
    one.ingest("match", [short_film], BRANDS)
    return one, one.run("match", CUT_2S | ALL_SKIPPABLE_ON)


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_a_changed_knob_recomputes_its_stage_and_those_after_it(
    name: str, ran_once: tuple[Pipeline, dict[str, Any]]
) -> None:
    one, before = ran_once
    base = CUT_2S | ALL_SKIPPABLE_ON
    found = one.run("match", base | {name: base.get(name, {}) | KNOBS[name]})
    expected = {stage: 1 if STAGES[stage].scope == "timeline" else 2 for stage in after(name)}
    assert computed(found) == expected
    moved = {stage for stage in STAGE_NAMES if found[stage].id != before[stage].id}
    assert moved == after(name)
    assert found[name].config_changes.items() >= KNOBS[name].items()


def test_appending_a_chunk_computes_only_that_chunk(pipeline: Make, short_film: Path, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    before = one.run("match", CUT_2S)
    one.ingest("match", [other_film], append=True)
    after_append = one.run("match", CUT_2S)
    segment_wise = [name for name in STAGE_NAMES if STAGES[name].scope == "segment"]
    assert computed(after_append) == dict.fromkeys(segment_wise, 2) | {"compile_report": 1}
    for name in segment_wise:
        assert after_append[name].parts[:2] == before[name].parts
    assert airings(one.report(after_append)).keys() == {"Vantelo", "Oltessa", "Tavikko"}


def test_two_timelines_share_the_parts_of_a_chunk_they_share(
    pipeline: Make, short_film: Path, other_film: Path
) -> None:
    one = pipeline()
    one.ingest("one", [short_film], BRANDS)
    one.run("one", CUT_2S)
    one.ingest("two", [other_film, short_film], BRANDS)
    second = one.run("two", CUT_2S)
    assert all(count == 2 for name, count in computed(second).items() if name != "compile_report")
    assert [airing.brand for airing in one.report(second).airings] == ["Tavikko", "Vantelo", "Oltessa"]
    assert airings(one.report(second))["Vantelo"][0][0] == pytest.approx(2.4)


def test_a_chunk_named_twice_is_computed_once_and_reported_twice(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("loop", [other_film, other_film], BRANDS)
    found = one.run("loop")
    assert all(count == 1 for count in computed(found).values())
    assert all(len(found[n].parts) == 2 for n in STAGE_NAMES if n != "compile_report")
    assert found["extract_frames"].provenance.parts_reused == 1
    (span,) = airings(one.report(found))["Tavikko"]
    assert span == pytest.approx((0, 4.8), abs=0.25)


def test_a_fresh_store_gets_the_same_bytes_under_the_same_names(
    pipeline: Make, short_film: Path, tmp_path: Path
) -> None:
    found: list[dict[str, bytes]] = []
    nodes = []
    for place in (None, tmp_path / "a", tmp_path / "b"):
        one = pipeline(place)
        one.ingest("match", [short_film], BRANDS)
        nodes.append(one.run("match", CUT_2S))
        keys = [key for prefix in ("parts", "frames") for key, _ in one.media_out.keys(prefix)]
        found.append({key: one.media_out.get(key) for key in keys})
    assert len(found[0]) > 60
    assert found[0] == found[1] == found[2]
    assert len({tuple(node.id for node in run.values()) for run in nodes}) == 1


def test_the_report_does_not_tell_two_homes_apart(pipeline: Make, short_film: Path, tmp_path: Path) -> None:
    one = pipeline(tmp_path / "a")
    one.ingest("match", [short_film], BRANDS)
    text = b"".join(one.report_files(one.run("match")).values())
    assert str(tmp_path).encode() not in text
    assert str(short_film.parent).encode() not in text


def test_events_tell_computed_reused_and_skipped_apart(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    told: list[Event] = []
    one.run("match", CUT_2S)
    one.run("match", CUT_2S | {"match_brands": {"min_score": 85}}, events=told.append)
    ends = {event.stage: event for event in told if event.kind == "stage_finished"}
    assert list(ends) == list(STAGE_NAMES)
    assert ends["run_ocr"].status == "cached"
    assert ends["match_brands"].status == "done"
    assert ends["escalate_vlm"].status == "skipped"
    assert [(ends[n].parts_computed, ends[n].parts_reused) for n in ("run_ocr", "match_brands")] == [(0, 2), (2, 0)]
    assert all(event.segments_done == event.segments_total for event in ends.values())
