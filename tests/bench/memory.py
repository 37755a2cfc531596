"""Peak memory of a short and a ten times longer timeline: it must be one segment's, whatever the length."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.bench import pipeline
from tests.bench.film import film


def bench(folder: Path) -> None:
    """Print the peak of a 2-minute and of a 20-minute timeline, and their ratio."""
    peaks = {}
    for minutes in (2, 20):
        path, _ = film(folder, seconds=60 * minutes, seed=7, width=640, height=360)
        home = folder / f"memory-{minutes}"
        shutil.rmtree(home, ignore_errors=True)
        found = pipeline.measured(path, path.with_suffix(".truth.json"), home)
        peaks[minutes] = found["peak_mb"]
        print(f"memory: {minutes:2d} min of 640x360: peak {found['peak_mb']:.0f} MB, wall {found['wall_s']:.0f} s")
        shutil.rmtree(home, ignore_errors=True)
    print(f"  ratio {peaks[20] / peaks[2]:.3f}")
