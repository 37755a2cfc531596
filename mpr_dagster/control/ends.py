"""How a run ended and who goes on with it: what may be resumed, what has to be retried, and runs whose process is gone."""

from __future__ import annotations

import dagster as dg
from dagster._core.execution.plan.objects import ErrorSource

from mpr_core.errors import InputError
from mpr_dagster.control.dead_runs import free_slots
from mpr_dagster.control.tags import control_of, is_paused
from mpr_dagster.run_tags import CONTINUES_TAG

# What the code server writes when a process of its own is gone; the reason stands in its event before.
_MARKED_BY_DAGSTER = "This run has been marked as failed from outside"
_FROM_CODE_SERVER = "[DagsterApiServer] "


def is_resumable(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether `mpr resume` would take up this run, which has ended: it was paused, and it was no error of its own that ended it."""
    if run.status not in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE) or not is_paused(control_of(run)):
        return False
    return continued_by(instance, run) is None and not _failed_by_itself(instance, run)


def continued_by(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun | None:
    """The newest run that does the rest of this one."""
    found = instance.get_runs(filters=dg.RunsFilter(tags={CONTINUES_TAG: run.run_id}), limit=1)
    return found[0] if found else None


def end_silent(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Mark a run as ended whose process is gone. Should it live after all, it leaves at its next look at its tags."""
    instance.report_run_canceling(run, "It was paused, and does not answer: its process is gone.")
    instance.report_run_canceled(run, "Its process is gone.")
    free_slots(instance, run.run_id)


def refuse_ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    if not run.is_finished:
        return
    refuse_continued(instance, run)
    if run.status is dg.DagsterRunStatus.SUCCESS:
        why, remedy = "it succeeded", "mpr status lists the runs that go on"
    elif is_resumable(instance, run):
        why, remedy = "it ended while it was paused", f"mpr resume {run.run_id[:8]} goes on with it as a new run"
    else:
        how = "was stopped" if run.status is dg.DagsterRunStatus.CANCELED else "failed"
        why, remedy = f"it {how}", f"mpr retry {run.run_id[:8]} goes on with it as a new run"
    raise InputError("the run has ended", where=f"run {run.run_id[:8]}", why=why, remedy=remedy)


def refuse_continued(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    later = continued_by(instance, run)
    if later is not None:
        raise InputError(
            "the run goes on as another one",
            where=f"run {run.run_id[:8]}",
            why=f"its rest is run {later.run_id[:8]}, {later.status.value.lower()}",
            remedy=f"mpr status {later.run_id[:8]}",
        )


def failure_in_words(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """What a failed run failed of, as the error that began it said; without one, what was said when it was marked as failed."""
    failures = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1).records
    event = failures[0].event_log_entry.dagster_event if failures else None
    error = event.step_failure_data.error if event else None
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return _end_in_words(instance, run)
    # Dagster puts the class before the text, as a traceback does.
    return error.message.strip().removeprefix(f"{error.cls_name}: ").split(f".{error.cls_name}: ", 1)[-1]


def _end_in_words(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """What is known of a run that failed outside its stages; empty of one that did not fail."""
    said = _last_message(instance, run, dg.DagsterEventType.RUN_FAILURE)
    if not said.startswith(_MARKED_BY_DAGSTER):
        return said
    # '[DagsterApiServer] Run execution process for ID was terminated by signal 9 (SIGKILL). ...' and a paragraph of advice
    why = _last_message(instance, run, dg.DagsterEventType.ENGINE_EVENT).removeprefix(_FROM_CODE_SERVER)
    return why.split(". ", 1)[0] or said


def _last_message(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType) -> str:
    records = instance.get_records_for_run(run.run_id, of_type=kind, limit=1, ascending=False).records
    event = records[0].event_log_entry.dagster_event if records else None
    return (event.message if event is not None else "") or ""


def _failed_by_itself(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a stage raised an error; Dagster also counts a step as failed whose process was killed or told to end."""
    if run.status is not dg.DagsterRunStatus.FAILURE:
        return False
    failures = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in failures]
    return any(event and event.step_failure_data.error_source is ErrorSource.USER_CODE_ERROR for event in events)
