"""The Dagster instance: what it reads from the environment, whether its database answers, whether a daemon lives."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.stages.registry import STAGES
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.wording import duration_in_words, many


def variables(folder: Path) -> Iterator[Diagnosis]:
    """Whether every variable that `dagster.yaml` names is set; their values are never shown."""
    path = folder / "dagster.yaml"
    named = sorted(set(_variables(yaml.safe_load(path.read_text(encoding="utf-8"))))) if path.is_file() else []
    unset = [name for name in named if not os.environ.get(name)]
    if unset:
        yield Diagnosis(
            name="secrets",
            state="failure",
            found=f"{path} reads {', '.join(unset)}, which {'is' if len(unset) == 1 else 'are'} not set",
            remedy="set them where MPR is started; see docs/deployment.md",
        )
    else:
        found = f"set: {', '.join(named)}" if named else "the instance needs none"
        yield Diagnosis(name="secrets", state="ok", found=found)


def instance(home: Home) -> Iterator[Diagnosis]:
    """Whether its database answers and has this version's tables; then its daemon.

    Raises:
        ConfigError: it is not configured, or its database refuses.
        InstanceUnavailable: its database does not answer.
    """
    with open_instance(home) as opened:
        shared = home.settings.dagster_home is not None
        yield _tables(opened, home.dagster_home())
        if shared and not (home.dagster_home() / "dagster.yaml").exists():
            yield Diagnosis(
                name="DAGSTER_HOME",
                state="warning",
                found=f"{home.dagster_home()} has no dagster.yaml: an empty instance on SQLite, without MPR's pools and limits",
                remedy="mend DAGSTER_HOME, or put a dagster.yaml there; unset, MPR keeps its own below MPR_HOME",
            )
        yield from _pools(opened)
        yield _daemon(opened, shared=shared)


def _tables(opened: dg.DagsterInstance, folder: Path) -> Diagnosis:
    kind = "PostgreSQL" if "Postgres" in type(opened.run_storage).__name__ else "SQLite"
    revisions = [opened.run_storage.alembic_version(), opened.event_log_storage.alembic_version()]
    old = [revision for revision in revisions if revision is not None and revision[0] != revision[1]]
    found = f"{kind}, {many(opened.get_runs_count(), 'run')}, DAGSTER_HOME {folder}"
    if not old:
        return Diagnosis(name="instance", state="ok", found=found)
    remedy = "back up the database, stop the daemon, then: dagster instance migrate"
    return Diagnosis(
        name="instance", state="failure", found=f"{found}: its tables are of another Dagster version", remedy=remedy
    )


def _pools(opened: dg.DagsterInstance) -> Iterator[Diagnosis]:
    """Whether every pool has its limit, on an instance that gives one to pools that have none.

    Dagster does so when a run first needs the pool; on PostgreSQL one of two runs that do so at once fails.
    """
    if opened.global_op_concurrency_default_limit is None:
        return
    limits = {pool.name: pool.limit for pool in opened.event_log_storage.get_pool_limits()}
    missing = sorted({stage.pool for stage in STAGES.values() if stage.pool is not None} - set(limits))
    if missing:
        found = f"no limit is set for {', '.join(missing)}: one of two first runs that start at once may fail"
        yield Diagnosis(
            name="pools",
            state="warning",
            found=found,
            remedy="run deployments/instance/prepare.sh once (in compose: dc run --rm prepare)",
        )
    else:
        found = ", ".join(f"{name} {limit}" for name, limit in sorted(limits.items()))
        yield Diagnosis(name="pools", state="ok", found=f"stages at once: {found}")


def _daemon(opened: dg.DagsterInstance, *, shared: bool) -> Diagnosis:
    """The queue, sensors, schedules and run monitoring live in the daemon.

    Args:
        shared: the instance is a team's, which always has one; a home of one's own needs it only beside the UI.
    """
    heartbeats = {kind: beat.timestamp for kind, beat in opened.get_daemon_heartbeats().items()}
    statuses = opened.get_daemon_statuses()
    silent = sorted(kind for kind, status in statuses.items() if status.required and not status.healthy)
    waiting = opened.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
    if not silent:
        return Diagnosis(name="daemon", state="ok", found=f"alive: {', '.join(sorted(statuses)).lower()}")
    queued = f"; {many(waiting, 'run')} in the queue will not start" if waiting else ""
    found = f"{_silence(heartbeats)}: {', '.join(silent).lower()}{queued}"
    state = "failure" if waiting or shared else "warning"
    remedy = "start it: make ui, or dagster-daemon run; `mpr run` needs none"
    return Diagnosis(name="daemon", state=state, found=found, remedy=remedy)


def _silence(heartbeats: Mapping[str, float]) -> str:
    if not heartbeats:
        return "none has run here"
    return f"silent for {duration_in_words(time.time() - max(heartbeats.values()))}"


def _variables(config: Any) -> Iterator[str]:
    """Names in `{env: NAME}`, wherever they stand."""
    if isinstance(config, dict):
        if list(config) == ["env"] and isinstance(config["env"], str):
            yield config["env"]
        for value in config.values():
            yield from _variables(value)
    elif isinstance(config, list):
        for value in config:
            yield from _variables(value)
