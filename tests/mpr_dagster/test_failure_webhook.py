"""A failed run is told to the webhook, patiently, and the URL, which may hold a secret, is in no message."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from mpr_core.errors import ConfigError
from mpr_dagster.home import Home
from mpr_dagster.sensors.failure_webhook import FailureNote, WebhookUnavailable, failure_webhook_sensor, post
from tests.mpr_core.intake.tiny_videos import tiny_video
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.watched_home import WatchedHome
from tests.mpr_dagster.webhook import SECRET, Webhook, serve_webhook

NOTE = FailureNote(run_id="5e1ec7ed", job="intake", timeline="match", message="failed", errors=())
NO_WAIT = (0.0, 0.0)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with serve_webhook() as served:
        yield served


def failed_run(home: WatchedHome) -> dg.RunFailureSensorContext:
    """An intake that fails on a timeline that cannot be read."""
    home.put("match/1.mp4", tiny_video(1))
    home.tick()
    (request,) = home.tick().run_requests or []
    folder = home.mpr.home / "media-out" / "timelines" / "match"
    folder.mkdir(parents=True)
    (folder / "timeline.json").write_text("{")
    result = home.carry_out(request)
    return dg.build_run_status_sensor_context(
        sensor_name="failure_webhook",
        dagster_event=result.get_run_failure_event(),
        dagster_instance=home.instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()


def test_what_is_posted_names_the_run_and_why_it_failed(empty: CommandLine, hook: Webhook) -> None:
    context = failed_run(WatchedHome(empty))
    with empty.inside(MPR_FAILURE_WEBHOOK=hook.url):
        failure_webhook_sensor(Home())(context)
    (note,) = hook.notes
    assert note["format"] == "mpr.failure/1"
    assert (note["run_id"], note["job"], note["timeline"]) == (context.dagster_run.run_id, "intake", "match")
    where = "timelines/match/timeline.json"
    assert note["errors"][0].startswith(f"mpr_core.errors.FormatMismatch: stored document is damaged: {where}\n")
    assert "Traceback" not in str(note)
    assert "take_in.py" not in str(note)


def test_without_the_setting_nothing_is_posted(empty: CommandLine, hook: Webhook) -> None:
    context = failed_run(WatchedHome(empty))
    with empty.inside():
        skipped = failure_webhook_sensor(Home())(context)
    assert skipped == dg.SkipReason("MPR_FAILURE_WEBHOOK is not set")
    assert hook.calls == 0


def test_a_webhook_that_refuses_is_asked_again(hook: Webhook) -> None:
    hook.refusals = [500, 429]
    post(hook.url, NOTE, NO_WAIT)
    assert (hook.calls, len(hook.notes)) == (3, 1)


@pytest.mark.parametrize("code", [500, 404, 302])
def test_a_webhook_that_goes_on_refusing_is_said_without_its_url(hook: Webhook, code: int) -> None:
    hook.refusals = [code] * 9
    with pytest.raises(WebhookUnavailable, match=f"HTTP {code}, 3 times") as refused:
        post(hook.url, NOTE, NO_WAIT)
    assert hook.calls == 3
    assert SECRET not in f"{refused.value} {refused.value.__cause__} {refused.value.__context__}"


@pytest.mark.parametrize("url", [f"http://127.0.0.1:1/{SECRET}", f"http://nosuch.invalid/{SECRET}"])
def test_a_webhook_that_is_not_there_is_said_without_its_url(url: str) -> None:
    with pytest.raises(WebhookUnavailable, match="MPR_FAILURE_WEBHOOK: ") as refused:
        post(url, NOTE, NO_WAIT)
    assert SECRET not in f"{refused.value} {refused.value.__cause__} {refused.value.__context__}"


@pytest.mark.parametrize(
    "url", ["no url " + SECRET, f"file:///etc/{SECRET}", f"http://host:{SECRET}/", f"http://a b/{SECRET}"]
)
def test_what_is_no_web_address_is_the_users_mistake_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="not a webhook") as refused:
        post(url, NOTE, NO_WAIT)
    assert SECRET not in str(refused.value)
