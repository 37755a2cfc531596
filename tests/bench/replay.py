"""A threshold of match_brands edited on a 10-minute timeline: what the replay costs beside the whole run, both through `mpr`."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.film import film

TIMELINE = "bench"
REPLAYS = 3


def bench(folder: Path) -> None:
    """Print wall and CPU seconds of `mpr run` and of `mpr replay` (median of three), and the stages' own compute seconds."""
    path, truth = film(folder, seconds=600, seed=7, width=1280, height=720)
    home = folder / "replay-home"
    shutil.rmtree(home, ignore_errors=True)
    brands = folder / "replay.brands.json"
    brands.write_text(json.dumps(truth.brand_file()), encoding="utf-8")
    _mpr(home, "ingest", str(path), "--timeline", TIMELINE, "--brands", str(brands))
    run = _mpr(home, "run", TIMELINE)
    replays = []
    for number in range(REPLAYS):
        score = f"match_brands.min_score={88 + number}"
        replays.append(_mpr(home, "replay", TIMELINE, "--stage", "match_brands", "--set", score))
    replay = sorted(replays, key=lambda found: found["wall_s"])[len(replays) // 2]
    print(f"replay: 10 min of 1280x720: mpr run {run['wall_s']:.0f} s wall, {run['cpu_s']:.0f} s CPU")
    print(
        f"  mpr replay --stage match_brands: {replay['wall_s']:.1f} s wall, {replay['cpu_s']:.1f} s CPU, process start included"
    )
    print(f"  parts computed {replay['computed']} of {run['computed']}, stages {', '.join(replay['stages'])}")
    print(
        f"  CPU ratio {replay['cpu_s'] / run['cpu_s']:.4f}; compute seconds {replay['compute_s']:.1f} of {run['compute_s']:.1f}"
    )
    print(f"  compute ratio {replay['compute_s'] / run['compute_s']:.4f}")
    shutil.rmtree(home, ignore_errors=True)


def _mpr(home: Path, *words: str) -> dict[str, Any]:
    """One command in a process of its own."""
    command = [sys.executable, "-m", "mpr_dagster.cli.program", *words, "--json"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ, MPR_HOME=str(home))
    )
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    document = json.loads(done.stdout)
    stages = document.get("stages", [])
    return {
        "wall_s": wall_s,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "computed": document.get("parts", {}).get("computed", 0),
        "stages": [stage["name"] for stage in stages],
        "compute_s": sum(stage["compute_s"] for stage in stages),
    }
