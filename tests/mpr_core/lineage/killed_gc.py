"""A process that collects garbage and stands still in the middle of it, to be killed there.

`python -m tests.mpr_core.lineage.killed_gc FOLDER OBJECTS` waits after that many objects are deleted. It says so on stdout and ends by
itself when its stdin is closed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.garbage import collect
from mpr_core.lineage.garbage_plan import plan_gc
from mpr_core.store.object_store import ObjectStore


class HaltingStore(ObjectStore):
    """A store that stops deleting at a given point."""

    left = 0

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            super().delete([key])
            self.left -= 1
            if self.left == 0:
                print("halted", flush=True)
                sys.stdin.read()
                sys.exit("not killed")


def main(folder: str, objects: str) -> None:
    store = HaltingStore(str(Path(folder) / "out"))
    store.left = int(objects)
    collect(store, plan_gc(Catalog(store), made_before=datetime.now(UTC)), dict)


if __name__ == "__main__":
    main(*sys.argv[1:])
