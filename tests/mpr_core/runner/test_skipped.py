"""A stage that does not run says so and passes its input on: 'did not run', 'found nothing' and 'failed' are three things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.errors import ConfigError, MediaRefused
from mpr_core.runner.events import Event
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import ALL_SKIPPABLE_ON, Pipeline, airings

Make = Callable[..., Pipeline]
SKIPPABLE = [name for name, stage in STAGES.items() if stage.skippable]


def test_the_stages_no_report_can_do_without_cannot_be_switched_off() -> None:
    assert set(STAGE_NAMES) - set(SKIPPABLE) == {
        "extract_frames",
        "detect_objects",
        "preprocess",
        "run_ocr",
        "compile_report",
    }


@pytest.mark.parametrize("name", SKIPPABLE)
def test_a_stage_that_is_switched_off_is_recorded_as_skipped_with_its_reason(
    name: str, pipeline: Make, short_film: Path
) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    told: list[Event] = []
    nodes = one.run("match", ALL_SKIPPABLE_ON | {name: {"enabled": False}}, events=told.append)
    node, part = nodes[name], one.part(nodes[name])
    assert (node.status, part.status) == ("skipped", "skipped")
    assert node.reason == part.reason == "switched off in the configuration"
    assert node.models == part.models == {}
    row = next(stage for stage in one.report(nodes).stages if stage.name == name)
    assert (row.status, row.reason) == ("skipped", node.reason)
    end = next(event for event in told if event.stage == name and event.kind == "stage_finished")
    assert (end.status, end.message) == ("skipped", node.reason)
    expected = set() if name == "match_brands" else {"Vantelo", "Oltessa"}
    assert set(airings(one.report(nodes))) == expected


def test_everything_that_may_be_switched_off_at_once_still_leaves_a_report(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    nodes = one.run("match", {name: {"enabled": False} for name in SKIPPABLE})
    report = one.report(nodes)
    assert {stage.name for stage in report.stages if stage.status == "skipped"} == set(SKIPPABLE)
    assert report.airings == ()
    assert {text.text for text in report.unlisted_texts} == {"VANTELO", "Oltessa"}
    assert one.payload(nodes["filter_scenes"]).counts()["kept_frames"] == 8, "every sampled frame passes"


def test_the_escalation_stages_count_what_they_would_have_asked(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS[:1])
    nodes = one.run("match")
    for name, reason in (("escalate_vlm", "no local VLM is configured"), ("escalate_cloud", "no cloud provider")):
        assert nodes[name].status == "skipped"
        assert reason in nodes[name].reason
        counts = dict(nodes[name].counts)
        would_cost_usd = counts.pop("would_cost_usd", 0.0)
        assert counts == {"asked": 0, "would_ask": 1, "decided": 0}
        assert (would_cost_usd > 0) == (name == "escalate_cloud")
        (question,) = one.rows(nodes[name], "questions")
        assert (question["text"], question["asked"]) == ("Oltessa", False)
        assert question["why"] == "legible text that is on no brand list"


def test_a_reason_given_by_the_machine_is_recorded_and_makes_other_parts(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    off = {"escalate_vlm": {"enabled": False}}
    by_profile = one.run("match", off)
    one.disabled_reasons = {"escalate_vlm": "SKIP_VLM is set"}
    by_machine = one.run("match", off)
    assert by_machine["escalate_vlm"].reason == "SKIP_VLM is set"
    assert by_machine["escalate_vlm"].id != by_profile["escalate_vlm"].id
    assert by_machine["match_brands"].id == by_profile["match_brands"].id


def test_finding_nothing_is_done_and_not_skipped(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS[2:3])
    nodes = one.run("match", ALL_SKIPPABLE_ON)
    assert (nodes["match_brands"].status, nodes["field_segmentation"].status) == ("done", "done")
    assert nodes["match_brands"].counts["decided_tracks"] == 0
    assert nodes["field_segmentation"].counts == {"frames_with_field": 0, "frames_without_field": 8}
    assert one.report(nodes).airings == ()
    assert [(brand.brand, brand.airings) for brand in one.report(nodes).brands] == [("Tavikko", 0)]


def test_a_failing_stage_is_an_event_and_leaves_no_node(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    timeline = one.ingest("match", [short_film], BRANDS)
    one.media_in.delete([timeline.chunks[0].key])
    told: list[Event] = []
    with pytest.raises(MediaRefused, match="a chunk is gone from media-in"):
        one.run("match", events=told.append)
    assert [(event.kind, event.status) for event in told if event.kind != "progress"] == [
        ("stage_started", "running"),
        ("stage_failed", "failed"),
    ]
    assert one.catalog.nodes("match") == []


def test_a_chunk_that_was_exchanged_after_ingest_is_refused(pipeline: Make, short_film: Path, other_film: Path) -> None:
    one = pipeline()
    timeline = one.ingest("match", [short_film], BRANDS)
    one.media_in.put_file(timeline.chunks[0].key, other_film)
    with pytest.raises(MediaRefused, match="not the file that was ingested"):
        one.run("match", stages=["extract_frames"])


def test_unusable_weights_stop_the_stage_before_it_computes(pipeline: Make, short_film: Path, tmp_path: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    with pytest.raises(ConfigError, match="cannot use these weights"):
        one.run("match", {"detect_objects": {"yolo_weights": str(tmp_path / "none.onnx")}})
    with pytest.raises(ConfigError, match=r"only \.onnx weights"):
        one.run("match", {"detect_objects": {"yolo_weights": str(short_film)}})
    assert {node.stage for node in one.catalog.nodes("match")} == set(STAGE_NAMES[:4])
