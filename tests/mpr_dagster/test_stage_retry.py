"""A stage of a queued run is tried again after an outage of the store, and for no other reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.errors import StoreUnavailable
from tests.mpr_core.store.bad_proxy import Asked, Proxy, proxied
from tests.mpr_core.store.s3_wire import BUCKET, moto_wire
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.stage_job import StageJob

IMPATIENT = {"MPR_S3_PATIENCE_S": "0.5", "MPR_RETRY_WAIT_S": "0"}
UP_FOR_RETRY, FAILED = dg.DagsterEventType.STEP_UP_FOR_RETRY, dg.DagsterEventType.STEP_FAILURE
STAGES = ("extract_frames", "filter_scenes")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with moto_wire() as moto, proxied(moto) as proxy:
        yield proxy


@pytest.fixture
def job(proxy: Proxy, media: Path, tmp_path: Path) -> StageJob:
    """A home whose roots are in a bucket behind the proxy."""
    roots = {f"MPR_MEDIA_{way}": f"s3://{BUCKET}/{tmp_path.name}/{way.lower()}" for way in ("IN", "OUT")}
    mpr = CommandLine(tmp_path / "home", proxy.wire.environment() | roots | IMPATIENT)
    mpr.done("ingest", media / "film.mp4", "--timeline", TIMELINE)
    return StageJob(mpr)


def carry_out(job: StageJob, **tags: str) -> dg.ExecuteInProcessResult:
    named = {name.replace("_", "/", 1): value for name, value in tags.items()}
    return job.run(job="detect__generic", stages=STAGES, tags=named, raise_on_error=False)


def steps(result: dg.ExecuteInProcessResult, kind: dg.DagsterEventType) -> list[str | None]:
    return [event.step_key for event in result.all_events if event.event_type is kind]


def test_a_store_that_is_away_once_costs_one_more_try(job: StageJob, proxy: Proxy) -> None:
    tried: list[str] = []

    def away(asked: Asked) -> str | None:
        """The store fails whatever is written for a stage until that stage is tried a second time."""
        if asked.method != "PUT" or "/parts/filter_scenes/" not in asked.path:
            return None
        tried.append(asked.path)
        retried = job.instance.get_records_for_run(job.instance.get_runs()[0].run_id, of_type=UP_FOR_RETRY).records
        return None if retried else "503"

    proxy.plan = away
    result = carry_out(job)
    assert result.success
    assert tried
    assert steps(result, UP_FOR_RETRY) == ["filter_scenes"]
    assert job.head("filter_scenes").parts


def test_a_store_that_stays_away_ends_the_run_with_its_own_error_after_two_more_tries(
    job: StageJob, proxy: Proxy
) -> None:
    proxy.plan = lambda asked: "503" if "/parts/extract_frames/" in asked.path else None
    result = carry_out(job)
    assert steps(result, UP_FOR_RETRY) == ["extract_frames"] * 2
    (failure,) = [event for event in result.all_events if event.event_type is FAILED]
    error = failure.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    assert error.cause.cls_name == StoreUnavailable.__name__
    assert steps(carry_out(job, dagster_max_retries="0"), UP_FOR_RETRY) == []


def test_a_mistake_is_not_tried_again_however_often_it_may_be(job: StageJob) -> None:
    for key in job.catalog().store.keys("timelines"):
        if key[0].endswith("timeline.json"):
            job.catalog().store.put(key[0], b"{")
    result = carry_out(job, dagster_max_retries="5")
    assert steps(result, FAILED) == ["extract_frames"]
    assert steps(result, UP_FOR_RETRY) == []


def test_an_unknown_timeline_is_not_tried_again(job: StageJob) -> None:
    result = job.run(job="detect__generic", stages=STAGES, partition="elsewhere", raise_on_error=False)
    assert (steps(result, FAILED), steps(result, UP_FOR_RETRY)) == (["extract_frames"], [])


def test_an_outage_under_mpr_run_is_said_at_once(job: StageJob, proxy: Proxy) -> None:
    proxy.plan = lambda asked: "503" if "/parts/extract_frames/" in asked.path else None
    said = job.mpr("run", TIMELINE, "--stages", "extract_frames", MPR_RETRY_WAIT_S="1000")
    assert (said.code, len(said.err.splitlines())) == (1, 3), said.err
