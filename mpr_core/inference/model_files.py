"""Which model files there are, where they lie, and what their bytes must be."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mpr_core.errors import ConfigError, ModelMissing
from mpr_core.media.digest import file_digest


@dataclass(frozen=True)
class ModelFile:
    """A model that ships inside a dependency's wheel.

    Attributes:
        package: the distribution's import name; the file lies in its `models` folder.
        sha256: what the file's bytes must be, so that no other weights decide a report unseen.
        source: where the weights come from, and their licence.
    """

    name: str
    package: str
    file_name: str
    sha256: str
    source: str

    def path(self) -> Path:
        """The file's path.

        Raises:
            ModelMissing: the file is absent or its sha256 differs.
        """
        return _checked_path(self)


@lru_cache(maxsize=16)
def _checked_path(model: ModelFile) -> Path:
    spec = importlib.util.find_spec(model.package)
    if spec is None or spec.origin is None:
        raise ModelMissing(
            "a model's package is not installed",
            where=model.package,
            why=f"{model.name} ships in it",
            remedy="run `make`",
        )
    path = Path(spec.origin).parent / "models" / model.file_name
    found = file_digest(path) if path.is_file() else "no file"
    if found != model.sha256:
        raise ModelMissing(
            "a model file is missing or changed",
            where=str(path),
            why=f"expected sha256 {model.sha256}, found {found}",
            remedy=f"reinstall {model.package} (uv sync --reinstall-package {model.package})",
        )
    return path


TEXT_DETECTOR = ModelFile(
    "PP-OCRv6_det_small",
    "rapidocr",
    "PP-OCRv6_det_small.onnx",
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    "PaddleOCR PP-OCRv6 small text detector, Apache-2.0, from the rapidocr wheel",
)
TEXT_RECOGNISER = ModelFile(
    "PP-OCRv6_rec_small",
    "rapidocr",
    "PP-OCRv6_rec_small.onnx",
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    "PaddleOCR PP-OCRv6 small text recogniser, Apache-2.0, from the rapidocr wheel",
)


def user_weights(path_text: str) -> Path:
    """The path of weights a profile names.

    Raises:
        ConfigError: not an existing `.onnx` file.
    """
    path = Path(path_text).expanduser()
    if path.suffix.lower() != ".onnx" or not path.is_file():
        raise ConfigError(
            "cannot use these weights",
            where=path_text,
            why="no such file" if path.suffix.lower() == ".onnx" else "only .onnx weights run in-process",
            remedy="export the model to ONNX and give the file's path",
        )
    return path
