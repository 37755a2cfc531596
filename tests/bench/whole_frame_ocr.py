"""The baseline: whole-frame OCR of every sampled frame with RapidOCR's defaults, each line held against the names by rapidfuzz."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mpr_core.synth.truth import SynthTruth

FPS = 2
MIN_RATIO = 85


def measured(film: Path, truth: Path) -> dict[str, Any]:
    """Run the baseline in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.whole_frame_ocr", str(film), str(truth)]
    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout.splitlines()[-1]) | {"wall_s": time.perf_counter() - began, "cpu_s": cpu_s}


def _run(film: Path, truth: Path) -> dict[str, Any]:
    import av
    from rapidfuzz import fuzz, utils
    from rapidocr import RapidOCR

    names = {b["canonical_name"]: [b["canonical_name"], *b["aliases"]] for b in SynthTruth.load(truth).brand_file()}
    read = RapidOCR(params={"Global.log_level": "warning"})
    airings, k = [], 0
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if frame.time < k / FPS - 1e-6:
                continue
            lines = read(frame.to_ndarray(format="bgr24")).txts or ()
            for brand, spellings in names.items():
                pairs = ((line, name) for line in lines for name in spellings)
                if any(fuzz.partial_ratio(a, b, processor=utils.default_process) >= MIN_RATIO for a, b in pairs):
                    airings.append([brand, max(0.0, (k - 0.5) / FPS), (k + 0.5) / FPS])
            k += 1
    return {"airings": airings, "frames": k}


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2]))))
