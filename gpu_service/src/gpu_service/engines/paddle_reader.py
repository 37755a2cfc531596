"""PaddleOCR as the one who runs the text recogniser's ONNX file, without PaddlePaddle and without asking any hub."""

from __future__ import annotations

import importlib.metadata
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import yaml
from numpy.typing import NDArray

from gpu_service.engines.onnx_runtime import Device, provider, runtime_digest
from mpr_core.errors import ConfigError
from mpr_core.inference.engine import OpenVino
from mpr_core.inference.model_files import TEXT_RECOGNISER
from mpr_core.inference.text_recogniser import HEIGHT_PX, Reading
from mpr_core.media.digest import file_digest

_WIDTH_PX = 320
# PaddleX's own name for what the file is; it decides which of its recognisers takes it.
_NAME = "PP-OCRv6_small_rec"


def paddle_digest(device: Device) -> str:
    """What decides its answers: the file's bytes, PaddleOCR, and what runs the file."""
    paddle = f"paddleocr:{importlib.metadata.version('paddleocr')}"
    return f"sha256:{file_digest(TEXT_RECOGNISER.path())[:16]} {paddle} {runtime_digest(device)} f32"


class PaddleReader:
    """PaddleOCR's recogniser. One thread reads at a time.

    Args:
        device: what ONNX Runtime runs the file on.
    Raises:
        ConfigError: PaddleOCR is not installed.
    """

    def __init__(self, device: Device) -> None:
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="paddle-reader-")
        folder = Path(self._folder.name)
        (folder / "inference.onnx").symlink_to(TEXT_RECOGNISER.path())
        (folder / "inference.yml").write_text(yaml.safe_dump(_described(), allow_unicode=True), encoding="utf-8")
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        try:
            name, options = provider(device)
            with _any_opencv():
                from paddleocr import TextRecognition

                self._model: Any = TextRecognition(
                    model_name=_NAME,
                    model_dir=str(folder),
                    device="gpu:0" if device == "cuda" else "cpu",
                    engine="onnxruntime",
                    engine_config={"providers": [name], "provider_options": [options]},
                )
        except ImportError as error:
            raise ConfigError(
                "the host has no PaddleOCR",
                where="GPU_READER",
                why=str(error),
                remedy="install the host with its extras `paddle`, and `cpu` or `cuda`, or set GPU_READER=onnx",
            ) from error

    def read(self, bgr: NDArray[np.uint8]) -> Reading:
        """The text in an upright crop `(h, w, 3)` of one line."""
        with self._lock:
            found = self._model.predict(bgr, batch_size=1)[0]
        text = str(found["rec_text"]).strip()
        return Reading(text, min(1.0, float(found["rec_score"])) if text else 0.0)


def _described() -> dict[str, Any]:
    """`inference.yml`: what PaddleX has to know of the file, with the alphabet that the file itself holds."""
    alphabet = OpenVino().open(TEXT_RECOGNISER.path(), "f32").metadata("character") or ""
    steps = [
        {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
        {"RecResizeImg": {"image_shape": [3, HEIGHT_PX, _WIDTH_PX]}},
    ]
    return {
        "Global": {"model_name": _NAME},
        "PreProcess": {"transform_ops": steps},
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": alphabet.splitlines()},
    }


@contextmanager
def _any_opencv() -> Iterator[None]:
    """PaddleX looks for one build of OpenCV by its package's name, once, and uses no more of it than any build has."""
    version = importlib.metadata.version

    def found(name: str) -> str:
        return version("opencv-python-headless" if name == "opencv-contrib-python" else name)

    with mock.patch.object(importlib.metadata, "version", found):
        yield
