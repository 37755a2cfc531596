"""Recall and precision over several films and sizes, so that no figure rests on one film."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.bench import pipeline
from tests.bench.film import film
from tests.bench.scores import line, score

FILMS = (
    (30, 11, 1280, 720, "generic"),
    (30, 12, 1280, 720, "soccer_broadcast"),
    (30, 13, 1280, 720, "fast"),
    (30, 14, 854, 480, "generic"),
    (20, 15, 1920, 1080, "generic"),
)


def bench(folder: Path) -> None:
    """Print one line per film, with its longest misses and false seconds."""
    for seconds, seed, width, height, profile in FILMS:
        path, truth = film(folder, seconds=seconds, seed=seed, width=width, height=height)
        home = folder / f"accuracy-{seed}"
        shutil.rmtree(home, ignore_errors=True)
        found = pipeline.measured(path, path.with_suffix(".truth.json"), home, profile)
        scored = score(truth, found["airings"])
        print(f"accuracy: seed {seed}, {width}x{height}, {profile}: {line(scored)}; {found['wall_s']:.0f} s")
        for miss in scored.misses[:3]:
            print(f"    missed {miss.brand} {miss.start_s:.1f}-{miss.end_s:.1f} s, {miss.letter_height_px:.0f} px")
        for wrong in scored.falses[:3]:
            print(f"    false  {wrong.brand} {wrong.start_s:.1f}-{wrong.end_s:.1f} s")
