"""The jobs that tidy up say what would go, delete it when told, and leave what is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from mpr_core.lineage.catalog import Catalog
from mpr_dagster.control.tags import Answer, answer_tags
from mpr_dagster.definitions import all_definitions
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.retention import forget, old_runs
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.stage_job import QUIET


def run_job(mpr: CommandLine, name: str, op: str, **config: Any) -> list[str]:
    """What a job logs."""
    with mpr.inside(), open_instance(Home()) as instance:
        job = all_definitions(Home()).resolve_job_def(name)
        result = job.execute_in_process({"ops": {op: {"config": config}}, **QUIET}, instance=instance)
        records = instance.all_logs(result.run_id)
    return [record.user_message for record in records if not record.is_dagster_event]


def schedules(mpr: CommandLine, **environment: str) -> dict[str, tuple[str, Any]]:
    """Name -> status and run config."""
    with mpr.inside(**environment):
        found = all_definitions(Home()).get_repository_def().schedule_defs
        context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 1, 1, tzinfo=UTC))
        told = {}
        for schedule in found:
            (request,) = schedule.evaluate_tick(context).run_requests or []
            ((_, op),) = request.run_config["ops"].items()
            told[schedule.name] = (schedule.default_status.value, op["config"])
    return told


def old_run(mpr: CommandLine, tags: dict[str, str] | None = None, status: str = "SUCCESS") -> str:
    """A run with its events."""
    run = dg.DagsterRun(job_name="detect__generic", status=dg.DagsterRunStatus[status], tags=tags or {})
    with mpr.inside(), open_instance(Home()) as instance:
        instance.add_run(run)
        path = Home().events_path(run.run_id)
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    return run.run_id


def runs(mpr: CommandLine) -> set[str]:
    with mpr.inside(), open_instance(Home()) as instance:
        return {run.run_id for run in instance.get_runs()}


def forgotten(mpr: CommandLine, *, delete: bool) -> tuple[set[str], int]:
    """The runs that are old a day from now, and how many as old are needed."""
    with mpr.inside(), open_instance(Home()) as instance:
        found = old_runs(instance, Catalog(Home().media_out()), datetime.now(UTC) + timedelta(days=1))
        if delete:
            forget(Home(), instance, found.runs)
        return set(found.runs), found.needed


def test_schedules_wait_and_only_say_until_the_settings_tell_them_otherwise(empty: CommandLine) -> None:
    assert schedules(empty) == {
        "gc_schedule": ("STOPPED", {"delete": False, "older_than_hours": 24.0}),
        "retention_schedule": ("STOPPED", {"delete": False, "keep_days": 30.0}),
    }
    assert schedules(empty, MPR_TIDY_DELETE="1", MPR_TIDY_KEEP_DAYS="7", MPR_TIDY_GC_HOURS="1") == {
        "gc_schedule": ("RUNNING", {"delete": True, "older_than_hours": 1.0}),
        "retention_schedule": ("RUNNING", {"delete": True, "keep_days": 7.0}),
    }


def test_the_job_of_gc_does_what_the_command_does(copied: CommandLine) -> None:
    orphan = copied.home / "media-out" / "frames" / ("0" * 64) / "x" / "00000000.jpg"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x" * 10)
    config = {"older_than_hours": 0.0}
    assert run_job(copied, "gc", "collect_garbage", **config)[-1] == "1 object, 10 B would go"
    assert orphan.exists()
    assert run_job(copied, "gc", "collect_garbage", delete=True, **config)[-1] == "1 object, 10 B to go, 1 deleted"
    assert not orphan.exists()


@pytest.mark.parametrize(("name", "op"), [("gc", "collect_garbage"), ("retention", "forget_old_runs")])
def test_a_job_needs_no_word_in_the_launchpad_and_then_deletes_nothing(empty: CommandLine, name: str, op: str) -> None:
    (said,) = run_job(empty, name, op)
    assert " would " in said


def test_young_runs_stay(copied: CommandLine) -> None:
    before = runs(copied)
    told = run_job(copied, "retention", "forget_old_runs", delete=True, keep_days=1)
    assert told[-1] == "0 runs forgotten; 0 as old are needed"
    assert runs(copied) >= before


def test_of_old_runs_those_stay_that_a_head_came_from_or_that_may_go_on(copied: CommandLine) -> None:
    (of_heads,) = runs(copied)
    useless, going = old_run(copied), old_run(copied, status="STARTED")
    paused = old_run(copied, {"dagster/partition": TIMELINE}, "CANCELED")
    with copied.inside(), open_instance(Home()) as instance:
        instance.add_run_tags(paused, answer_tags(Answer(run=paused, state="paused", since=0.0)))
    assert forgotten(copied, delete=False) == ({useless}, 2)
    assert runs(copied) == {of_heads, useless, going, paused}
    assert forgotten(copied, delete=True) == ({useless}, 2)
    assert runs(copied) == {of_heads, going, paused}
    assert not (copied.home / "runs" / useless).exists()
    assert (copied.home / "runs" / of_heads / "events.jsonl").exists()
    assert copied.done("report", TIMELINE, "--json").json["airings"]


@pytest.mark.parametrize("place", ["heads/run_ocr.json", "timeline.json"])
def test_where_a_document_cannot_be_read_all_runs_of_its_timeline_stay(copied: CommandLine, place: str) -> None:
    (copied.home / "media-out" / "timelines" / TIMELINE / place).write_text("{")
    kept = old_run(copied, {"dagster/partition": TIMELINE})
    gone = old_run(copied, {"dagster/partition": "other"})
    found, needed = forgotten(copied, delete=True)
    assert (found, needed) == ({gone}, 2)
    assert kept in runs(copied)
