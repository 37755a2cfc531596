"""Tidying up as jobs with schedules: garbage collection, and forgetting old runs. Until told to delete, both only say it."""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
from datetime import UTC, datetime, timedelta

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.garbage_run import collect_garbage
from mpr_dagster.home import Home
from mpr_dagster.retention import forget, old_runs
from mpr_dagster.wording import many, size

_DELETE = dg.Field(bool, default_value=False, description="without this it is only said what would go")
_GC, _RETENTION = "gc", "retention"
_KEEP_DAYS = 30.0  # where nobody said it: the launchpad, and a schedule that is switched on without the setting


@dg.op(
    name="collect_garbage",
    out=dg.Out(dg.Nothing),
    config_schema={
        "delete": _DELETE,
        "older_than_hours": dg.Field(float, default_value=24.0, description="what is younger stays"),
    },
)
def collect_garbage_op(context: dg.OpExecutionContext) -> None:
    """What `mpr gc` does, for all timelines."""
    config = context.op_config
    plan, collected = collect_garbage(
        Home(), context.instance, older_than_h=config["older_than_hours"], delete=config["delete"]
    )
    gone = "would go" if collected is None else f"to go, {collected.objects} deleted"
    context.log.info(f"{many(len(plan.keys), 'object')}, {size(plan.size_bytes)} {gone}")
    for why in filter(None, [plan.caution, "" if collected is None else collected.stopped]):
        context.log.warning(f"not all: {why}")


@dg.op(
    name="forget_old_runs",
    out=dg.Out(dg.Nothing),
    config_schema={
        "delete": _DELETE,
        "keep_days": dg.Field(float, default_value=_KEEP_DAYS, description="runs made within so many days stay"),
    },
)
def forget_old_runs_op(context: dg.OpExecutionContext) -> None:
    """Runs that no head came from, with their events."""
    home, config = Home(), context.op_config
    close_dead_runs(context.instance)
    before = datetime.now(UTC) - timedelta(days=config["keep_days"])
    found = old_runs(context.instance, Catalog(home.media_out()), before)
    if config["delete"]:
        forget(home, context.instance, found.runs)
    gone = "forgotten" if config["delete"] else "would be forgotten"
    context.log.info(f"{many(len(found.runs), 'run')} {gone}; {found.needed} as old are needed")


@dg.job(name=_GC, executor_def=dg.in_process_executor, description="What nothing needs any more, as `mpr gc`.")
def gc() -> None:
    collect_garbage_op()


@dg.job(name=_RETENTION, executor_def=dg.in_process_executor, description="Old runs and their events. Results stay.")
def retention() -> None:
    forget_old_runs_op()


TIDY_JOBS = [gc, retention]


def tidy_schedules(home: Home) -> list[dg.ScheduleDefinition]:
    """Nightly; from the start where the settings say so, else once they are switched on."""
    settings, status = home.settings, dg.DefaultScheduleStatus
    gc_config = {"delete": settings.tidy_delete, "older_than_hours": settings.tidy_gc_hours}
    keep_days = settings.tidy_keep_days
    retention_config = {"delete": settings.tidy_delete, "keep_days": keep_days or _KEEP_DAYS}
    return [
        dg.ScheduleDefinition(
            job=gc,
            cron_schedule="30 3 * * *",
            run_config={"ops": {collect_garbage_op.name: {"config": gc_config}}},
            default_status=status.RUNNING if settings.tidy_delete else status.STOPPED,
        ),
        dg.ScheduleDefinition(
            job=retention,
            cron_schedule="0 4 * * *",
            run_config={"ops": {forget_old_runs_op.name: {"config": retention_config}}},
            default_status=status.STOPPED if keep_days is None else status.RUNNING,
        ),
    ]
