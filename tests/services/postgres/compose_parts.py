"""Code location, webserver and daemon by the compose file's commands, with its health checks; ports and the workspace's path are others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.deployments.deployment_files import COMPOSE, document, services
from tests.free_port import free_port
from tests.mpr_dagster.command_line import CommandLine

_PROGRAMS = Path(sys.executable).parent
SERVICES = services()


class Parts:
    """Code location, webserver and daemon, each as its service says.

    Attributes:
        module: what the code location loads.
    """

    module = "mpr_dagster.definitions"

    def __init__(self, mpr: CommandLine, folder: Path) -> None:
        self._folder = folder
        self._instance = mpr.environment.get("DAGSTER_HOME", str(mpr.home / "dagster"))
        with mpr.inside(
            PYTHONPATH=os.pathsep.join(sys.path),
            PATH=f"{_PROGRAMS}:{os.environ['PATH']}",
            DAGSTER_HOME=self._instance,
        ):
            self._environment = dict(os.environ)
        self._ports = {"4000": str(free_port()), "3000": str(free_port())}
        workspace = document(COMPOSE / "workspace.yaml")
        (server,) = workspace["load_from"]
        server["grpc_server"] |= {"host": "127.0.0.1", "port": int(self._ports["4000"])}
        self.workspace.write_text(yaml.safe_dump(workspace))

    @property
    def workspace(self) -> Path:
        """The file that says where the code location is."""
        return self._folder / "workspace.yaml"

    @contextmanager
    def started(self, name: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """One service until the end of the block, once its health check passes."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self._here(SERVICES[name]["command"]),
                env=self._environment | environment,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        try:
            while not self.healthy(name):
                assert process.poll() is None, (self._folder / f"{name}.log").read_text()[-3000:]
                time.sleep(0.5)
            yield process
        finally:
            process.terminate()
            process.wait()

    def healthy(self, name: str) -> bool:
        command = SERVICES[name]["healthcheck"]["test"]
        assert command[0] == "CMD"
        return subprocess.run(self._here(command[1:]), env=self._environment, capture_output=True).returncode == 0

    def run(self, *words: str) -> None:
        done = subprocess.run(
            self._here(words), env=self._environment, cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _here(self, words: Any) -> list[str]:
        moved = [str(words[0]), *map(str, words[1:])]
        for inside, outside in [
            *self._ports.items(),
            ("0.0.0.0", "127.0.0.1"),
            ("mpr_dagster.definitions", self.module),
            ("/etc/mpr/workspace.yaml", str(self.workspace)),
            ("/etc/mpr/", f"{self._instance}/"),
        ]:
            moved = [word.replace(inside, outside) for word in moved]
        return moved
