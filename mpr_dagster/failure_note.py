"""What is said of a failed run to a webhook, and saying it: patiently, and without showing the URL, which may hold a secret."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import Literal

from mpr_core.errors import ConfigError, MprError
from mpr_core.record import Record

_TIMEOUT_S = 3
_WAITS_S = (0.5, 1.5)


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
