"""The sensor `failure_webhook`: each run that fails is told to a URL, as JSON."""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
import http.client
import time
import urllib.error
import urllib.request
from typing import Literal

import dagster as dg

from mpr_core.errors import ConfigError, MprError
from mpr_core.record import Record
from mpr_dagster.home import Home
from mpr_dagster.timelines_in_use import PARTITION_TAG
from mpr_dagster.watch_runs import TIMELINE_TAG, step_errors

# Dagster hands over up to five failures at once and ends an evaluation after 60 s.
_TIMEOUT_S = 3
_WAITS_S = (0.5, 1.5)
_MOST_CHARACTERS = 2000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is redirected would become a GET without the note, and count as told."""

    def redirect_request(self, *_: object) -> None:
        return None


class FailureNote(Record):
    """What is posted."""

    format: Literal["mpr.failure/1"] = "mpr.failure/1"
    run_id: str
    job: str
    timeline: str
    message: str
    errors: tuple[str, ...]


class WebhookUnavailable(MprError):
    """The webhook did not take the note."""

    transient = True


def failure_webhook_sensor(home: Home) -> dg.SensorDefinition:
    """It runs where `MPR_FAILURE_WEBHOOK` is set."""
    status = dg.DefaultSensorStatus
    return dg.run_failure_sensor(
        name="failure_webhook",
        default_status=status.RUNNING if home.settings.failure_webhook else status.STOPPED,
        description="Posts each failed run to MPR_FAILURE_WEBHOOK as JSON (`mpr.failure/1`).",
    )(_tell)


def _tell(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    url = Home().settings.failure_webhook
    if url is None:
        return dg.SkipReason("MPR_FAILURE_WEBHOOK is not set")
    post(url.get_secret_value(), note_of(context))
    return None


def note_of(context: dg.RunFailureSensorContext) -> FailureNote:
    """The run and what it failed of; no stack, no config."""
    run = context.dagster_run
    found = step_errors(context.instance, run.run_id)
    return FailureNote(
        run_id=run.run_id,
        job=run.job_name,
        timeline=run.tags.get(PARTITION_TAG) or run.tags.get(TIMELINE_TAG, ""),
        message=(context.failure_event.message or "")[:_MOST_CHARACTERS],
        errors=tuple(error.message.strip()[:_MOST_CHARACTERS] for error in found),
    )


def post(url: str, note: FailureNote, waits_s: tuple[float, ...] = _WAITS_S) -> None:
    """Send a note, three times at most.

    Raises:
        ConfigError: the URL is none.
        WebhookUnavailable: it was not taken. Neither names the URL, which may hold a secret.
    """
    why = ""
    for wait_s in (*waits_s, None):
        try:
            request = urllib.request.Request(
                url, note.model_dump_json().encode(), {"Content-Type": "application/json"}, method="POST"
            )
            if request.type not in ("http", "https"):
                raise ValueError
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S):
                return
        except (ValueError, http.client.InvalidURL):
            raise ConfigError(
                "not a webhook", where="MPR_FAILURE_WEBHOOK", why="no http or https URL", remedy="mend or unset it"
            ) from None
        except urllib.error.HTTPError as error:
            why = f"HTTP {error.code}"
        except (OSError, http.client.HTTPException) as error:
            why = type(getattr(error, "reason", error)).__name__
        if wait_s is not None:
            time.sleep(wait_s)
    raise WebhookUnavailable(
        "the failure of a run could not be told",
        where=f"run {note.run_id[:8]}",
        why=f"MPR_FAILURE_WEBHOOK: {why}, {len(waits_s) + 1} times",
        remedy="check the webhook",
    ) from None
