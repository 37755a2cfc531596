"""`mpr` in a process of its own that kills the database when its run stands at a named place.

    python -m tests.services.run_with_outage STAGE:SEGMENTS PID mpr-words...

SEGMENTS is how many of the stage's segments are done, or `start`; PID is PostgreSQL's.
"""

from __future__ import annotations

import os
import signal
import sys

from mpr_core.runner.control import Border
from mpr_dagster import run_gate
from mpr_dagster.cli.main import main

_gate = run_gate.RunGate.__call__
_killed: list[Border] = []


def _kill_at(place: str, process: int) -> None:
    stage, _, done = place.partition(":")

    def call(self: run_gate.RunGate, border: Border) -> None:
        here = "start" if border.opens_stage else str(border.segments_done)
        if not _killed and (border.stage, here) == (stage, done):
            _killed.append(border)
            os.kill(process, signal.SIGQUIT)
        _gate(self, border)

    run_gate.RunGate.__call__ = call  # type: ignore[method-assign]
    run_gate.READ_EVERY_S = 0.0


if __name__ == "__main__":
    _kill_at(sys.argv[1], int(sys.argv[2]))
    main(sys.argv[3:])
