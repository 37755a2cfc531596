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
# Without TF32 a GPU computes in float32 as it says.
_OPTIONS: dict[Device, dict[str, str]] = {"cuda": {"use_tf32": "0"}, "cpu": {}}


class OnnxRuntime:
    """ONNX Runtime on one device, in float32."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def digest(self, path: Path, precision: Precision) -> str:
        import onnxruntime

        _float32(precision)
        return f"sha256:{file_digest(path)[:16]} onnxruntime-{self._device}:{onnxruntime.__version__} f32"

    def open(self, path: Path, precision: Precision, widths_px: tuple[int, int] | None = None) -> OnnxFile:
        """The file; one session serves every input size, so `widths_px` is of no matter.

        Raises:
            ModelMissing: the device cannot be used.
        """
        _float32(precision)
        return _Session(path, self._device)


class _Session:
    """An opened file. ONNX Runtime's sessions may be run from several threads."""

    def __init__(self, path: Path, device: Device) -> None:
        import onnxruntime

        self.path = path
        if device == "cuda":
            onnxruntime.preload_dlls()  # CUDA's libraries come in wheels of their own
        provider = _PROVIDERS[device]
        self._session: Any = onnxruntime.InferenceSession(str(path), providers=[(provider, _OPTIONS[device])])
        if provider not in self._session.get_providers():
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
