"""What a run reads from its tags, and what becomes of a request that is lost, copied or misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from mpr_core.errors import ConfigError, RunStopped
from mpr_core.runner.control import Border
from mpr_core.runner.events import Event
from mpr_dagster.control import requests
from mpr_dagster.control.gate import RunGate
from mpr_dagster.control.status import status_of
from mpr_dagster.control.tags import ANSWER_TAG, CONTROL_TAG, PAUSE_AFTER_TAG, STATE_TAG, control_of, request_tag
from mpr_dagster.home import Home
from mpr_dagster.settings import Settings

IN_STAGE = Border("run_ocr", 1, 4)
NEXT = Border("match_brands")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr("mpr_dagster.control.gate.READ_EVERY_S", 0.0)
    monkeypatch.setattr("mpr_dagster.control.gate.READ_EVERY_WHILE_HELD_S", 0.0)
    with dg.DagsterInstance.local_temp() as made:
        yield made


def started(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    return instance.add_run(
        dg.DagsterRun(job_name="detect__generic", status=dg.DagsterRunStatus.STARTED, tags=dict(tags))
    )


def again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def gate_of(instance: dg.DagsterInstance, run: dg.DagsterRun, events: list[Event] | None = None) -> RunGate:
    return RunGate(instance, run, "match", (events if events is not None else []).append, pause_limit_s=60)


class Asker:
    """Asks for one thing after the other, each time the held run looks again."""

    def __init__(self, instance: dg.DagsterInstance, run: dg.DagsterRun, *words: str) -> None:
        self._instance, self._run, self._words = instance, run, list(words)
        self.looks = 0

    def __call__(self, _seconds: float) -> None:
        self.looks += 1
        if self._words and (word := self._words.pop(0)):
            self._instance.add_run_tags(self._run.run_id, {CONTROL_TAG: request_tag(self._run, word)})  # type: ignore[arg-type]


def test_a_pause_that_is_withdrawn_and_asked_again_before_the_run_looks_is_a_pause(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(instance, **{CONTROL_TAG: "pause"})
    asker = Asker(instance, run, "", "pause", "pause", "run")
    monkeypatch.setattr("time.sleep", asker)
    events: list[Event] = []
    gate_of(instance, run, events)(IN_STAGE)
    assert asker.looks == 4
    assert [event.kind for event in events] == ["run_paused", "run_resumed"]
    assert (events[0].stage, events[0].segments_done, events[0].status) == ("run_ocr", 1, "paused")
    now = control_of(again(instance, run))
    assert (now.state, now.answered, now.word) == ("running", True, "run")


def test_one_step_lets_one_of_two_held_stages_through(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(instance, **{CONTROL_TAG: "pause"})
    monkeypatch.setattr("time.sleep", Asker(instance, run, "step"))
    gate_of(instance, run)(Border("filter_scenes"))
    asker = Asker(instance, run, "", "", "step")
    monkeypatch.setattr("time.sleep", asker)
    gate_of(instance, run)(Border("field_segmentation"))
    assert asker.looks == 3


def test_a_step_asked_for_in_the_last_segment_of_a_stage_ends_with_that_stage(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(instance)
    gate_of(instance, run)(IN_STAGE)
    monkeypatch.setattr(RunGate, "_any_stage_done", lambda _gate: True)
    instance.add_run_tags(run.run_id, {CONTROL_TAG: request_tag(run, "step")})
    asker = Asker(instance, run, "run")
    monkeypatch.setattr("time.sleep", asker)
    events: list[Event] = []
    gate_of(instance, run, events)(NEXT)
    assert [(event.kind, event.stage) for event in events] == [
        ("run_paused", "match_brands"),
        ("run_resumed", "match_brands"),
    ]


def test_a_run_that_goes_on_is_no_longer_where_it_was_held(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = started(instance, **{CONTROL_TAG: "pause"})
    home = Home(Settings(MPR_HOME=tmp_path))
    places = []

    def look(_seconds: float) -> None:
        places.append(status_of(home, instance, again(instance, run)).place)
        instance.add_run_tags(run.run_id, {CONTROL_TAG: request_tag(run, "run")})

    monkeypatch.setattr("time.sleep", look)
    gate_of(instance, run)(IN_STAGE)
    assert places == ["in run_ocr, after 1 of 4 segments"]
    going = status_of(home, instance, again(instance, run))
    assert (going.state, going.place) == ("running", "")


def test_an_answer_that_was_lost_is_given_again(instance: dg.DagsterInstance) -> None:
    run = started(instance, **{CONTROL_TAG: "run"})
    gate = gate_of(instance, run)
    gate(IN_STAGE)
    assert control_of(again(instance, run)).answered
    instance.add_run_tags(run.run_id, {ANSWER_TAG: "", STATE_TAG: ""})  # as by a writer who had read the tags before
    gate(IN_STAGE)
    assert control_of(again(instance, run)).answered


def test_a_request_that_was_lost_is_made_again(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    run = started(instance, **{CONTROL_TAG: "run"})
    looks = 0

    def lose_then_answer(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            instance.add_run_tags(run.run_id, {CONTROL_TAG: "run"})  # as by a writer who had read the tags before
        if looks == 3:
            gate_of(instance, run)(Border("run_ocr"))

    monkeypatch.setattr("time.sleep", lose_then_answer)
    asked = requests.step(instance, run.run_id)
    assert (asked.outcome, asked.control.word, looks) == ("answered", "step", 3)


def test_requests_and_answers_of_another_run_mean_nothing(instance: dg.DagsterInstance) -> None:
    """Dagster copies tags to a re-execution: a stopped run could never be run again from the UI."""
    stopped = started(instance, **{CONTROL_TAG: "stop"})
    instance.add_run_tags(stopped.run_id, {CONTROL_TAG: request_tag(stopped, "stop"), PAUSE_AFTER_TAG: "on 0000"})
    with pytest.raises(RunStopped):
        gate_of(instance, stopped)(IN_STAGE)
    copied = started(instance, **again(instance, stopped).tags)
    now = control_of(copied)
    assert (now.word, now.state, now.answer, now.pause_after) == (None, "running", None, False)
    gate_of(instance, copied)(NEXT)


def test_a_misspelt_request_is_refused(instance: dg.DagsterInstance) -> None:
    for tags in ({CONTROL_TAG: "halt"}, {PAUSE_AFTER_TAG: "perhaps"}):
        with pytest.raises(ConfigError, match="not a request: tag mpr/control"):
            gate_of(instance, started(instance, **tags))(NEXT)


@pytest.mark.parametrize("tags", [{CONTROL_TAG: "halt"}, {PAUSE_AFTER_TAG: "perhaps"}])
def test_a_run_with_a_misspelt_request_can_be_looked_at_and_stopped(
    instance: dg.DagsterInstance, tmp_path: Path, tags: dict[str, str]
) -> None:
    run = instance.add_run(dg.DagsterRun(job_name="detect__generic", tags=tags))
    assert status_of(Home(Settings(MPR_HOME=tmp_path)), instance, run).state == "queued"
    assert requests.stop(instance, run.run_id).outcome == "ended"
    assert again(instance, run).status is dg.DagsterRunStatus.CANCELED


def test_a_database_that_is_away_for_a_moment_ends_nothing(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(instance, **{CONTROL_TAG: "run"})
    gate = gate_of(instance, run)

    def away(*_given: object) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(instance, "get_run_by_id", away)
        broken.setattr(instance, "add_run_tags", away)
        gate(IN_STAGE)
    assert not control_of(again(instance, run)).answered
    gate(IN_STAGE)
    assert control_of(again(instance, run)).answered


def test_a_run_deleted_in_dagster_leaves(instance: dg.DagsterInstance) -> None:
    run = started(instance)
    gate = gate_of(instance, run)
    instance.delete_run(run.run_id)
    with pytest.raises(RunStopped, match="deleted in Dagster"):
        gate(IN_STAGE)


def test_between_segments_the_tags_are_read_once_a_second_at_most(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mpr_dagster.control.gate.READ_EVERY_S", 1000.0)
    run = started(instance)
    gate = gate_of(instance, run)
    gate(Border("run_ocr"))
    instance.add_run_tags(run.run_id, {CONTROL_TAG: "stop"})
    for done in range(4):
        gate(Border("run_ocr", done, 4))
    with pytest.raises(RunStopped):
        gate(NEXT)


def test_a_run_that_has_not_begun_is_stopped_at_once(instance: dg.DagsterInstance) -> None:
    run = instance.add_run(dg.DagsterRun(job_name="detect__generic"))
    asked = requests.stop(instance, run.run_id)
    assert (asked.outcome, asked.run.status) == ("ended", dg.DagsterRunStatus.CANCELED)


def test_a_paused_run_on_another_machine_that_does_not_answer_is_ended(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SILENT_AFTER_S", 0.5)
    instance.event_log_storage.set_concurrency_slots("gpu", 1)
    run = started(instance, **{CONTROL_TAG: "pause", "mpr/process": "another-machine:7"})
    with monkeypatch.context() as held:
        held.setattr("time.sleep", lambda _seconds: 1 / 0)  # it dies while it is held
        with pytest.raises(ZeroDivisionError):
            gate_of(instance, run)(IN_STAGE)
    instance.event_log_storage.claim_concurrency_slot("gpu", run.run_id, "run_ocr")
    asked = requests.resume(instance, run.run_id)
    assert (asked.outcome, asked.run.status) == ("ended", dg.DagsterRunStatus.CANCELED)
    assert instance.event_log_storage.get_concurrency_info("gpu").active_slot_count == 0
    with pytest.raises(RunStopped, match="marked as canceled"):  # should it live after all
        gate_of(instance, run)(IN_STAGE)
