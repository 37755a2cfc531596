"""The `mpr` program: the command line in a process of its own, with Python's garbage collector told to rest.

A replay makes and keeps some hundred thousand objects in a few seconds. The collector looks through them again and again, a seventh of all
the time, and once more on the way out, most of a second; there is next to nothing to find.
"""

from __future__ import annotations

import gc


def run() -> None:
    """Run the command line that the process was started with, and exit."""
    gc.set_threshold(50_000, 20, 100)
    from mpr_dagster.cli.main import main

    try:
        main()
    finally:
        gc.disable()
        gc.freeze()


if __name__ == "__main__":
    run()
