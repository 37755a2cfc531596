"""The accepted brands of the registry as a brand file, which reads back as the same brands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.registry.records import Decision
from mpr_core.errors import InputError


def accepted_brands(decisions: Sequence[Decision]) -> tuple[Brand, ...]:
    """The accepted ones, by name."""
    accepted = [decision for decision in decisions if decision.state == "accepted"]
    return tuple(decision.brand for decision in sorted(accepted, key=lambda decision: decision.key))


def brand_file_text(brands: Sequence[Brand], path: Path) -> str:
    """What a brand file with these brands holds: JSON for `.json`, else YAML."""
    document = [_entry(brand) for brand in brands]
    if path.suffix.lower() == ".json":
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def write_brand_file(brands: Sequence[Brand], path: Path) -> None:
    """Write a brand file where none is yet.

    Raises:
        InputError: there is one, or nothing can be written there.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(brand_file_text(brands, path))
    except FileExistsError:
        raise InputError(
            "the file exists",
            where=str(path),
            why="nothing is overwritten",
            remedy="choose another name, or move it away",
        ) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError("the file cannot be written", where=str(path), why=why, remedy="check the path") from error


def _entry(brand: Brand) -> dict[str, Any]:
    """A brand without its empty fields."""
    return {name: value for name, value in brand.model_dump(mode="json").items() if value}
