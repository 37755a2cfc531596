"""`mpr ui` as child processes on a free port of the loopback address, ended by the ids that were started here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.free_port import free_port
from tests.mpr_dagster.command_line import CommandLine

ROOT = Path(__file__).parents[2]


class UserInterface:
    """Webserver, daemon and code server of one home."""

    def __init__(self, mpr: CommandLine, log: Path) -> None:
        self._mpr = mpr
        self.seen: dict[int, str] = {}
        self.port = free_port()
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mpr_dagster.cli.program", "ui", "--port", str(self.port)],
                env=self.environment(),
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """The home's environment, as Dagster's own commands need it."""
        with self._mpr.inside(PYTHONPATH=os.pathsep.join(sys.path), DAGSTER_HOME=str(self._mpr.home / "dagster")):
            return dict(os.environ)

    def until_up(self) -> None:
        while True:
            assert self.process.poll() is None, "mpr ui has ended"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/server_info", timeout=5):
                    return
            except OSError:
                time.sleep(0.5)

    def launch(self, job: str, tags: Mapping[str, str], config: Path | None = None) -> None:
        """`dagster job launch`: the daemon starts the run in a process of the code server."""
        words = ["job", "launch", "-w", str(ROOT / "workspace.yaml"), "-j", job, "--tags", json.dumps(dict(tags))]
        words += [] if config is None else ["-c", str(config)]
        subprocess.run(
            [sys.executable, "-m", "dagster", *words], env=self.environment(), cwd=ROOT, check=True, capture_output=True
        )

    def processes(self) -> dict[int, str]:
        """Id -> command line of every process that was started by this one, itself included; those once seen are kept in `seen`."""
        parents: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            parents[int(stat.parent.name)] = int(fields[1])
        found = {self.process.pid}
        while more := {process for process, parent in parents.items() if parent in found} - found:
            found |= more
        self.seen |= {process: _command_line(process) for process in sorted(found) if process in parents}
        return {process: self.seen[process] for process in sorted(found) if process in parents}

    def kill(self, processes: Mapping[int, str]) -> None:
        """End processes of `processes()` at once, as a machine that goes down does."""
        for process, words in processes.items():
            if process != self.process.pid and _command_line(process) != words:  # another process has the id by now
                continue
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:  # it went with its parent
                continue
        if self.process.pid in processes:
            self.process.wait()


def cpu_ticks(process: int) -> int:
    """Hundredths of a second of CPU time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
