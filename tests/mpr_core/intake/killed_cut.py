"""A process that cuts a source and stands still at a chosen write, to be killed there.

`python -m tests.mpr_core.intake.killed_cut FOLDER SOURCE SECONDS WRITES` waits before write number WRITES (from 1 on). It says so on
stdout and ends by itself when its stdin is closed.
"""

from __future__ import annotations

import sys
import threading
from fractions import Fraction
from pathlib import Path

from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.intake.cutting import cut


class HaltingStore(ObjectStore):
    """A store whose writers stop at a given write."""

    writes = 0
    lock = threading.Lock()

    def put(self, key: str, data: bytes) -> None:
        self._halt()
        super().put(key, data)

    def put_file(self, key: str, path: Path) -> None:
        self._halt()
        super().put_file(key, path)

    def _halt(self) -> None:
        with self.lock:
            self.writes -= 1
            if self.writes == 0:
                print("halted", flush=True)
                sys.stdin.read()
                sys.exit("not killed")


def main(folder: str, source: str, seconds: str, writes: str) -> None:
    store = HaltingStore(folder)
    store.writes = int(writes)
    cut(Path(source), Fraction(seconds), store)


if __name__ == "__main__":
    main(*sys.argv[1:])
