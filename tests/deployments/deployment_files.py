"""Where the files of deployments/ lie, and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployments"
INSTANCE = FOLDER / "instance"
COMPOSE = FOLDER / "compose"
KUBERNETES = FOLDER / "k8s"


def document(path: Path) -> Any:
    """The one YAML document of a file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def documents(path: Path) -> list[Any]:
    """All YAML documents of a file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def services() -> dict[str, Any]:
    """The services of the compose file, anchors resolved."""
    return dict(document(COMPOSE / "compose.yaml")["services"])
