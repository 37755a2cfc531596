"""One ONNX file run by OpenVINO: fixed input shapes, few compiled at a time, one thread of use.

Measured on two cores (docs/performance.md): bf16, where the CPU has it, takes less than half of f32's time and finds and reads
the same text.
The precision in force is part of the model's digest, so parts made with different arithmetic never share a recipe.
"""

from __future__ import annotations

import ast
from collections import OrderedDict
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mpr_core.media.digest import file_digest

Precision = Literal["auto", "f32", "bf16"]
_COMPILED_SHAPES = 8


@lru_cache(maxsize=1)
def _core() -> Any:
    import openvino

    return openvino.Core()


def resolved_precision(precision: Precision) -> str:
    """'f32' or 'bf16': what 'auto' means on this CPU."""
    if precision == "auto":
        return "bf16" if "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    return precision


@lru_cache(maxsize=32)
def model_digest(path: Path, precision: Precision) -> str:
    """What decides a model's answers: its bytes, the engine's version and the precision."""
    import openvino

    version = str(openvino.__version__).split("-", 1)[0]
    return f"sha256:{file_digest(path)[:16]} openvino:{version} {resolved_precision(precision)}"


class OnnxModel:
    """A model that answers arrays with arrays. Not thread-safe."""

    def __init__(self, path: Path, precision: Precision) -> None:
        self.path = path
        self.precision = resolved_precision(precision)
        self._requests: OrderedDict[tuple[int, ...], Any] = OrderedDict()

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for a float32 input of shape (n, c, h, w)."""
        request = self._request(batch.shape)
        request.infer({0: batch}, share_inputs=True)
        return np.array(request.get_output_tensor(0).data, copy=True)

    def metadata(self, name: str) -> str | None:
        """A text from the ONNX file's own metadata."""
        info = self._model.get_rt_info()
        framework = info["framework"] if "framework" in info else {}  # noqa: SIM401 (RTMap has no get)
        return str(framework[name].value) if name in framework else None

    def literal(self, name: str) -> Any:
        """A metadata text that holds a Python literal (ultralytics writes `names`, `imgsz`, `stride` so)."""
        text = self.metadata(name)
        return None if text is None else ast.literal_eval(text)

    @cached_property
    def _model(self) -> Any:
        return _core().read_model(self.path)

    def _request(self, shape: tuple[int, ...]) -> Any:
        if shape in self._requests:
            self._requests.move_to_end(shape)
            return self._requests[shape]
        model = _core().read_model(self.path)
        model.reshape(list(shape))
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": self.precision}
        self._requests[shape] = _core().compile_model(model, "CPU", hints).create_infer_request()
        if len(self._requests) > _COMPILED_SHAPES:
            self._requests.popitem(last=False)
        return self._requests[shape]
