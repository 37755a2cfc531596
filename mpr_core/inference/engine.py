"""One ONNX file run by OpenVINO: fixed input shapes, few compiled at a time.

Measured on two cores (docs/performance.md): bf16, where the CPU has it, takes less than half of f32's time and finds and reads
the same text.
The precision in force is part of the model's digest, so parts made with different arithmetic never share a recipe.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from mpr_core.cores import cores
from mpr_core.media.digest import file_digest
from mpr_core.parallel import in_parallel

Precision = Literal["auto", "f32", "bf16"]
_COMPILED_SHAPES = 8
_MOST_WORKERS = 4
T = TypeVar("T")
R = TypeVar("R")


@lru_cache(maxsize=1)
def _core() -> Any:
    """The engine, after one tiny inference on the calling thread.

    OpenVINO's Python binding sets up its numpy bridge on first use, and two threads that do so at once can wait for each other for
    ever (one holds the C++ guard and wants the interpreter lock, the other the reverse; seen with 2026.4). So nobody is second.
    """
    import openvino
    from openvino import opset13

    core = openvino.Core()
    parameter = opset13.parameter([1, 1], np.float32)
    request = core.compile_model(openvino.Model([opset13.relu(parameter)], [parameter]), "CPU").create_infer_request()
    request.infer({0: np.zeros((1, 1), np.float32)}, share_inputs=True)
    np.array(request.get_output_tensor(0).data, copy=True)
    return core


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


def workers() -> int:
    """How many pictures are worth inferring side by side: two cores do two small jobs in less time than one after the other."""
    return min(_MOST_WORKERS, cores())


class OnnxFile(Protocol):
    """An ONNX file, opened; whatever runs it. Used from several threads.

    Attributes:
        path: the file.
    """

    path: Path

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for a float32 input of shape (n, c, h, w)."""
        ...

    def reserve(self, batch: NDArray[np.float32]) -> None:
        """Run once on an input of the largest size, so that neither memory nor speed depends on when such an input comes."""
        ...

    def metadata(self, name: str) -> str | None:
        """A text from the file's own metadata."""
        ...


class Engine(Protocol):
    """What runs ONNX files."""

    def digest(self, path: Path, precision: Precision) -> str:
        """What decides the answers of a file: its bytes, the engine with its version, and the arithmetic."""
        ...

    def open(self, path: Path, precision: Precision, widths_px: tuple[int, ...] | None = None) -> OnnxFile:
        """The file, ready to infer; `widths_px` as in `OnnxModel`."""
        ...


class OpenVino:
    """OpenVINO on the CPU: the engine of whoever names no other."""

    def digest(self, path: Path, precision: Precision) -> str:
        return model_digest(path, precision)

    def open(self, path: Path, precision: Precision, widths_px: tuple[int, ...] | None = None) -> OnnxFile:
        return OnnxModel(path, precision, widths_px)


class OnnxModel:
    """A model that answers arrays with arrays, from up to `workers()` threads at a time.

    Args:
        widths_px: the input's widths, rising, when one compiled model shall serve them all (weights are then kept once; a model
            compiled for each of six widths held 350 MB more). None: compiled for each input shape, which suits large inputs.
    """

    def __init__(self, path: Path, precision: Precision, widths_px: tuple[int, ...] | None = None) -> None:
        self.path = path
        self._widths_px = widths_px
        self.precision = resolved_precision(precision)
        self._idle: OrderedDict[tuple[int, ...], SimpleQueue[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for a float32 input of shape (n, c, h, w)."""
        idle = self._requests(batch.shape if self._widths_px is None else batch.shape[:3])
        request = idle.get()
        try:
            request.infer({0: batch}, share_inputs=True)
            return np.array(request.get_output_tensor(0).data, copy=True)
        finally:
            idle.put(request)

    def reserve(self, batch: NDArray[np.float32]) -> None:
        """Run every request once on an input of the largest size, so that memory does not depend on when such an input comes."""
        idle = self._requests(batch.shape if self._widths_px is None else batch.shape[:3])
        requests = [idle.get() for _ in range(workers())]
        for request in requests:
            request.infer({0: batch}, share_inputs=True)
            idle.put(request)

    def metadata(self, name: str) -> str | None:
        """A text from the ONNX file's own metadata."""
        info = self._model.get_rt_info()
        framework = info["framework"] if "framework" in info else {}  # noqa: SIM401 (RTMap has no get)
        return str(framework[name].value) if name in framework else None

    @cached_property
    def _model(self) -> Any:
        return _core().read_model(self.path)

    def _requests(self, shape: tuple[int, ...]) -> SimpleQueue[Any]:
        """The idle requests of the model compiled for a shape."""
        with self._lock:
            if shape not in self._idle:
                self._idle[shape] = self._compiled(shape)
            self._idle.move_to_end(shape)
            if len(self._idle) > _COMPILED_SHAPES:
                self._idle.popitem(last=False)
            return self._idle[shape]

    def _compiled(self, shape: tuple[int, ...]) -> SimpleQueue[Any]:
        model = _core().read_model(self.path)
        widths = self._widths_px
        model.reshape([*shape] if widths is None else [*shape, (widths[0], widths[-1])])
        hints = {"NUM_STREAMS": str(workers()), "INFERENCE_PRECISION_HINT": self.precision}
        compiled = _core().compile_model(model, "CPU", hints)
        idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(workers()):
            idle.put(compiled.create_infer_request())
        return idle


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """The threads of this process that infer. They live on: every new thread may open a heap of its own that is never given back."""
    return ThreadPoolExecutor(workers(), thread_name_prefix="infer")


def side_by_side(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`map`, with `workers()` calls under way at a time and no more than that many results waiting; results in order."""
    return in_parallel(_pool(), function, items, ahead=workers())
