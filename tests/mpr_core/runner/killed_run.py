"""A process that runs one stage and stands still in the middle of it, to be killed there.

`python -m tests.mpr_core.runner.killed_run FOLDER TIMELINE STAGE PARTS WRITES` waits after PARTS parts are whole and WRITES objects
more were written. It says so on stdout and ends by itself when its stdin is closed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.whole_pipeline import ALL_SKIPPABLE_ON, OpenModels, Pipeline

SETTINGS = ALL_SKIPPABLE_ON | {"extract_frames": {"segment_s": 2}}


class HaltingStore(ObjectStore):
    """A store whose writer stops at a given point."""

    whole_parts = 0
    writes = 0

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        if self.whole_parts:
            self.whole_parts -= key.endswith("part.json")
            return
        self.writes -= 1
        if self.writes == 0:
            print("halted", flush=True)
            sys.stdin.read()
            sys.exit("not killed")


def main(folder: str, timeline: str, stage: str, parts: str, writes: str) -> None:
    one = Pipeline(Path(folder), OpenModels())
    one.media_out = HaltingStore(str(Path(folder) / "out"))
    one.media_out.whole_parts, one.media_out.writes = int(parts), int(writes)
    one.run(timeline, SETTINGS, stages=[stage], nodes={node.stage: node for node in one.catalog.nodes(timeline)})


if __name__ == "__main__":
    main(*sys.argv[1:])
