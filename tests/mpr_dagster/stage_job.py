"""Stages materialized on an ephemeral instance, as the UI or a launched job does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.definitions import definitions
from mpr_dagster.home import Home
from mpr_dagster.jobs import profile_jobs, replay_jobs
from mpr_dagster.partitions import register
from mpr_dagster.services_cache import close_services
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class StageJob:
    """The job of a home's profile, run in this process."""

    mpr: CommandLine
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    def run(
        self,
        config: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        job: str = f"detect__{PROFILE}",
        stages: Sequence[str] | None = STAGE_NAMES,
        tags: Mapping[str, str] | None = None,
        partition: str | None = TIMELINE,
        environment: Mapping[str, str] | None = None,
        raise_on_error: bool = True,
    ) -> dg.ExecuteInProcessResult:
        """Materialize `stages`; `config` is stage -> field -> value, and what it leaves out comes from the profile."""
        ops = {stage: {"config": dict(fields)} for stage, fields in (config or {}).items()}
        with self.mpr.inside(**(environment or {})):
            if partition is not None:
                register(self.instance, partition)
            try:
                return (
                    definitions([*profile_jobs(Home().profiles), *replay_jobs()])
                    .resolve_job_def(job)
                    .execute_in_process(
                        run_config={"ops": ops, **QUIET},
                        instance=self.instance,
                        partition_key=partition,
                        asset_selection=None if stages is None else [dg.AssetKey(stage) for stage in stages],
                        tags=dict(tags or {}),
                        raise_on_error=raise_on_error,
                    )
                )
            finally:
                close_services()

    def catalog(self) -> Catalog:
        with self.mpr.inside():
            return Catalog(Home().media_out())

    def head(self, stage: str) -> Node:
        node = self.catalog().head(TIMELINE, stage)
        assert node is not None
        return node

    def materializations(self, run_id: str) -> dict[str, dg.AssetMaterialization]:
        """Stage -> what the run recorded for it."""
        records = self.instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
        events = [record.event_log_entry.dagster_event for record in records]
        found = [event.step_materialization_data.materialization for event in events if event is not None]
        return {made.asset_key.path[-1]: made for made in found}
