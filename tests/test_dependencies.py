"""What `pip install mpr` brings: nothing that belongs on the inference host."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ON_THE_HOST = {
    "torch",
    "torchvision",
    "ultralytics",
    "paddleocr",
    "paddlepaddle",
    "transformers",
    "ray",
    "onnxruntime-gpu",
}


def locked(folder: Path) -> dict[str, dict[str, Any]]:
    """The packages of a lock by name."""
    return {one["name"]: one for one in tomllib.loads((folder / "uv.lock").read_text(encoding="utf-8"))["package"]}


def brought_by(name: str, packages: dict[str, dict[str, Any]]) -> set[str]:
    """Everything that a package needs, extras and development left out."""
    found, todo = set(), [name]
    while todo:
        for needed in packages[todo.pop()].get("dependencies", []):
            if needed["name"] not in found:
                found.add(needed["name"])
                todo.append(needed["name"])
    return found


def test_the_orchestrator_is_installed_without_what_the_inference_host_needs() -> None:
    brought = brought_by("mpr", locked(ROOT))
    assert {"dagster", "openvino", "anthropic"} <= brought
    assert not brought & ON_THE_HOST


def test_the_inference_host_has_its_own_lock_with_what_it_needs() -> None:
    packages = locked(ROOT / "gpu_service")
    assert {"mpr", "fastapi"} <= brought_by("mpr-gpu-service", packages)
    assert {"torch", "ultralytics", "paddleocr", "transformers", "ray"} <= set(packages)
