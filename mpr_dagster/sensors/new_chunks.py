"""The sensor `new_chunks`: one look at the watched bucket a tick; `mpr_core.intake.watch` decides, this only asks and launches."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import dagster as dg

from mpr_core.intake.intake_documents import IntakeDocuments
from mpr_core.intake.timeline_look import Work
from mpr_core.intake.watch import observe
from mpr_core.intake.watch_cursor import read_cursor
from mpr_core.lineage.catalog import Catalog
from mpr_dagster.home import Home
from mpr_dagster.intake_job import INTAKE_JOB, intake, intake_config
from mpr_dagster.partitions import register
from mpr_dagster.timeline_jobs import TimelineJobs
from mpr_dagster.watch_runs import REQUEST_TAG, TIMELINE_TAG, WatchRuns

_DESCRIPTION = """Takes new chunks of the watched folders (MPR_WATCH) into their timelines and has them computed.

A chunk counts once it was the same on two ticks, or its folder has a _DONE.
The cursor may be cleared at any time: nothing is lost or done twice."""


def new_chunks_sensor(home: Home, profile_jobs: Sequence[dg.UnresolvedAssetJobDefinition]) -> dg.SensorDefinition:
    """The sensor for the jobs that there are."""
    names = {job.name for job in profile_jobs}

    @dg.sensor(
        name="new_chunks",
        jobs=[intake, *profile_jobs],
        minimum_interval_seconds=home.settings.watch_every_s,
        default_status=dg.DefaultSensorStatus.RUNNING if home.settings.watch else dg.DefaultSensorStatus.STOPPED,
        description=_DESCRIPTION,
    )
    def new_chunks(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return tick(context, Home(), names)

    return new_chunks


def tick(context: dg.SensorEvaluationContext, home: Home, job_names: Collection[str]) -> dg.SensorResult:
    """One look. A store that does not answer raises, so that the cursor stays as it is."""
    cursor, problem = read_cursor(context.cursor)
    rules = home.settings.watch_rules()
    media_in, media_out = home.media_in(), home.media_out()
    jobs = TimelineJobs(Catalog(media_out), job_names)
    seen = observe(
        cursor,
        [stored for prefix in rules.prefixes for stored in media_in.objects(prefix)],
        IntakeDocuments(media_out),
        WatchRuns(context.instance, jobs),
        time.time(),
        rules,
    )
    for line in [*filter(None, [problem]), *seen.news]:
        context.log.warning(line)
    requests = [_run_request(context.instance, work, jobs) for work in seen.requests]
    return dg.SensorResult(
        run_requests=requests, skip_reason=None if requests else seen.summary, cursor=seen.cursor.text()
    )


def _run_request(instance: dg.DagsterInstance, work: Work, jobs: TimelineJobs) -> dg.RunRequest:
    tags = {REQUEST_TAG: work.id, TIMELINE_TAG: work.timeline}
    if work.kind == "intake":
        config = intake_config(work.timeline, [wanted.model_dump() for wanted in work.keys])
        return dg.RunRequest(work.run_key, config, tags, job_name=INTAKE_JOB)
    register(instance, work.timeline)
    job = jobs.of(work.timeline).name
    return dg.RunRequest(work.run_key, tags=tags, job_name=job, partition_key=work.timeline)
