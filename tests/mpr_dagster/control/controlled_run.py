"""`mpr` in a process of its own whose run is asked for something at a named place: a test that waited for the place would race with it.

    python -m tests.mpr_dagster.control.controlled_run STAGE:SEGMENTS WORD mpr-words...

SEGMENTS is how many of the stage's segments are done, or `start`. The run looks at its tags at every border, and five times a second
while it is held.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from mpr_core.runner.control import Border
from mpr_dagster.cli.main import main
from mpr_dagster.control import gate
from mpr_dagster.control.tags import CONTROL_TAG

_gate = gate.RunGate.__call__
_reached: list[Border] = []


def once_at(place: str, act: Callable[[gate.RunGate], None]) -> None:
    """Do something when this process's run stands at a place for the first time, before its gate looks."""
    stage, _, done = place.partition(":")

    def call(self: gate.RunGate, border: Border) -> None:
        here = "start" if border.opens_stage else str(border.segments_done)
        if not _reached and (border.stage, here) == (stage, done):
            _reached.append(border)
            act(self)
        _gate(self, border)

    gate.RunGate.__call__ = call  # type: ignore[method-assign]
    gate.READ_EVERY_S, gate.READ_EVERY_WHILE_HELD_S = 0.0, 0.2


if __name__ == "__main__":
    word = sys.argv[2]
    once_at(sys.argv[1], lambda gate: gate._instance.add_run_tags(gate._run.run_id, {CONTROL_TAG: word}))
    main(sys.argv[3:])
