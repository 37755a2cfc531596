"""The sensor `dead_runs`: runs whose process is gone are ended, also those that nobody else would ask about.

A code server notices the end of a run that it started itself. When it is killed, its runs are orphans that go on; of one that dies then, or
died with it, Dagster's monitoring learns nothing. This looks from where those processes are: a sensor is evaluated by the code server.
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
import dagster as dg

from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.wording import many

EVERY_S = 30


@dg.sensor(
    name="dead_runs",
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process on the code location's machine is gone, so that their slots are free "
    "and, with `run_retries`, the daemon takes them up again.",
)
def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """End what is dead; nothing is ever launched from here."""
    closed = close_dead_runs(context.instance)
    if not closed:
        return dg.SkipReason("every run that goes on has its process")
    named = ", ".join(run_id[:8] for run_id in closed)
    return dg.SkipReason(f"{many(len(closed), 'run')} had no process any more: {named}")
