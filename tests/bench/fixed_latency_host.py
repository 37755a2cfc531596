"""The inference host's real router over a stand-in for a GPU: every batch of up to B pictures takes L seconds, one batch at a time.

Runs in the host's own environment: `gpu_service/.venv/bin/python -m tests.bench.fixed_latency_host PORT L B`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import Any

import uvicorn
from gpu_service.app import create_app
from gpu_service.settings import HostSettings

from mpr_core.inference.in_process import InProcess
from mpr_core.wire.detect import Box, DetectResult
from mpr_core.wire.health import ModelInfo
from mpr_core.wire.ocr import OcrResult

_BOXES = tuple(
    Box(
        quad_px=(x, 100, x + 160, 100, x + 160, 130, x, 130),
        score=0.9,
        source="text",
        class_name="text",
    )
    for x in range(40, 1000, 240)
)


class FixedLatency(InProcess):
    """Answers without looking."""

    def __init__(self, latency_s: float, batch: int) -> None:
        super().__init__()
        self._latency_s, self._batch = latency_s, batch
        self._gpu = Lock()

    def digest(self, model: str, precision: Any, weights: str = "") -> str:
        return f"fixed:{self._latency_s:g}"

    def detect(self, frames: Iterable[Any], config: Any) -> Iterator[DetectResult]:
        return (DetectResult(id=frame.about.id, boxes=_BOXES) for frame in self._worked_on(frames))

    def read(self, crops: Iterable[Any], config: Any) -> Iterator[OcrResult]:
        return (OcrResult(id=crop.about.id, text="VANTELO", score=0.8) for crop in self._worked_on(crops))

    def _worked_on(self, pictures: Iterable[Any]) -> Iterator[Any]:
        rest = iter(pictures)
        while batch := list(islice(rest, self._batch)):
            with self._gpu:
                time.sleep(self._latency_s)
            yield from batch


class StandIn:
    """A backend with nothing to load."""

    vlm = None

    def __init__(self, inference: FixedLatency) -> None:
        self.inference = inference

    def load(self) -> dict[str, str]:
        return {"fixed": self.inference.digest("fixed", "auto")}

    def model(self, name: str, precision: str, weights: str) -> ModelInfo:
        digest = self.inference.digest(name, precision, weights)
        return ModelInfo(name=name, digest=digest, engine="none", precision=precision)

    def close(self) -> None:
        pass


def main() -> None:
    port, latency_s, batch = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    app = create_app(HostSettings(), lambda _settings: StandIn(FixedLatency(latency_s, batch)))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main()
