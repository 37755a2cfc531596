"""Asset checks on a real instance: recorded per timeline as warnings, never a failure, whatever is selected or broken."""

from __future__ import annotations

import shutil
import warnings
from typing import Any

import dagster as dg
import pytest

from mpr_core.checks import registry
from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.registry import CHECKS
from mpr_core.errors import PartMissing
from mpr_core.runner.events import read_events
from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.assets import ASSETS
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.partitions import TIMELINES
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.stage_job import StageJob


@pytest.fixture(scope="module")
def job(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> StageJob:
    """A home of this module's own in which everything is computed, on an instance that has seen nothing."""
    mpr = CommandLine(tmp_path_factory.mktemp("checks") / "home")
    shutil.copytree(ran.home, mpr.home)
    return StageJob(mpr)


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """`stage.check` -> what was recorded."""
    return {f"{e.asset_key.path[-1]}.{e.check_name}": e for e in result.get_asset_check_evaluations()}


def no_list() -> dict[str, dict[str, Any]]:
    return {"match_brands": {"brands": []}}


def test_assets_declare_their_checks_per_timeline_and_loading_them_warns_of_nothing() -> None:
    declared = {spec.asset_key.path[-1]: [] for asset in ASSETS for spec in asset.check_specs}
    for asset in ASSETS:
        for spec in asset.check_specs:
            declared[spec.asset_key.path[-1]].append((spec.name, spec.description))
            assert spec.partitions_def == TIMELINES
            assert not spec.blocking
    assert declared == {stage: [(c.name, c.asks) for c in checks] for stage, checks in CHECKS.items()}
    from mpr_dagster.stage_checks import check_specs

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(check_specs("match_brands")) == 3


def test_a_run_records_every_check_of_its_stages_and_what_is_amiss_as_a_warning(job: StageJob) -> None:
    result = job.run(no_list())
    assert result.success
    found = evaluations(result)
    assert set(found) == {f"{stage}.{check.name}" for stage in STAGE_NAMES for check in CHECKS[stage]}
    assert {e.severity for e in found.values()} == {dg.AssetCheckSeverity.WARN}
    assert {e.partition for e in found.values()} == {TIMELINE}
    assert {name for name, e in found.items() if not e.passed} == {
        "match_brands.brand_list_given",
        "escalate_vlm.questions_asked",
        "escalate_cloud.questions_asked",
    }
    amiss = found["escalate_vlm.questions_asked"]
    assert amiss.description == "2 tracks left unasked: no local VLM is configured: VLM_URL is not set"
    made = job.materializations(result.run_id)["escalate_vlm"]
    assert amiss.metadata["node"].value == (made.tags or {})["mpr/node"]
    assert amiss.metadata["would_ask"].value == 2
    judged = amiss.target_materialization_data
    assert judged is not None
    assert judged.run_id == result.run_id
    failures = job.instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    assert failures == []


def test_a_selection_of_stages_records_their_checks_alone(job: StageJob) -> None:
    found = evaluations(job.run(stages=("match_brands", "escalate_vlm", "escalate_cloud", "compile_report")))
    assert {name.split(".")[0] for name in found} == {
        "match_brands",
        "escalate_vlm",
        "escalate_cloud",
        "compile_report",
    }
    assert all(e.passed for e in found.values())


@pytest.mark.parametrize("error", [PartMissing("gone", where="here"), KeyError("max_boxes"), ValueError("odd")])
def test_a_check_that_cannot_be_made_warns_and_the_stage_stands(
    job: StageJob, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_subject: object) -> Verdict:
        raise error

    monkeypatch.setitem(registry.CHECKS, "run_ocr", (Check("texts_legible", "It breaks.", broken),))
    result = job.run(stages=("run_ocr",))
    assert result.success
    (found,) = evaluations(result).values()
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (found.description or "").startswith("cannot be checked: ")
    assert "gone" in (found.description or "") or not isinstance(error, PartMissing)


def test_mpr_run_shows_what_is_amiss_and_its_events_have_it(copied: CommandLine) -> None:
    out = copied.done("run", TIMELINE, "--set", "match_brands.brands=[]").out
    said = "match_brands: warning: brand_list_given: 0 brands on the list"
    assert [line for line in out.splitlines() if "warning" in line] == [said], "skipped stages say why they were"
    run = max((copied.home / "runs").iterdir(), key=lambda path: path.stat().st_mtime)
    logged = [event for event in read_events(run / "events.jsonl")[0] if event.kind == "log"]
    assert [(event.stage, event.level, event.message) for event in logged] == [
        ("match_brands", "warning", "brand_list_given: 0 brands on the list")
    ]


def test_the_checks_of_two_timelines_are_kept_apart(copied: CommandLine, media: Any) -> None:
    """What the UI's page of a check asks for: the latest evaluation of one timeline."""
    copied.done("ingest", media / "other.mp4", "--timeline", "other", "--brands", media / "brands.json")
    copied.done("run", TIMELINE, "--set", "match_brands.brands=[]")
    copied.done("run", "other")
    key = dg.AssetCheckKey(dg.AssetKey("match_brands"), "brand_list_given")
    with copied.inside(), open_instance(Home()) as instance:
        records = instance.event_log_storage.get_asset_check_execution_history(check_key=key, limit=10)
        outcomes = {
            record.partition: record.event.dagster_event.asset_check_evaluation_data.passed  # type: ignore[union-attr]
            for record in reversed(records)
        }
    assert outcomes == {TIMELINE: False, "other": True}
