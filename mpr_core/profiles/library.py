"""Where profiles are found: those that ship with MPR, and the user's own folder, which wins."""

from __future__ import annotations

import difflib
from importlib.resources import files
from pathlib import Path

from mpr_core.errors import ConfigError, InputError
from mpr_core.profiles.profile import Profile, parse_profile

_MAX_BYTES = 1 << 20


class ProfileLibrary:
    """Profiles by name.

    Args:
        user_folder: `NAME.yaml` files of the user; may not exist yet.
    """

    def __init__(self, user_folder: Path) -> None:
        self.user_folder = user_folder
        self._shipped = files("mpr_core.profiles") / "shipped"

    def names(self) -> dict[str, str]:
        """Every profile's name and where it is from: 'shipped' or the user's file."""
        shipped = {Path(f.name).stem: "shipped" for f in self._shipped.iterdir() if f.name.endswith(".yaml")}
        own = {p.stem: str(p) for p in sorted(self.user_folder.glob("*.yaml"))} if self.user_folder.is_dir() else {}
        return dict(sorted((shipped | own).items()))

    def text(self, name: str) -> str:
        """A profile's YAML as it is written.

        Raises:
            ConfigError: there is no such profile; the nearest name is said.
        """
        own = self.user_folder / f"{name}.yaml"
        if name in self.names():
            if own.is_file():
                return read_profile_file(own)
            return (self._shipped / f"{name}.yaml").read_text(encoding="utf-8")
        near = difflib.get_close_matches(name, self.names(), n=1)
        known = ", ".join(self.names())
        raise ConfigError(
            "no such profile",
            where=name,
            why=f"did you mean {near[0]}?" if near else f"profiles here: {known}",
            remedy=f"mpr profiles copy generic {name}, then edit {own}",
        )

    def load(self, name: str) -> Profile:
        """A profile by name."""
        profile = parse_profile(self.text(name), f"profile {name}")
        if profile.name != name:
            raise ConfigError(
                "a profile has another name than its file",
                where=name,
                why=f"it says name: {profile.name}",
                remedy=f"set name: {name}",
            )
        return profile

    def copy(self, source: str, name: str) -> Path:
        """A user's own profile made from another.

        Raises:
            InputError: it exists already, or the name is no file name.
        """
        if not name.replace("-", "").replace("_", "").isalnum():
            raise InputError(
                "not a profile name", where=name, why="letters, digits, '-' and '_' only", remedy="choose another"
            )
        target = self.user_folder / f"{name}.yaml"
        if target.exists():
            raise InputError(
                "the profile exists", where=str(target), why="nothing is overwritten", remedy="choose another name"
            )
        lines = self.text(source).splitlines()
        renamed = [f"name: {name}" if line.startswith("name:") else line for line in lines]
        self.user_folder.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(renamed) + "\n", encoding="utf-8")
        return target


def read_profile_file(path: Path) -> str:
    """The text of a profile's file.

    Raises:
        ConfigError: not there, not readable, too large, or not text.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(
                "a profile is too large", where=str(path), why=f"over {_MAX_BYTES} bytes", remedy="make it smaller"
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(
            "a profile cannot be read", where=str(path), why=why.lower(), remedy="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "a profile is not text", where=str(path), why=str(error), remedy="save it as UTF-8"
        ) from error
