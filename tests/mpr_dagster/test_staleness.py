"""What Dagster calls stale, by its own judgement, is what does not rest on the heads: after a changed knob, a replay, and going back."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.assets import ASSETS
from mpr_dagster.head_events import state_heads
from mpr_dagster.lineage import NODE_TAG
from mpr_dagster.run_tags import PIN_TAG, PROMOTE_TAG
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.stage_job import StageJob

AFTER_MATCHING = {"escalate_vlm", "escalate_cloud", "compile_report"}
STRICT = {"match_brands": {"min_score": 97}}


@pytest.fixture
def job(ingested_once: CommandLine, tmp_path: Path) -> StageJob:
    """A timeline that was run once on a new instance."""
    shutil.copytree(ingested_once.home, tmp_path / "home")
    made = StageJob(CommandLine(tmp_path / "home"))
    made.run()
    return made


def stale(job: StageJob) -> set[str]:
    graph = dg.Definitions(assets=ASSETS).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(job.instance, graph, LoadingContextForTest(job.instance))
    statuses = {stage: resolver.get_status(dg.AssetKey(stage), TIMELINE) for stage in STAGE_NAMES}
    assert StaleStatus.MISSING not in statuses.values()
    return {stage for stage, status in statuses.items() if status is StaleStatus.STALE}


def made_by(job: StageJob, run: dg.ExecuteInProcessResult, stage: str) -> str:
    return (job.materializations(run.run_id)[stage].tags or {})[NODE_TAG]


def latest(job: StageJob, stage: str) -> str:
    event = job.instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey(stage), asset_partitions=[TIMELINE]), limit=1
    ).records[0]
    assert event.asset_materialization is not None
    return (event.asset_materialization.tags or {})[NODE_TAG]


def test_after_a_run_nothing_is_stale(job: StageJob) -> None:
    assert stale(job) == set()


def test_a_stage_materialized_with_another_knob_makes_what_rests_on_it_stale_and_going_back_mends_it(
    job: StageJob,
) -> None:
    job.run(STRICT, stages=["match_brands"])
    assert stale(job) == AFTER_MATCHING
    job.run(stages=["match_brands"])
    assert stale(job) == set()


def test_a_replay_changes_nothing_that_dagster_calls_stale(job: StageJob) -> None:
    head = latest(job, "match_brands")
    pins = {PIN_TAG + "run_ocr": job.head("run_ocr").id}
    only = job.run(STRICT, stages=["match_brands"], tags=pins)
    whole = job.run(STRICT, stages=["match_brands", *AFTER_MATCHING], tags=pins)
    assert made_by(job, only, "match_brands") == made_by(job, whole, "match_brands") != head
    assert latest(job, "match_brands") == head == job.head("match_brands").id
    assert latest(job, "compile_report") == job.head("compile_report").id
    assert stale(job) == set()


def test_a_promoted_branch_is_fresh_with_all_it_rests_on(job: StageJob) -> None:
    pins = {PIN_TAG + "preprocess": job.head("preprocess").id}
    read = job.run({"run_ocr": {"min_score": 0.6}}, stages=["run_ocr"], tags=pins)
    tags = {PIN_TAG + "run_ocr": made_by(job, read, "run_ocr"), PROMOTE_TAG: "true"}
    promoted = job.run(STRICT, stages=["match_brands", *AFTER_MATCHING], tags=tags)
    assert latest(job, "run_ocr") == made_by(job, read, "run_ocr") == job.head("run_ocr").id
    assert latest(job, "compile_report") == made_by(job, promoted, "compile_report")
    assert stale(job) == set()


def test_heads_that_moved_outside_dagster_are_stated(job: StageJob) -> None:
    """As after `mpr promote`, or a replay that was killed before it could state them again."""
    first = job.head("match_brands")
    job.run(STRICT, stages=["match_brands"])
    assert stale(job) == AFTER_MATCHING
    job.catalog().move_head(first, "by hand")
    assert [node.id for node in state_heads(job.instance, job.catalog(), TIMELINE, "promoted")] == [first.id]
    assert stale(job) == set()
    assert state_heads(job.instance, job.catalog(), TIMELINE, "promoted") == []


def test_a_pin_to_a_label_is_what_is_loaded_and_the_run_says_it_is_a_replay(job: StageJob) -> None:
    pins = {PIN_TAG + "run_ocr": job.head("run_ocr").id, "mpr/label": "strict"}
    run = job.run(STRICT, stages=["match_brands", *AFTER_MATCHING], tags=pins)
    again = job.run(stages=["compile_report"], tags={PIN_TAG + "escalate_cloud": "strict"})
    assert made_by(job, again, "compile_report") == made_by(job, run, "compile_report")
    stored = job.instance.get_run_by_id(again.run_id)
    assert stored is not None
    assert stored.tags["mpr/run_type"] == "replay"


def test_a_label_tag_names_the_last_node_alone_and_takes_no_name_away(job: StageJob) -> None:
    job.run(STRICT, stages=["match_brands", *AFTER_MATCHING], tags={"mpr/label": "strict", "mpr/promote": "false"})
    first = job.catalog().labels(TIMELINE)
    assert [(label.name, label.stage) for label in first] == [("strict", "compile_report")]
    job.run({"match_brands": {"min_score": 98}}, stages=["match_brands"], tags={"mpr/label": "strict"})
    assert job.catalog().labels(TIMELINE) == first


def test_a_whole_job_with_a_pin_runs_only_what_comes_after_it(job: StageJob) -> None:
    pin = {PIN_TAG + "run_ocr": job.head("run_ocr").id}
    run = job.run(STRICT | {"detect_objects": {"box_score": 0.9}}, tags=pin)
    made = job.materializations(run.run_id)
    before = {stage: job.head(stage).id for stage in STAGE_NAMES}
    fixed = STAGE_NAMES[: STAGE_NAMES.index("match_brands")]
    assert {stage: (made[stage].tags or {})[NODE_TAG] for stage in fixed} == {stage: before[stage] for stage in fixed}
    assert made_by(job, run, "match_brands") != before["match_brands"]
    assert stale(job) == set()
