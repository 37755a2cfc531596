"""The folder of weights that profiles name, and the digests that its files must have.

`models.json` in it, if there is one, is an object `{"logos.onnx": "<sha256>", ...}`: those files are checked and loaded before the host
is ready. Other files in the folder may be named by requests too; a request can ask for a digest itself.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from mpr_core.errors import ConfigError, ModelMissing
from mpr_core.media.digest import file_digest

SUFFIXES = (".onnx", ".pt", ".engine")
MANIFEST = "models.json"
# Of one part of a path, on any usual file system; and of a path, well below what any takes.
_MOST_NAME_BYTES, _MOST_CHARS = 255, 1000


class ModelsFolder:
    """Names are relative paths with `/`, as a profile writes them in `yolo_weights`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser().absolute()

    def path(self, name: str) -> Path:
        """The file of a name, never one outside the folder: neither by `..` nor by a link that leads out.

        Raises:
            ConfigError: no such name can be.
            ModelMissing: there is no such file.
        """
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name or not name.strip():
            raise _unusable(name, "weights are named by their path below the host's models folder")
        if parts.suffix.lower() not in SUFFIXES:
            raise _unusable(name, f"the host runs {', '.join(SUFFIXES)}")
        if len(name) > _MOST_CHARS or any(
            len(part.encode("utf-8", "replace")) > _MOST_NAME_BYTES for part in parts.parts
        ):
            raise _unusable(name[:_MOST_CHARS], "no file has such a long name")
        path = self._folder / parts
        if not path.is_file() or not path.resolve().is_relative_to(self._folder.resolve()):
            raise ModelMissing(
                "the host has no such weights",
                where=name,
                why="no such file below its models folder",
                remedy="put the file there, or mend yolo_weights in the profile",
            )
        return path

    def listed(self) -> dict[str, Path]:
        """The files that `models.json` names.

        Raises:
            ConfigError: it is no such object.
            ModelMissing: a file is missing, or its sha256 is another.
        """
        manifest = self._folder / MANIFEST
        if not manifest.is_file():
            return {}
        try:
            wanted = json.loads(manifest.read_text(encoding="utf-8"))
        except ValueError as error:
            raise _unusable(MANIFEST, f"not JSON: {error}") from error
        if not isinstance(wanted, dict) or not all(isinstance(digest, str) for digest in wanted.values()):
            raise _unusable(MANIFEST, 'not of the form {"name.onnx": "sha256"}')
        return {name: self._checked(name, digest) for name, digest in wanted.items()}

    def _checked(self, name: str, wanted: str) -> Path:
        path = self.path(name)
        found = file_digest(path)
        if found != wanted.removeprefix("sha256:").lower():
            raise ModelMissing(
                "a model file is changed",
                where=name,
                why=f"{MANIFEST} wants sha256 {wanted}, the file has {found}",
                remedy=f"put the right file there, or its digest into {MANIFEST}",
            )
        return path


def _unusable(name: str, why: str) -> ConfigError:
    return ConfigError(
        "cannot use these weights", where=name, why=why, remedy="mend the name, or the host's models folder"
    )
