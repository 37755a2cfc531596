"""One job per profile, its run config compiled from the profile; and one per stage that computes it and what follows from it anew."""

from __future__ import annotations

import re

import dagster as dg

from mpr_core.errors import MprError
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import Profile
from mpr_core.stages.registry import STAGE_NAMES

JOB_PREFIX = "detect__"
REPLAY_PREFIX = "replay__"
PROFILE_TAG = "mpr/profile"


def job_name(profile: str) -> str:
    """The job of a profile; Dagster's names hold letters, digits and '_' only."""
    return JOB_PREFIX + re.sub(r"[^A-Za-z0-9_]", "_", profile)


def profile_job(profile: Profile) -> dg.UnresolvedAssetJobDefinition:
    """All eleven stages as a profile says."""
    return dg.define_asset_job(
        name=job_name(profile.name),
        selection=dg.AssetSelection.all(),
        config=dict(profile.run_config()),
        description=profile.description,
        run_tags={PROFILE_TAG: profile.name},
    )


def profile_jobs(library: ProfileLibrary) -> list[dg.UnresolvedAssetJobDefinition]:
    """A job for every profile that loads; one that does not is the business of `mpr profiles validate`, and stops no other."""
    jobs = []
    for name in profiles_by_job(library).values():
        try:
            jobs.append(profile_job(library.load(name)))
        except MprError as error:
            _warn(name, f"{error.what}: {error.why}")
    return jobs


def replay_jobs() -> list[dg.UnresolvedAssetJobDefinition]:
    """A job for every stage but the first, which every profile's job begins with."""
    return [
        dg.define_asset_job(
            name=REPLAY_PREFIX + stage,
            selection=dg.AssetSelection.assets(stage).downstream(),
            description=f"{stage} and every stage after it, for one knob changed. Config that is left out is as the timeline's profile "
            "says; parts that it does not touch are reused. Moves the timeline's head, as Materialize does; to try something beside it: "
            "mpr replay, or the tag mpr/pin.STAGE.",
        )
        for stage in STAGE_NAMES[1:]
    ]


def profiles_by_job(library: ProfileLibrary) -> dict[str, str]:
    """Job name -> profile. Of two profiles for one job, that whose name needed no change has it."""
    found: dict[str, str] = {}
    for name in sorted(library.names(), key=lambda name: job_name(name) != JOB_PREFIX + name):
        if found.setdefault(job_name(name), name) != name:
            _warn(name, f"{job_name(name)} is the job of profile {found[job_name(name)]}")
    return found


def profile_of_run(run: dg.DagsterRun, library: ProfileLibrary) -> str | None:
    """The profile a run was started with; None for one that names none, as a plain Materialize.

    `dagster job launch` drops a job's own tags, so that the job's name has to tell.
    """
    return run.tags.get(PROFILE_TAG) or profiles_by_job(library).get(run.job_name)


def _warn(profile: str, why: str) -> None:
    dg.get_dagster_logger("mpr").warning("profile %s has no job: %s", profile, why)
