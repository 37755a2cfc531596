"""`mpr` in a process of its own that kills the database when its run stands at a named place.

    python -m tests.services.postgres.run_with_outage STAGE:SEGMENTS PID mpr-words...

SEGMENTS is how many of the stage's segments are done, or `start`; PID is PostgreSQL's.
"""

from __future__ import annotations

import os
import signal
import sys

from mpr_dagster.cli.main import main
from tests.mpr_dagster.control.controlled_run import once_at

if __name__ == "__main__":
    process = int(sys.argv[2])
    once_at(sys.argv[1], lambda _gate: os.kill(process, signal.SIGQUIT))
    main(sys.argv[3:])
