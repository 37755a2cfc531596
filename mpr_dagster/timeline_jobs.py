"""Which job computes a timeline: that of the profile its record names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mpr_core.errors import MprError
from mpr_core.lineage.catalog import Catalog
from mpr_dagster.jobs import job_name


@dataclass(frozen=True)
class TimelineJob:
    """A job's name, or why there is none."""

    name: str = ""
    problem: str = ""


class TimelineJobs:
    """Looked up once per timeline."""

    def __init__(self, catalog: Catalog, job_names: Collection[str]) -> None:
        self._catalog, self._job_names = catalog, job_names
        self._found: dict[str, TimelineJob] = {}

    def of(self, timeline: str) -> TimelineJob:
        if timeline not in self._found:
            self._found[timeline] = self._look_up(timeline)
        return self._found[timeline]

    def _look_up(self, timeline: str) -> TimelineJob:
        try:
            profile = self._catalog.timeline(timeline).profile
        except MprError as error:
            if error.transient:
                raise
            return TimelineJob(problem=f"{error.what}: {error.why}")
        name = job_name(profile)
        if name in self._job_names:
            return TimelineJob(name)
        return TimelineJob(problem=f"its profile {profile} has no job here: mpr profiles validate")
