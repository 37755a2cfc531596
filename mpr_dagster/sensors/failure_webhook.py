"""The sensor `failure_webhook`: each run that fails is told to a URL, as JSON; a note that was not taken is told at a later tick.

Dagster's own run failure sensor goes on to the next run whether or not the last was told. This one's cursor moves when a note was taken.
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
import time
from collections.abc import Sequence

import dagster as dg

from mpr_dagster.control.ends import failure_in_words
from mpr_dagster.failure_note import FailureNote, WebhookUnavailable, post
from mpr_dagster.home import Home
from mpr_dagster.run_tags import PARTITION_TAG
from mpr_dagster.watch_runs import TIMELINE_TAG, step_errors
from mpr_dagster.wording import many

# Three tries of 3 s each; Dagster ends an evaluation after 60 s.
_MOST_NOTES = 5
_MOST_RECORDS = 100
# A webhook that is dead for longer is the business of whoever looks at the sensor's ticks.
KEPT_S = 24 * 3600
_MOST_CHARACTERS = 2000


def failure_webhook_sensor(home: Home) -> dg.SensorDefinition:
    """It runs where `MPR_FAILURE_WEBHOOK` is set."""
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name="failure_webhook",
        default_status=status.RUNNING if home.settings.failure_webhook else status.STOPPED,
        description="Posts each failed run to MPR_FAILURE_WEBHOOK as JSON (`mpr.failure/1`), again at later ticks if it was "
        "not taken, for a day.",
    )
    def failure_webhook(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        url = Home().settings.failure_webhook
        if url is None:
            return dg.SkipReason("MPR_FAILURE_WEBHOOK is not set")
        return tick(context, url.get_secret_value())

    return failure_webhook


def tick(context: dg.SensorEvaluationContext, url: str) -> dg.SensorResult:
    """Tell the failures behind the cursor, oldest first.

    Raises:
        ConfigError: the URL is none.
        WebhookUnavailable: not even the first was taken; the cursor stays.
    """
    cursor = context.cursor or ""
    if not cursor.isdecimal():  # new, or of Dagster's own sensor: what failed before is not told
        latest = _failures(context.instance, None)
        return _result("told from here on", latest[0].storage_id if latest else 0)
    at, told = int(cursor), 0
    for record in _failures(context.instance, at):
        run = context.instance.get_run_by_id(record.run_id)
        if run is not None and _is_of_daemon(context, run):
            if told == _MOST_NOTES:
                break
            if time.time() - record.timestamp > KEPT_S:
                context.log.warning(f"run {run.run_id[:8]} failed a day ago and could not be told")
            else:
                try:
                    post(url, note_of(context.instance, run, record))
                except WebhookUnavailable:
                    if not told:
                        raise
                    break
                told += 1
        at = record.storage_id
    return _result(f"told of {many(told, 'run')}", at)


def note_of(instance: dg.DagsterInstance, run: dg.DagsterRun, record: dg.EventLogRecord) -> FailureNote:
    """The run and what it failed of; no stack, no config."""
    event = record.event_log_entry.dagster_event
    errors = step_errors(instance, run.run_id)
    message = "" if errors else failure_in_words(instance, run)
    return FailureNote(
        run_id=run.run_id,
        job=run.job_name,
        timeline=run.tags.get(PARTITION_TAG) or run.tags.get(TIMELINE_TAG, ""),
        message=(message or (event.message if event is not None else "") or "")[:_MOST_CHARACTERS],
        errors=tuple(error.message.strip()[:_MOST_CHARACTERS] for error in errors),
    )


def _failures(instance: dg.DagsterInstance, after: int | None) -> Sequence[dg.EventLogRecord]:
    """Failures behind a place in the log, oldest first; of None the latest alone."""
    wanted = dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=after)
    limit = 1 if after is None else _MOST_RECORDS
    return instance.fetch_run_status_changes(wanted, limit=limit, ascending=after is not None).records


def _is_of_daemon(context: dg.SensorEvaluationContext, run: dg.DagsterRun) -> bool:
    """Whether the run came out of this code location's queue; one of `mpr run` has told its own terminal."""
    origin, here = run.remote_job_origin, context.code_location_origin
    there = None if origin is None else origin.repository_origin.code_location_origin.location_name
    return there == (None if here is None else here.location_name)


def _result(said: str, at: int) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=said, cursor=str(at))
