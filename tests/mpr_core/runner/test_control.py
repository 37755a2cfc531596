"""The gate: asked before each stage and each segment that is computed, and left by an exception that is no failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.errors import MprError, RunLeft, RunPaused, RunStopped
from mpr_core.runner.control import Border
from mpr_core.runner.events import Event
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.configs import ExtractFramesConfig
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]


@pytest.fixture
def one(pipeline: Make, short_film: Path) -> Pipeline:
    made = pipeline()
    made.ingest("match", [short_film], BRANDS)
    return made


def request_of(one: Pipeline) -> StageRequest:
    config = ExtractFramesConfig.model_validate({"segment_s": 2})
    return StageRequest(one.catalog.timeline("match"), "extract_frames", config, {}, "generic")


def test_the_gate_is_asked_before_the_stage_and_before_each_segment_that_is_computed(one: Pipeline) -> None:
    asked: list[Border] = []
    node = run_stage(request_of(one), one.services(), gate=asked.append)
    total = len(node.parts)
    assert total > 1
    assert asked == [Border("extract_frames"), *(Border("extract_frames", done, total) for done in range(total))]
    asked.clear()
    run_stage(request_of(one), one.services(), gate=asked.append)
    assert asked == [Border("extract_frames")], "also a stage whose parts are all there can be held before it begins"


@pytest.mark.parametrize("kind", [RunStopped, RunPaused])
def test_leaving_keeps_what_is_finished_and_is_no_failure(one: Pipeline, kind: type[RunLeft]) -> None:
    events: list[Event] = []

    def leave_after_one(border: Border) -> None:
        if border.segments_done == 1:
            raise kind("left", where=str(border))

    with pytest.raises(kind, match=r"in extract_frames, after 1 of \d segments"):
        run_stage(request_of(one), one.services(), events.append, leave_after_one)
    assert "stage_failed" not in {event.kind for event in events}
    assert one.catalog.head("match", "extract_frames") is None
    assert run_stage(request_of(one), one.services()).provenance.parts_reused == 1


def test_the_time_of_a_pause_is_no_part_of_a_stages_time(one: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.001
        return now

    def pause(border: Border) -> None:
        nonlocal now
        now += 3600 if border.segments_done else 0

    monkeypatch.setattr("time.monotonic", clock)
    events: list[Event] = []
    run_stage(request_of(one), one.services(), events.append, pause)
    assert events[-1].kind == "stage_finished"
    assert events[-1].elapsed_s < 60


def test_leaving_on_request_has_an_exit_code_of_its_own() -> None:
    codes = {MprError.exit_code, RunStopped.exit_code, RunPaused.exit_code}
    assert codes == {1, 3}


def test_a_border_in_words() -> None:
    assert str(Border("run_ocr")) == "before run_ocr"
    assert str(Border("run_ocr", 3, 12)) == "in run_ocr, after 3 of 12 segments"
    assert str(Border("escalate_cloud", 3, 12, "questions")) == "in escalate_cloud, after 3 of 12 questions"
