"""The host's models in a loop, with nothing before or behind them but what the models need: pictures a second, as JSON.

Runs in the host's own environment: `gpu_service/.venv/bin/python -m tests.bench.bare_models FOLDER`, with FOLDER/frames and FOLDER/crops.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from pathlib import Path

import cv2
import numpy as np
from gpu_service.host_backend import HostBackend
from gpu_service.settings import read_settings

from mpr_core.inference.engine import side_by_side
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.stages.configs import DetectObjectsConfig, RunOcrConfig
from mpr_core.wire.ocr import OcrImage


def main(folder: Path) -> None:
    backend = HostBackend(read_settings())
    digests = backend.load()
    frames = [cv2.imread(str(path)) for path in sorted((folder / "frames").glob("*.jpg"))]
    crops = [path.read_bytes() for path in sorted((folder / "crops").glob("*.jpg"))]
    detectors = backend.inference.detectors(DetectObjectsConfig())

    def detect() -> None:
        deque(side_by_side(lambda bgr: detectors.find(np.asarray(bgr, np.uint8), []), frames), maxlen=0)

    def read() -> None:
        asked = [Asked(OcrImage(id=str(n), group=n), HeldPicture(str(n), crop)) for n, crop in enumerate(crops)]
        deque(backend.inference.read(asked, RunOcrConfig()), maxlen=0)

    found = {"detect": len(frames) / _seconds(detect), "ocr": len(crops) / _seconds(read)}
    print(json.dumps(found | {"engine": next(iter(digests.values()))}))


def _seconds(work) -> float:  # type: ignore[no-untyped-def]
    """Of the quicker of two passes: the first may compile."""
    took = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
