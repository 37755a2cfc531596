"""The team's instance: Dagster accepts it, nothing secret stands in it, and the Helm values say the same."""

from __future__ import annotations

from typing import Any

from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema

from tests.deployments.deployment_files import COMPOSE, INSTANCE, KUBERNETES, ROOT, document

CONFIG = document(INSTANCE / "dagster.yaml")
VALUES = document(KUBERNETES / "values.yaml")


def in_snake_case(value: Any) -> Any:
    """The chart's names as Dagster's own; applyLimitPerUniqueValue is spelled so in both."""
    if isinstance(value, dict):
        return {
            key if key == "applyLimitPerUniqueValue" else "".join("_" + c.lower() if c.isupper() else c for c in key): (
                in_snake_case(child)
            )
            for key, child in value.items()
        }
    return [in_snake_case(child) for child in value] if isinstance(value, list) else value


def test_dagster_accepts_both_instances() -> None:
    for path in (INSTANCE / "dagster.yaml", ROOT / "dagster.yaml"):
        checked = validate_config(dagster_instance_config_schema(), document(path))
        assert checked.errors in (None, [])


def test_what_is_secret_is_read_from_the_environment() -> None:
    database = CONFIG["storage"]["postgres"]["postgres_db"]
    assert {tuple(value) for value in database.values()} == {("env",)}
    assert CONFIG["telemetry"] == document(ROOT / "dagster.yaml")["telemetry"] == {"enabled": False}


def test_the_instance_is_given_every_variable_that_it_reads() -> None:
    named = {value["env"] for value in CONFIG["storage"]["postgres"]["postgres_db"].values()}
    named |= {CONFIG["compute_logs"]["config"]["bucket"]["env"]}
    assert named <= set(document(COMPOSE / "compose.yaml")["x-mpr-environment"])
    settings = (KUBERNETES / "settings.env").read_text(encoding="utf-8")
    assert {name for name in named if f"{name}=" not in settings} == {"DAGSTER_PG_PASSWORD"}
    (code,) = VALUES["dagster-user-deployments"]["deployments"]
    assert code["env"] == {"DAGSTER_HOME": "/etc/mpr"}
    assert VALUES["global"]["postgresqlSecretName"] == "mpr-postgres"


def test_the_chart_is_given_the_same_limits_retries_and_retention() -> None:
    daemon = in_snake_case(VALUES["dagsterDaemon"])
    concurrency = in_snake_case(VALUES["concurrency"])
    assert concurrency.pop("enabled")
    assert concurrency == CONFIG["concurrency"]
    assert daemon["run_retries"] == CONFIG["run_retries"]
    assert daemon["run_monitoring"].items() >= CONFIG["run_monitoring"].items()
    assert daemon["sensors"] == CONFIG["sensors"]
    assert daemon["schedules"] == CONFIG["schedules"]
    queue = daemon["run_coordinator"]["config"]["queued_run_coordinator"]
    assert queue == CONFIG["run_coordinator"]["config"]
    logs = in_snake_case(VALUES["computeLogManager"]["config"]["s3ComputeLogManager"])
    assert logs == CONFIG["compute_logs"]["config"]
    retention = in_snake_case(VALUES["retention"])
    assert retention["schedule"] == CONFIG["retention"]["schedule"]
    assert retention["sensor"]["purge_after_days"].items() >= CONFIG["retention"]["sensor"]["purge_after_days"].items()
    assert VALUES["telemetry"] == CONFIG["telemetry"]
