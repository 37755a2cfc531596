"""What goes wrong with a Dagster instance, in words: its configuration, or a database that does not answer."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import yaml
from sqlalchemy.exc import DBAPIError

from mpr_core.errors import ConfigError, MprError

_UNSET = re.compile(r'environment variable "(\w+)" which is not set')
# Answers that will be the same at the next try.
_REFUSED = ("authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry")


class InstanceUnavailable(MprError):
    """The instance's database did not answer; the same call may succeed later."""

    transient = True


def database_away() -> tuple[type[Exception], ...]:
    """The errors of a database that is away: SQLAlchemy's for a statement under way, dagster-postgres' own once it has tried to connect
    for about 13 s.

    A package that takes half a second to import is not imported for its error: where it is not loaded it did not raise.
    """
    loaded = sys.modules.get("dagster_postgres.utils")
    return (DBAPIError, loaded.DagsterPostgresException) if loaded else (DBAPIError,)


@contextmanager
def instance_problems(folder: Path) -> Iterator[None]:
    """Turn the errors of the instance in a folder (DAGSTER_HOME) into ours.

    Raises:
        ConfigError: `dagster.yaml` does not fit, names a variable that is not set, or the database refuses the user.
        InstanceUnavailable: the database does not answer.
    """
    log = logging.getLogger()
    log.addFilter(_no_retry_line)
    try:
        yield
    except (dg.DagsterInvalidConfigError, yaml.YAMLError) as error:
        raise _bad_config(folder, error) from error
    except database_away() as error:
        raise _database_problem(folder, error) from error
    finally:
        log.removeFilter(_no_retry_line)


def _no_retry_line(record: logging.LogRecord) -> bool:
    """Six warnings with a paragraph each would stand before the three lines that are due."""
    return not record.getMessage().startswith("Retrying failed database")


def _bad_config(folder: Path, error: Exception) -> ConfigError:
    unset = sorted(set(_UNSET.findall(str(error))))
    if unset:
        return ConfigError(
            "the Dagster instance is not configured",
            where=str(folder / "dagster.yaml"),
            why=f"it reads {', '.join(unset)} from the environment, which is not set",
            remedy="set it, or unset DAGSTER_HOME to work with this home's own instance",
        )
    return ConfigError(
        "the Dagster instance's configuration is not valid",
        where=str(folder / "dagster.yaml"),
        why=_told_by_schema(error),
        remedy="compare it with deployments/instance/dagster.yaml",
    )


def _told_by_schema(error: Exception) -> str:
    """What does not fit; Dagster adds the whole schema, which fills a screen."""
    problems = error.errors if isinstance(error, dg.DagsterInvalidConfigError) else ()
    told = "; ".join(problem.message.split(" Expected: ")[0] for problem in problems) or str(error)
    return " ".join(told.split())[:300]


def _database_problem(folder: Path, error: Exception) -> MprError:
    told = _told_by_database(error)
    if any(sign in told for sign in _REFUSED):
        return ConfigError(
            "the Dagster instance's database refuses",
            where=str(folder),
            why=told,
            remedy="check the DAGSTER_PG_* variables: user, password, database",
        )
    return InstanceUnavailable(
        "the Dagster instance's database does not answer",
        where=str(folder),
        why=told,
        remedy="start it (SQLite: is its disk full?) and run again: finished segments are kept",
    )


def _told_by_database(error: Exception) -> str:
    """The driver's own line; dagster-postgres hides it as the cause, and SQLAlchemy adds the statement and its values."""
    driver: BaseException | None = next((e.orig for e in _causes(error) if isinstance(e, DBAPIError)), error)
    lines = str(driver).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what led to it; a chain may lead back to its beginning."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        if (one := waiting.pop(0)) is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found
