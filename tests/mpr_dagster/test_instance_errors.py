"""What an instance that cannot be used says; with a real server: tests/services/postgres/test_runs.py."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import OperationalError

from mpr_core.errors import ConfigError, MprError, UnknownTimeline
from mpr_dagster.instance_errors import InstanceUnavailable, instance_problems
from tests.mpr_dagster.command_line import CommandLine

FOLDER = Path("/etc/mpr")


def told(error: Exception) -> MprError:
    """What comes out of the block in which an error is raised."""
    with pytest.raises(MprError) as caught, instance_problems(FOLDER):
        raise error
    return caught.value


def statement(said: str) -> OperationalError:
    return OperationalError("SELECT secret FROM t", {"given": "value"}, Exception(f"{said}\nand more"))


def gave_up(said: str) -> DagsterPostgresException:
    """As dagster-postgres raises it after its last try, and again by whoever raises it from itself."""
    error = DagsterPostgresException("too many retries for DB connection")
    error.__context__ = statement(said)
    error.__cause__ = error
    return error


@pytest.mark.parametrize("wrapped", [statement, gave_up])
def test_a_database_that_is_away_may_come_back_and_one_that_refuses_is_the_users_mistake(wrapped) -> None:  # type: ignore[no-untyped-def]
    away = told(wrapped("connection refused"))
    assert isinstance(away, InstanceUnavailable)
    assert (away.exit_code, away.transient, away.why) == (1, True, "connection refused")
    refused = told(wrapped('password authentication failed for user "mpr"'))
    assert isinstance(refused, ConfigError)
    assert "DAGSTER_PG_*" in refused.remedy
    assert "SELECT" not in str(away) + str(refused)


def test_any_other_error_stays_what_it_is() -> None:
    for error in (UnknownTimeline("no such timeline"), ValueError("x")):
        with pytest.raises(type(error)) as caught, instance_problems(FOLDER):
            raise error
        assert caught.value is error


def test_the_drivers_warnings_are_kept_back_only_within_the_block(caplog: pytest.LogCaptureFixture) -> None:
    with instance_problems(FOLDER):
        logging.warning("Retrying failed database connection: %s", "a paragraph")
        logging.warning("something else")
    logging.warning("Retrying failed database connection: afterwards")
    assert caplog.messages == ["something else", "Retrying failed database connection: afterwards"]


def test_a_dagster_yaml_that_is_not_yaml_is_said(empty: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("storage: [")
    said = empty("status", DAGSTER_HOME=str(tmp_path))
    assert said.code == 2
    assert said.err.startswith(f"mpr: the Dagster instance's configuration is not valid: {tmp_path}/dagster.yaml")
