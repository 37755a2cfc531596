"""The eleven assets: what a materialization records, where its inputs come from, and what is computed."""

from __future__ import annotations

import shutil
from typing import Any

import dagster as dg
import pytest

from mpr_core.errors import InputError, UnknownTimeline
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_dagster.lineage import NODE_TAG, PARENT_TAG, PIN_TAG, resolve_parent
from mpr_dagster.metadata import MAX_BYTES, stored_bytes
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import BRANDS, PROFILE, TIMELINE
from tests.mpr_dagster.stage_job import StageJob

DECIDING = ("match_brands", "escalate_vlm", "escalate_cloud", "compile_report")


@pytest.fixture(scope="module")
def job(ingested_once: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> StageJob:
    """A home of this module's own, on an instance that was never told of its timeline."""
    mpr = CommandLine(tmp_path_factory.mktemp("assets") / "home")
    shutil.copytree(ingested_once.home, mpr.home)
    return StageJob(mpr)


@pytest.fixture(scope="module")
def first(job: StageJob) -> str:
    """Id of a first run of everything, as the profile says."""
    return job.run().run_id


@pytest.fixture(scope="module")
def changed(job: StageJob, first: str) -> str:
    """Id of a second run, of the last four stages alone, with a changed knob."""
    return job.run({"match_brands": {"min_score": 90.0}}, stages=DECIDING).run_id


def shown(made: dg.AssetMaterialization) -> dict[str, Any]:
    return {name: entry.value for name, entry in made.metadata.items()}


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_materialization_names_its_node_its_parents_and_its_code(job: StageJob, first: str, stage: str) -> None:
    made = job.materializations(first)
    assert made[stage].partition == TIMELINE
    tags = made[stage].tags or {}
    node = job.catalog().node(TIMELINE, stage, tags[NODE_TAG])
    assert node is not None
    assert tags["dagster/data_version"] == node.id
    assert tags["dagster/code_version"] == STAGES[stage].version
    parents = {name.removeprefix(PARENT_TAG): value for name, value in tags.items() if name.startswith(PARENT_TAG)}
    assert parents == {need: (made[need].tags or {})[NODE_TAG] for need in STAGES[stage].needs} == node.parents


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_metadata_says_what_was_found_with_which_config_and_stays_small(job: StageJob, first: str, stage: str) -> None:
    made = job.materializations(first)[stage]
    metadata = shown(made)
    node = job.catalog().node(TIMELINE, stage, metadata["node"])
    assert node is not None
    assert metadata["status"] == node.status
    assert (metadata["profile"], metadata["changes_to_profile"]) == (PROFILE, "none")
    assert (metadata["parts_computed"], metadata["parts_reused"]) == (1 if stage == "compile_report" else 2, 0)
    assert set(metadata["config"]) == set(STAGES[stage].config.model_fields)
    assert {f"count_{name}" for name in node.counts} <= set(metadata)
    if node.status == "skipped":
        assert node.reason in metadata["found"]
    assert stored_bytes(made.metadata) <= MAX_BYTES


def test_the_report_shows_a_table_of_brands_and_a_sheet_of_crops(job: StageJob, first: str) -> None:
    metadata = shown(job.materializations(first)["compile_report"])
    assert metadata["found"] == "2 airings, 2 brands"
    rows = [record.data for record in job.materializations(first)["compile_report"].metadata["brands"].records]
    assert {row["brand"]: (row["airings"], row["seconds"], row["time, %"]) for row in rows} == {
        "Vantelo": (1, 2.0, 50.0),
        "Oltessa": (1, 2.0, 50.0),
    }
    assert metadata["evidence"].startswith("![best crops](data:image/jpeg;base64,")
    assert metadata["open"] == f"mpr report {TIMELINE} --node {metadata['node']} --open"
    assert shown(job.materializations(first)["match_brands"])["config"]["brands"] == list(BRANDS)


def test_a_partial_selection_takes_its_inputs_from_the_heads(job: StageJob, first: str, changed: str) -> None:
    before, after = job.materializations(first), job.materializations(changed)
    assert set(after) == set(DECIDING)
    tags = after["match_brands"].tags or {}
    for parent in ("detect_objects", "run_ocr"):
        assert tags[PARENT_TAG + parent] == (before[parent].tags or {})[NODE_TAG]
    assert tags[NODE_TAG] != (before["match_brands"].tags or {})[NODE_TAG]
    assert shown(after["match_brands"])["changes_to_profile"] == {"min_score": 90}
    assert shown(after["compile_report"])["changes_to_profile"] == "none"


def test_a_run_with_nothing_changed_computes_nothing_and_moves_the_heads_back(
    job: StageJob, first: str, changed: str
) -> None:
    again = job.materializations(job.run().run_id)
    assert set(again) == set(STAGE_NAMES)
    assert {shown(made)["parts_computed"] for made in again.values()} == {0}
    assert all(shown(made)["work"].startswith("nothing computed") for made in again.values())
    for stage, made in job.materializations(first).items():
        assert (again[stage].tags or {})[NODE_TAG] == (made.tags or {})[NODE_TAG] == job.head(stage).id


def test_inputs_are_pins_then_the_same_runs_nodes_then_the_heads(job: StageJob, first: str, changed: str) -> None:
    catalog = job.catalog()
    of_first = (job.materializations(first)["match_brands"].tags or {})[NODE_TAG]
    of_changed = (job.materializations(changed)["match_brands"].tags or {})[NODE_TAG]
    node = catalog.node(TIMELINE, "match_brands", of_first)
    assert node is not None
    catalog.move_head(node, first)

    def resolved(run_id: str, tags: dict[str, str], stage: str = "match_brands") -> str:
        run = dg.DagsterRun("detect", run_id=run_id, tags=tags)
        return resolve_parent(job.instance, run, catalog, TIMELINE, stage).id

    assert resolved("another run", {}) == of_first
    assert resolved(changed, {}) == of_changed
    assert resolved("another run", {"dagster/parent_run_id": changed}) == of_changed  # Dagster's own re-execution
    assert resolved(changed, {PIN_TAG + "match_brands": of_first}) == of_first
    with pytest.raises(InputError, match="no such node"):
        resolved(changed, {PIN_TAG + "match_brands": "0123456789abcdef"})
    with pytest.raises(InputError, match="does not rest on match_brands"):
        resolved(changed, {PIN_TAG + "match_brands": node.parents["run_ocr"]})
    with pytest.raises(InputError, match="a pin names no stage"):
        resolved(changed, {PIN_TAG + "match": of_first})


def test_one_pin_brings_all_that_its_node_rests_on(job: StageJob, first: str, changed: str) -> None:
    made = job.materializations(changed)
    pin = (made["escalate_cloud"].tags or {})[NODE_TAG]
    run = job.run(stages=["compile_report"], tags={PIN_TAG + "escalate_cloud": pin})
    tags = job.materializations(run.run_id)["compile_report"].tags or {}
    assert tags[PARENT_TAG + "match_brands"] == (made["match_brands"].tags or {})[NODE_TAG]
    assert tags[NODE_TAG] == (made["compile_report"].tags or {})[NODE_TAG]


def test_a_pinned_input_is_the_one_that_is_loaded_and_recorded(job: StageJob, first: str, changed: str) -> None:
    pin = (job.materializations(changed)["match_brands"].tags or {})[NODE_TAG]
    run = job.run(stages=["escalate_vlm"], tags={PIN_TAG + "match_brands": pin})
    made = job.materializations(run.run_id)["escalate_vlm"]
    assert (made.tags or {})[PARENT_TAG + "match_brands"] == pin
    assert shown(made)["parts_computed"] == 0


def test_a_replay_job_computes_its_stage_with_the_changed_knob_and_what_follows(
    job: StageJob, first: str, changed: str
) -> None:
    run = job.run({"match_brands": {"min_score": 90.0}}, job="replay__match_brands", stages=None)
    made = job.materializations(run.run_id)
    assert set(made) == set(DECIDING)
    nodes = {stage: (one.tags or {})[NODE_TAG] for stage, one in made.items()}
    assert nodes == {stage: (one.tags or {})[NODE_TAG] for stage, one in job.materializations(changed).items()}


def test_a_job_that_lost_its_tags_still_runs_its_own_profile(job: StageJob, first: str) -> None:
    """`dagster job launch` drops the tags of a job's definition."""
    run = job.run(job="detect__fast", stages=["extract_frames"])
    assert shown(job.materializations(run.run_id)["extract_frames"])["profile"] == "fast"
    plain = job.run(job="detect__fast", stages=["extract_frames"], tags={"mpr/profile": "generic"})
    assert shown(job.materializations(plain.run_id)["extract_frames"])["profile"] == "generic"


def test_switches_of_the_environment_are_the_reason_that_is_recorded(job: StageJob, first: str) -> None:
    run = job.run(environment={"SKIP_VLM": "1"})
    metadata = shown(job.materializations(run.run_id)["escalate_vlm"])
    assert (metadata["status"], metadata["found"]) == ("skipped", "SKIP_VLM is set")


def test_an_unknown_timeline_fails_before_anything_is_computed(job: StageJob) -> None:
    for stages in (STAGE_NAMES, ["match_brands"]):
        with pytest.raises(UnknownTimeline, match="no such timeline: elsewhere") as refusal:
            job.run(partition="elsewhere", stages=stages)
        assert refusal.value.remedy == "mpr ingest VIDEO --timeline elsewhere"
    assert not (job.mpr.home / "media-out" / "timelines" / "elsewhere").exists()


def test_a_timeline_this_instance_was_not_told_of_becomes_a_partition(job: StageJob, first: str) -> None:
    """As after a change of DAGSTER_HOME; a launched run is not checked, and would fail only when its result is stored."""
    other = StageJob(job.mpr)
    run = other.run(partition=None, stages=["extract_frames"], tags={"dagster/partition": TIMELINE})
    assert set(other.materializations(run.run_id)) == {"extract_frames"}
    assert other.instance.get_dynamic_partitions("timelines") == [TIMELINE]


def test_a_run_without_a_partition_says_how_to_choose_one(job: StageJob) -> None:
    with pytest.raises(InputError, match="no timeline was chosen") as refusal:
        job.run(partition=None, stages=["extract_frames"])
    assert "--partition ID" in refusal.value.remedy
