"""A process that asks a cloud model and stands still after a given write, to be killed there.

`python -m tests.mpr_core.cascade.killed_asking FOLDER MODELS_URL WRITTEN NUMBER [batch]` halts when the NUMBERth object whose key contains
WRITTEN has been written. It says so on stdout and ends by itself when its stdin is closed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.cascade.model_wire import ModelServer
from tests.mpr_core.whole_pipeline import OpenModels, Pipeline

SETTINGS = {"escalate_cloud": {"at_once": 1, "min_seconds_s": 0.4, "context_ratio": 0.3}}
STAGES = ("escalate_vlm", "escalate_cloud")


class HaltingStore(ObjectStore):
    """A store whose writer stops at a given point."""

    written, left = "", 0

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        self.left -= self.written in key
        if self.written in key and self.left == 0:
            print("halted", flush=True)
            sys.stdin.read()
            sys.exit("not killed")


def main(folder: str, url: str, written: str, number: str, batch: str = "") -> None:
    one = Pipeline(Path(folder), OpenModels())
    one.media_out = HaltingStore(str(Path(folder) / "out"))
    one.media_out.written, one.media_out.left = written, int(number)
    one.access = ModelServer(url).access("openai")
    nodes = {node.stage: node for node in one.catalog.nodes("match")}
    settings = {"escalate_cloud": SETTINGS["escalate_cloud"] | {"batch": bool(batch)}}
    one.run("match", settings, stages=STAGES, nodes=nodes, run_id="killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
