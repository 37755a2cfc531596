"""One job per profile, its run config compiled from the profile."""

from __future__ import annotations

import dagster as dg

from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import Profile
from mpr_dagster.partitions import TIMELINES
from mpr_dagster.stage_run import PROFILE_TAG

JOB_PREFIX = "detect__"


def profile_job(profile: Profile) -> dg.UnresolvedAssetJobDefinition:
    """All eleven stages as a profile says."""
    return dg.define_asset_job(
        name=f"{JOB_PREFIX}{profile.name.replace('-', '_')}",
        selection=dg.AssetSelection.all(),
        config=dict(profile.run_config()),
        description=profile.description,
        run_tags={PROFILE_TAG: profile.name},
        partitions_def=TIMELINES,
    )


def profile_jobs(library: ProfileLibrary) -> list[dg.UnresolvedAssetJobDefinition]:
    """A job for every profile that loads; one that does not is the business of `mpr profiles validate`."""
    from mpr_core.errors import ConfigError

    jobs = []
    for name in library.names():
        try:
            jobs.append(profile_job(library.load(name)))
        except ConfigError as error:
            dg.get_dagster_logger("mpr").warning("profile %s has no job: %s", name, error)
    return jobs
