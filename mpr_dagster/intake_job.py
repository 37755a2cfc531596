"""The job that takes stable chunks of a watched bucket into their timeline. Reading video takes long, so that no tick does it."""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_dagster.home import Home
from mpr_dagster.partitions import register
from mpr_dagster.wording import many

INTAKE_JOB = "intake"
_OP = "take_in"
_CONFIG = {
    "timeline": dg.Field(str, description="id of the timeline to extend or make"),
    "keys": dg.Field([{"key": str, "version": str}], description="objects of media-in, as the sensor saw them"),
}


@dg.op(
    name=_OP,
    config_schema=_CONFIG,
    out=dg.Out(dg.Nothing),
    description="Probes chunks where they lie and puts them into a timeline.",
)
def take_in_op(context: dg.OpExecutionContext) -> None:
    from mpr_core.intake.take_in import IntakeRequest, take_in  # brings the decoder, which definitions must not need

    home = Home()
    # A timeline that exists keeps its profile, and one that cannot be loaded must stop no upload.
    request = IntakeRequest(profile=home.settings.watch_profile, **context.op_config)
    result = take_in(
        request,
        media_in=home.media_in(),
        catalog=Catalog(home.media_out()),
        limits=home.settings.limits(),
        register=lambda timeline: register(context.instance, timeline),
        progress=lambda key: context.log.debug(f"reading {key}"),
    )
    for refused in result.refused:
        context.log.warning(f"in quarantine: {refused.key}: {refused.reason}")
    left = f", {len(result.left)} left: they changed meanwhile" if result.left else ""
    context.log.info(f"{request.timeline}: {many(len(result.taken), 'chunk')} taken in{left}")


@dg.job(
    name=INTAKE_JOB,
    executor_def=dg.in_process_executor,
    description="Asked for by the sensor new_chunks. Running it again changes nothing.",
)
def intake() -> None:
    take_in_op()


def intake_config(timeline: str, keys: list[dict[str, str]]) -> dict[str, object]:
    """Run config for one request."""
    return {"ops": {_OP: {"config": {"timeline": timeline, "keys": keys}}}}
