"""`make bench`: prints the figures that docs/performance.md quotes. `python -m tests.bench --help` lists the parts."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.bench import accuracy, gpu, host, memory, replay, scale, speed, store

_PARTS = {
    "speed": speed.bench,
    "memory": memory.bench,
    "accuracy": accuracy.bench,
    "replay": replay.bench,
    "scale": scale.bench,
    "store": store.bench,
    "host": host.bench,
    "gpu": gpu.bench,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["speed"], help=f"which of {', '.join(_PARTS)} (default: speed)")
    parser.add_argument("--folder", type=Path, default=Path(".mpr/bench"), help="where films and stores are kept")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for part in arguments.parts:
        _PARTS[part](arguments.folder)


if __name__ == "__main__":
    main()
