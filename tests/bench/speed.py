"""How much faster than reading every sampled frame whole, and no worse: 1080p at 2 fps, same film, same cores, same run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.bench import pipeline, whole_frame_ocr
from tests.bench.film import film
from tests.bench.scores import line, score

SECONDS = 30


def bench(folder: Path) -> None:
    """Print both and their ratio."""
    path, truth = film(folder, seconds=SECONDS, seed=5, width=1920, height=1080)
    truth_path = path.with_suffix(".truth.json")
    home = folder / "speed"
    shutil.rmtree(home, ignore_errors=True)
    ours = pipeline.measured(path, truth_path, home)
    baseline = whole_frame_ocr.measured(path, truth_path)
    ingest_s = ours["stages_s"].pop("ingest")
    run_s = ours["wall_s"] - ingest_s
    print(f"speed: {SECONDS} s of 1080p25 at 2 fps, a fresh process each, on {os.cpu_count()} cores")
    for name, seconds, found in (("MPR (generic)", run_s, ours), ("whole-frame OCR", baseline["wall_s"], baseline)):
        print(f"  {name:18s} {seconds:6.1f} s wall; {line(score(truth, found['airings']))}")
    print(f"  ratio              {baseline['wall_s'] / run_s:6.2f} x wall")
    whole, cpu = baseline["wall_s"] / ours["wall_s"], baseline["cpu_s"] / ours["cpu_s"]
    print(f"  with the {ingest_s:.1f} s that ingest took once: {whole:.2f} x wall, {cpu:.2f} x CPU")
    print(f"  MPR's peak memory  {ours['peak_mb']:7.0f} MB")
    for name, seconds in ours["stages_s"].items():
        counts = ", ".join(f"{k} {v:g}" for k, v in ours["counts"].get(name, {}).items())
        print(f"    {name:20s} {seconds:6.2f} s  {counts}")
