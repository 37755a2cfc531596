"""Films for the benchmarks, drawn once and kept."""

from __future__ import annotations

from pathlib import Path

from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.truth import SynthTruth
from mpr_core.synth.write import synthesize


def film(folder: Path, *, seconds: float, seed: int, width: int, height: int) -> tuple[Path, SynthTruth]:
    """A film and its truth."""
    path = folder / f"{width}x{height}-{seconds:g}s-{seed}.mp4"
    truth_path = path.with_suffix(".truth.json")
    if not (path.is_file() and truth_path.is_file()):
        synthesize(SynthSpec(seconds=seconds, seed=seed, width=width, height=height), path).save(truth_path)
    return path, SynthTruth.load(truth_path)
