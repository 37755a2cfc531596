"""ONNX Runtime, on a CUDA GPU or on the CPU: the same files as in-process, other arithmetic, which the digest says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import ConfigError, ModelMissing
from mpr_core.inference.engine import OnnxFile, Precision
from mpr_core.media.digest import file_digest

Device = Literal["cuda", "cpu"]
_PROVIDERS: dict[Device, str] = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
# Without TF32 a GPU computes in float32 as it says. Unasked, all of a convolution's algorithms are tried on every new input size, for up to
# a second each, and which one wins differs from start to start; region hints bring many sizes.
_OPTIONS: dict[Device, dict[str, str]] = {"cuda": {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}, "cpu": {}}


def provider(device: Device) -> tuple[str, dict[str, str]]:
    """What ONNX Runtime calls a device, and how it is to be used; CUDA's libraries are loaded."""
    import onnxruntime

    if device == "cuda":
        onnxruntime.preload_dlls()  # they come in wheels of their own
    return _PROVIDERS[device], _OPTIONS[device]


def runtime_digest(device: Device) -> str:
    """What ONNX Runtime adds to what decides the answers of a file. The module's version: its distribution has several names."""
    import onnxruntime

    return f"onnxruntime-{device}:{onnxruntime.__version__}"


class OnnxRuntime:
    """ONNX Runtime on one device, in float32."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def digest(self, path: Path, precision: Precision) -> str:
        _float32(precision)
        return f"sha256:{file_digest(path)[:16]} {runtime_digest(self.device)} f32"

    def open(self, path: Path, precision: Precision, widths_px: tuple[int, ...] | None = None) -> OnnxFile:
        """The file; one session serves every input size.

        Raises:
            ModelMissing: the device cannot be used.
        """
        _float32(precision)
        return _Session(path, self.device, widths_px or ())


class _Session:
    """An opened file. ONNX Runtime's sessions may be run from several threads.

    Args:
        widths_px: the widths of its input where there are but a few.
    """

    def __init__(self, path: Path, device: Device, widths_px: tuple[int, ...] = ()) -> None:
        import onnxruntime

        self.path = path
        self._widths_px = widths_px
        name, options = provider(device)
        self._session: Any = onnxruntime.InferenceSession(str(path), providers=[(name, options)])
        if name not in self._session.get_providers():
            raise ModelMissing(
                "ONNX Runtime cannot use this device",
                where=device,
                why="it went back to the CPU: no driver, no GPU, or CUDA libraries of another version",
                remedy="check nvidia-smi, install the extra `cuda`, or set GPU_ENGINE=openvino",
            )
        self._input = self._session.get_inputs()[0].name

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)

    def reserve(self, batch: NDArray[np.float32]) -> None:
        self.infer(batch)
        for width in self._widths_px:  # a GPU prepares for each size when it first comes: now, not at a request
            self.infer(np.ascontiguousarray(batch[..., :width]))

    def metadata(self, name: str) -> str | None:
        found: str | None = self._session.get_modelmeta().custom_metadata_map.get(name)
        return found


def _float32(precision: Precision) -> None:
    if precision == "bf16":
        raise ConfigError(
            "the host does not compute in bf16",
            where="precision",
            why="its engine is ONNX Runtime, which runs these models in f32",
            remedy="set precision to auto or f32",
        )


def cuda_is_usable(probe: Path) -> bool:
    """Whether ONNX files run on a GPU here.

    Args:
        probe: a file to try it with.
    """
    try:
        import onnxruntime
    except ImportError:
        return False
    if _PROVIDERS["cuda"] not in onnxruntime.get_available_providers():
        return False
    try:
        _Session(probe, "cuda")
    except ModelMissing:
        return False
    return True
