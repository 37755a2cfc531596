"""`mpr launch`: what it puts into the queue, and what it refuses before anything is there. test_queued_runs.py carries such runs out."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.test_retry import latest_run

BACKFILL_TAG = "dagster/backfill"


def runs(mpr: CommandLine) -> list[dg.DagsterRun]:
    with mpr.inside(), open_instance(Home()) as instance:
        return list(instance.get_runs())


def test_a_launched_run_waits_in_the_queue_with_its_profile_knobs_and_stages(copied: CommandLine) -> None:
    knob = ("--set", "match_brands.min_score=90", "--stages", "match_brands,escalate_vlm,escalate_cloud,compile_report")
    said = copied.done("launch", TIMELINE, *knob, "--no-promote")
    run = latest_run(copied)
    assert run.status is dg.DagsterRunStatus.QUEUED
    assert run.job_name == f"detect__{PROFILE}"
    assert run.asset_selection == {dg.AssetKey(stage) for stage in STAGE_NAMES[7:]}
    assert run.run_config["ops"]["match_brands"]["config"]["min_score"] == 90
    wanted = {"dagster/partition": TIMELINE, "mpr/profile": PROFILE, "mpr/run_type": "initial", "mpr/promote": "false"}
    assert wanted.items() <= run.tags.items()
    assert BACKFILL_TAG not in run.tags
    short = run.run_id[:8]
    assert said.out.splitlines() == [
        f"queued {run.run_id}: timeline {TIMELINE}, profile {PROFILE}",
        f"follow it: mpr events {short} --follow    where it is: mpr status {short}",
        "no daemon is alive: 1 run will wait until one is: make ui, or dagster-daemon run",
    ]
    assert copied.done("status", short, "--json").json["dagster_status"] == "QUEUED"


def test_several_timelines_are_one_backfill_and_each_profile_has_its_own(ingested: CommandLine, media: Path) -> None:
    for name, profile in (("second", PROFILE), ("third", "fast")):
        ingested.done("ingest", media / "other.mp4", "--timeline", name, "--profile", profile)
    said = ingested.done("launch", "--all", "--json").json
    assert [run["timeline"] for run in said["runs"]] == [TIMELINE, "second", "third"]
    assert said["daemon_lives"] is False
    (backfill,) = said["backfills"]
    found = {run.tags["dagster/partition"]: run for run in runs(ingested)}
    assert {name: run.tags.get(BACKFILL_TAG) for name, run in found.items()} == {
        TIMELINE: backfill,
        "second": backfill,
        "third": None,
    }
    assert found["third"].job_name == "detect__fast"
    with ingested.inside(), open_instance(Home()) as instance:
        recorded = instance.get_backfill(backfill)
        assert recorded is not None
        assert recorded.partition_names == [TIMELINE, "second"]
        assert set(instance.get_dynamic_partitions("timelines")) == {TIMELINE, "second", "third"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((TIMELINE, "nosuch"), "no such timeline: nosuch"),
        ((TIMELINE, "--set", "extract_frames.fps=0"), "the configuration is not valid"),
        ((TIMELINE, "--stages", "run_ocr"), "a stage has no input"),
        ((TIMELINE, "-w", "nowhere.yaml"), "cannot use a file: nowhere.yaml"),
    ],
)
def test_what_is_refused_leaves_nothing_in_the_queue(ingested: CommandLine, words: tuple[str, ...], said: str) -> None:
    refused = ingested("launch", *words)
    assert (refused.code, len(refused.err.splitlines())) == (2, 3), refused.err
    assert said in refused.err
    assert runs(ingested) == []


def test_a_cloud_model_without_a_price_is_refused_before_anything_is_computed(ingested: CommandLine) -> None:
    unpriced = ("--set", 'escalate_cloud.providers=[{"provider":"openai","model":"nosuch"}]')
    refused = ingested("run", TIMELINE, *unpriced, OPENAI_API_KEY="a-key")
    assert (refused.code, refused.err.splitlines()[0]) == (2, "mpr: a model without a price: openai: nosuch")
    assert runs(ingested) == []
    assert ingested("run", TIMELINE, *unpriced, OPENAI_API_KEY="a-key", MPR_PRICES="none.yaml").code == 2
    ingested.done("launch", TIMELINE, *unpriced)  # nobody is asked without a key


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("tests.mpr_dagster.empty_location", f"the profile has no job: {PROFILE}"),
        ("tests.mpr_dagster.no_such_module", "the code location does not load: mpr of "),
    ],
)
def test_a_code_location_that_cannot_run_it_is_told_at_once(
    ingested: CommandLine, tmp_path: Path, module: str, said: str
) -> None:
    other = tmp_path / "elsewhere.yaml"
    other.write_text(f"load_from:\n  - python_module: {{module_name: {module}, location_name: mpr}}\n")
    refused = ingested("launch", TIMELINE, "-w", other)
    assert (refused.code, len(refused.err.splitlines())) == (2, 3), refused.err
    assert said in refused.err
    assert runs(ingested) == []
