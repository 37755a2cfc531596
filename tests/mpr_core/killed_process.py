"""Killing a process of a test at the place where it says that it stands still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def kill_when_halted(module: str, *arguments: object, **environment: str) -> None:
    """Run a module in a process of its own until it says `halted`, and kill it there."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    around = os.environ | environment | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "halted"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
