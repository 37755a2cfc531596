"""A stage runs on inputs that belong together and cover the timeline, or it says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.errors import InputError
from mpr_core.profiles.profile import effective_configs
from mpr_core.runner.events import Event
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]


def test_parents_that_rest_on_different_results_of_a_stage_are_refused(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    old = one.run("match")
    newer = one.run("match", {"filter_scenes": {"min_scene_s": 0.4}}, stages=["extract_frames", "filter_scenes"])
    mixed = old | {"filter_scenes": newer["filter_scenes"]}
    told: list[Event] = []
    with pytest.raises(InputError, match="inputs do not belong together: detect_objects") as refusal:
        one.run("match", stages=["detect_objects"], nodes=mixed, events=told.append)
    assert "different results of filter_scenes" in refusal.value.why
    assert "materialize the stages between filter_scenes and detect_objects again" in refusal.value.remedy
    assert [(event.kind, event.status) for event in told] == [("stage_failed", "failed")]
    assert "do not belong together" in told[0].message


def test_following_the_remedy_computes_what_the_change_touches_and_no_more(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    old = one.run("match")
    change = {"filter_scenes": {"min_scene_s": 0.4}}
    between = ["filter_scenes", "field_segmentation", "detect_edges", "detect_objects"]
    mended = one.run("match", change, stages=between, nodes=old)
    assert mended["extract_frames"] == old["extract_frames"]
    assert mended["detect_objects"].ancestors["filter_scenes"] == mended["filter_scenes"].id
    assert mended["detect_objects"].ancestors["extract_frames"] == old["extract_frames"].id


def test_a_stage_without_its_input_names_what_never_ran(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    first = one.run("match", stages=["extract_frames"])
    services = one.services()
    configs = effective_configs(one.library.load("generic"), BRANDS, {})
    timeline = one.catalog.timeline("match")
    request = StageRequest(timeline, "field_segmentation", configs["field_segmentation"], first, "generic")
    with pytest.raises(InputError, match="a stage has no input: field_segmentation") as refusal:
        run_stage(request, services)
    assert "filter_scenes never ran" in refusal.value.why


def test_a_stage_does_not_report_on_a_timeline_that_has_grown_since_its_parents_ran(
    pipeline: Make, short_film: Path, other_film: Path
) -> None:
    """What did not run must not look like what found nothing."""
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    old = one.run("match")
    one.ingest("match", [other_film], append=True)
    for stage in ("filter_scenes", "match_brands", "compile_report"):
        with pytest.raises(InputError, match=f"other source video than the timeline now has: {stage}") as refusal:
            one.run("match", stages=[stage], nodes=old)
        assert "run the whole job" in refusal.value.remedy
    assert set(one.run("match", stages=STAGE_NAMES)) == set(STAGE_NAMES)
