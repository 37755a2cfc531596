"""The sensor `new_chunks` of a home, on an ephemeral instance: ticks as the daemon makes them, runs carried out in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from mpr_core.intake.intake_documents import IntakeDocuments
from mpr_core.lineage.catalog import Catalog
from mpr_dagster.definitions import all_definitions
from mpr_dagster.home import Home
from mpr_dagster.services_cache import close_services
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.stage_job import QUIET


@dataclass
class WatchedHome:
    """One home and what came of the sensor's requests."""

    mpr: CommandLine
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)
    cursor: str | None = None
    requested: list[dg.RunRequest] = field(default_factory=list)

    @property
    def incoming(self) -> Path:
        return self.mpr.home / "media-in" / "incoming"

    def put(self, key: str, data: bytes) -> None:
        path = self.incoming / key
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_name(f".{path.name}")
        written.write_bytes(data)
        written.replace(path)

    def tick(self, **environment: str) -> dg.SensorResult:
        """One evaluation; the cursor is kept when it succeeds."""
        with self.mpr.inside(**environment):
            sensor = all_definitions(Home()).get_repository_def().get_sensor_def("new_chunks")
            result = sensor(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        self.requested += result.run_requests or []
        return result

    def carry_out(self, request: dg.RunRequest, **environment: str) -> dg.ExecuteInProcessResult:
        """The run of a request."""
        with self.mpr.inside(**environment):
            job = all_definitions(Home()).resolve_job_def(str(request.job_name))
            try:
                return job.execute_in_process(
                    run_config={**request.run_config, **QUIET},
                    instance=self.instance,
                    partition_key=request.partition_key,
                    tags=dict(request.tags),
                    raise_on_error=False,
                )
            finally:
                close_services()

    def pretend(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
        """Record a run of a request without carrying it out."""
        self.instance.add_run(dg.DagsterRun(job_name=str(request.job_name), status=status, tags=dict(request.tags)))

    def documents(self) -> IntakeDocuments:
        with self.mpr.inside():
            return IntakeDocuments(Home().media_out())

    def catalog(self) -> Catalog:
        with self.mpr.inside():
            return Catalog(Home().media_out())
