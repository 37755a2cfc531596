"""A failed run is told to the webhook, patiently, and the URL, which may hold a secret, is in no message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import dagster as dg
import pytest

from mpr_core.errors import ConfigError
from mpr_dagster.failure_note import FailureNote, WebhookUnavailable, post
from mpr_dagster.home import Home
from mpr_dagster.sensors import failure_webhook
from mpr_dagster.sensors.failure_webhook import failure_webhook_sensor
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


class Told:
    """The sensor of a home, tick after tick, begun before anything failed."""

    def __init__(self, mpr: CommandLine) -> None:
        self.watched, self._cursor = WatchedHome(mpr), None
        self.instance = self.watched.instance

    def tick(self, url: str) -> dg.SensorResult | dg.SkipReason:
        with self.watched.mpr.inside(MPR_FAILURE_WEBHOOK=url):
            context = dg.build_sensor_context(instance=self.instance, cursor=self._cursor)
            result = failure_webhook_sensor(Home())(context)
        if isinstance(result, dg.SensorResult):
            self._cursor = result.cursor
        return result

    def fail(self, why: str = "its process is gone") -> str:
        """A run that someone marks as failed; without a reason as the code server does, which tells it in an event before."""
        run = self.instance.add_run(dg.DagsterRun("detect__generic", status=dg.DagsterRunStatus.STARTED))
        if not why:
            self.instance.report_engine_event(
                "its process was terminated by signal 9 (SIGKILL). This usually means", run
            )
        self.instance.report_run_failed(run, why or None)
        return run.run_id


@pytest.fixture
def told(empty: CommandLine, hook: Webhook) -> Told:
    told = Told(empty)
    told.fail()
    told.tick(hook.url)
    return told


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_webhook, "post", partial(post, waits_s=NO_WAIT))


def failed_intake(home: WatchedHome) -> str:
    """An intake that fails on a timeline that cannot be read."""
    home.put("match/1.mp4", tiny_video(1))
    home.tick()
    (request,) = home.tick().run_requests or []
    folder = home.mpr.home / "media-out" / "timelines" / "match"
    folder.mkdir(parents=True)
    (folder / "timeline.json").write_text("{")
    return home.carry_out(request).run_id


def test_what_is_posted_names_the_run_and_why_it_failed(told: Told, hook: Webhook) -> None:
    run_id = failed_intake(told.watched)
    told.tick(hook.url)
    (note,) = hook.notes
    assert note["format"] == "mpr.failure/1"
    assert (note["run_id"], note["job"], note["timeline"]) == (run_id, "intake", "match")
    where = "timelines/match/timeline.json"
    assert note["errors"][0].startswith(f"mpr_core.errors.FormatMismatch: stored document is damaged: {where}\n")
    assert "Traceback" not in str(note)
    assert "take_in.py" not in str(note)


def test_of_a_run_whose_process_was_killed_it_is_posted_what_became_of_it(told: Told, hook: Webhook) -> None:
    run_id = told.fail("")
    told.tick(hook.url)
    (note,) = hook.notes
    assert note["run_id"] == run_id
    assert note["message"] == "its process was terminated by signal 9 (SIGKILL)"
    assert note["errors"] == []


def test_without_the_setting_nothing_is_posted(told: Told, hook: Webhook) -> None:
    told.fail()
    assert told.tick("") == dg.SkipReason("MPR_FAILURE_WEBHOOK is not set")
    assert hook.calls == 0


@pytest.mark.usefixtures("impatient")
def test_a_note_that_was_not_taken_is_told_at_a_later_tick_and_each_once(told: Told, hook: Webhook) -> None:
    failed = [told.fail() for _ in range(7)]
    hook.refusals = [500] * 3
    with pytest.raises(WebhookUnavailable, match="HTTP 500, 3 times"):
        told.tick(hook.url)
    assert hook.notes == []
    hook.refusals = []
    told.tick(hook.url)
    told.tick(hook.url)
    told.tick(hook.url)
    assert [note["run_id"] for note in hook.notes] == failed
    assert hook.notes[0]["message"].endswith("its process is gone")


@pytest.mark.usefixtures("impatient")
def test_a_webhook_that_stops_in_the_middle_is_told_the_rest_later(told: Told, hook: Webhook) -> None:
    failed = [told.fail() for _ in range(2)]
    hook.refusals = [200, 503, 503, 503]
    told.tick(hook.url)
    assert [note["run_id"] for note in hook.notes] == failed[:1]
    told.tick(hook.url)
    assert [note["run_id"] for note in hook.notes] == failed


def test_a_note_is_kept_for_a_day(told: Told, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    told.fail()
    monkeypatch.setattr(failure_webhook, "KEPT_S", -1)
    told.tick(hook.url)
    assert hook.calls == 0
    monkeypatch.undo()
    told.tick(hook.url)
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
