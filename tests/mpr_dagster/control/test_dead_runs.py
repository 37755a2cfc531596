"""Runs that were killed are ended by whoever looks next, and no other runs are."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import dagster as dg

from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.control.ends import failure_in_words
from mpr_dagster.control.process import PROCESS_TAG, Process, process_of, process_tags
from mpr_dagster.sensors.dead_runs import dead_runs_sensor


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    """A run that was started and did not end, by whoever the tags name."""
    run = dg.DagsterRun(job_name="detect__generic", status=dg.DagsterRunStatus.STARTED, tags=tags)
    return instance.add_run(run).run_id


def dead_process() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_whose_process_was_killed_is_marked_as_failed_and_no_other() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"})
        alive = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"})
        elsewhere = started(instance, {PROCESS_TAG: f"another-machine:{dead_process()}"})
        copied = started(instance, process_tags("the-run-it-was-copied-from", dead_process()))
        launched = started(instance, {})
        assert close_dead_runs(instance) == [killed]
        states = {run.run_id: run.status for run in instance.get_runs()}
    assert states.pop(killed) == dg.DagsterRunStatus.FAILURE
    assert set(states) == {alive, elsewhere, copied, launched}
    assert set(states.values()) == {dg.DagsterRunStatus.STARTED}


def test_a_killed_run_that_was_being_terminated_is_canceled_and_keeps_no_slot() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        run_id = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"})
        instance.event_log_storage.set_concurrency_slots("gpu", 1)
        instance.event_log_storage.claim_concurrency_slot("gpu", run_id, "detect_objects")
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_canceling(run)
        assert close_dead_runs(instance) == [run_id]
        ended = instance.get_run_by_id(run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.CANCELED
        assert instance.event_log_storage.get_concurrency_info("gpu").active_slot_count == 0


def test_of_a_run_that_failed_outside_its_stages_it_is_told_what_became_of_its_process() -> None:
    killed = "[DagsterApiServer] Run execution process for x was terminated by signal 9 (SIGKILL). This usually means"
    with dg.DagsterInstance.ephemeral() as instance:
        here = instance.get_run_by_id(started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"}))
        noticed = instance.get_run_by_id(started(instance, {}))
        assert here is not None
        assert noticed is not None
        close_dead_runs(instance)
        instance.report_engine_event(killed, noticed)
        instance.report_run_failed(noticed)
        assert failure_in_words(instance, here).startswith("Its process was killed.")
        assert failure_in_words(instance, noticed) == (
            "Run execution process for x was terminated by signal 9 (SIGKILL)"
        )


def test_a_process_that_was_given_the_id_of_a_runs_process_is_not_taken_for_it() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = started(instance, {})
        instance.add_run_tags(run_id, process_tags(run_id))
        run = instance.get_run_by_id(run_id)
        assert run is not None
        process = process_of(run)
        assert process is not None
        assert process.started_s is not None
        assert close_dead_runs(instance) == []
        earlier = f"{socket.gethostname()}:{process.id}@{process.started_s - 60:.2f}:{run_id}"
        instance.add_run_tags(run_id, {PROCESS_TAG: earlier})
        assert close_dead_runs(instance) == [run_id]


def test_a_process_of_which_only_the_id_is_known_lives_while_there_is_one_of_that_id() -> None:
    assert Process(os.getpid()).lives()
    assert not Process(dead_process()).lives()


def test_a_tag_of_another_machine_or_run_or_of_no_sense_names_no_process() -> None:
    here = socket.gethostname()
    for tag in ("", "another-machine:7", f"{here}:", f"{here}:x:", f"{here}:{os.getpid()}@12.5:another-run"):
        assert process_of(dg.DagsterRun(job_name="detect__generic", tags={PROCESS_TAG: tag})) is None, tag


def test_the_sensor_ends_them_without_being_asked() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed = started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{dead_process()}"})
        context = dg.build_sensor_context(instance=instance)
        assert dead_runs_sensor(context) == dg.SkipReason(f"1 run had no process any more: {killed[:8]}")
        assert dead_runs_sensor(context) == dg.SkipReason("every run that goes on has its process")
