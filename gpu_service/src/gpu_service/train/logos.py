"""The user's logo pictures: a folder with one sub-folder for each brand, or a YAML file of brand -> files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from mpr_core.errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
LEAST_SIDE_PX = 16
_MOST_SIDE_PX = 1024  # a logo in a frame is smaller; what is larger only costs memory
_SOLID = 128

Bgra = NDArray[np.uint8]


@dataclass(frozen=True)
class BrandLogos:
    """One brand: its pictures, each `(h, w, 4) uint8 BGRA`, cut to what is not transparent."""

    name: str
    pictures: tuple[Bgra, ...]


def read_logos(source: Path) -> tuple[BrandLogos, ...]:
    """The brands of a folder or a YAML file, ordered by name.

    Raises:
        InputError: there is none, a brand has no picture, or a picture cannot be used.
    """
    if not source.exists():
        raise _unusable("no such brands", source, "neither a folder nor a file")
    files = _in_folder(source) if source.is_dir() else _in_yaml(source)
    if not files:
        raise _unusable("no brands to train", source, "nothing is in it")
    for name, paths in files.items():
        if not paths:
            raise _unusable("a brand without pictures", source, f"{name} has none that end in {', '.join(SUFFIXES)}")
    return tuple(BrandLogos(name, tuple(_picture(path) for path in paths)) for name, paths in sorted(files.items()))


def _in_folder(folder: Path) -> dict[str, list[Path]]:
    brands = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return {brand.name: sorted(path for path in brand.iterdir() if path.suffix.lower() in SUFFIXES) for brand in brands}


def _in_yaml(file: Path) -> dict[str, list[Path]]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable("the brands cannot be read", file, " ".join(str(error).split())) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise _unusable("the brands cannot be read", file, "it is no mapping of brand names to files")
    return {_name(file, name): [file.parent / path for path in _paths(file, given)] for name, given in document.items()}


def _name(file: Path, name: Any) -> str:
    if isinstance(name, str) and name.strip():
        return name.strip()
    raise _unusable("not a brand's name", file, f"{name!r} is no text; put it in quotes")


def _paths(file: Path, given: Any) -> Iterable[str]:
    paths = [given] if isinstance(given, str) else given
    if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
        return paths
    raise _unusable("the brands cannot be read", file, f"{given!r} is neither a file nor a list of files")


def _picture(path: Path) -> Bgra:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise _unusable("a logo cannot be read", path, error.strerror or str(error)) from error
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if picture is None:
        raise _unusable("a logo cannot be read", path, "it is no picture, or a damaged one")
    cut = _cut(_as_bgra(picture))
    height, width = cut.shape[:2]
    if min(height, width) < LEAST_SIDE_PX:
        why = f"what is not transparent of it is {width} x {height} pixels; each side needs {LEAST_SIDE_PX}"
        raise _unusable("a logo is too small", path, why)
    scale = min(1.0, _MOST_SIDE_PX / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        cut = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
    return cut


def _as_bgra(picture: NDArray[Any]) -> Bgra:
    """Eight bits and four channels, whatever the file has."""
    if picture.dtype != np.uint8:
        most = float(np.iinfo(picture.dtype).max) if picture.dtype.kind == "u" else max(float(picture.max()), 1e-9)
        picture = np.asarray(np.clip(picture * (255 / most), 0, 255), np.uint8)
    match picture.shape[2:]:
        case () | (1,):
            return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGRA), np.uint8)
        case (3,):
            return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA), np.uint8)
        case _:
            return np.asarray(picture, np.uint8)


def _cut(picture: Bgra) -> Bgra:
    """Without its transparent margins, which would widen every box."""
    rows, columns = np.nonzero(picture[:, :, 3] >= _SOLID)
    if not len(rows):
        return picture[:0, :0]
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _unusable(what: str, where: Path, why: str) -> InputError:
    return InputError(
        what,
        where=str(where),
        why=why,
        remedy="give a folder with a sub-folder of pictures for each brand, or a YAML file of brand: [files]",
    )
