"""The folder of a language model, below the host's models folder: what may be in it, and the digest of all of it."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from mpr_core.errors import ConfigError, ModelMissing
from mpr_core.media.digest import file_digest

_NEEDED = ("config.json",)
_WEIGHTS = "*.safetensors"


def language_folder(models: Path, name: str) -> Path:
    """The folder of a name, never one outside the models folder.

    Raises:
        ConfigError: no such name can be, or it has no weights that can be loaded without running what is in them.
        ModelMissing: there is no such folder.
    """
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name or not parts.parts:
        raise _unusable(name, "it is named by its path below the host's models folder")
    root = models.expanduser().absolute()
    folder = root / parts
    if not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
        raise ModelMissing(
            "the host has no such language model",
            where=name,
            why="no such folder below its models folder",
            remedy="put the model's folder there, or set VLM_URL for a model that a server runs",
        )
    missing = [file for file in (*_NEEDED, _WEIGHTS) if not any(folder.glob(file))]
    if missing:
        raise _unusable(name, f"it has no {' and no '.join(missing)}")
    return folder


def folder_digest(folder: Path) -> str:
    """sha256 over the names and the contents of all files, as 64 hex digits; the same wherever the folder lies."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{file_digest(path)}\n".encode())
    return digest.hexdigest()


def _unusable(name: str, why: str) -> ConfigError:
    return ConfigError(
        "cannot use this language model",
        where=name,
        why=why,
        remedy="give a folder as transformers saves it, with its weights as .safetensors",
    )
