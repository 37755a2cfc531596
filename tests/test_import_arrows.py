"""Who may import whom, read from the sources' own imports (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "mpr_core": {"dagster", "mpr_dagster", "gpu_service", "torch", "ultralytics", "paddleocr", "ray"},
    "mpr_dagster": {"gpu_service", "torch", "ultralytics", "paddleocr", "ray"},
    "gpu_service/src": {"dagster", "mpr_dagster"},
    "gpu_service/tests": {"dagster", "mpr_dagster"},
}
HEAVY = {
    "cv2",
    "av",
    "openvino",
    "onnxruntime",
    "rapidocr",
    "scipy",
    "matplotlib",
    "supervision",
    "trackers",
    "scenedetect",
    "anthropic",
    "openai",
    "groq",
}


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_package_imports_only_what_the_architecture_allows(package: str) -> None:
    found = {path: imported(path) & FORBIDDEN[package] for path in (ROOT / package).rglob("*.py")}
    assert {str(path.relative_to(ROOT)): names for path, names in found.items() if names} == {}


def test_the_core_reads_no_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "mpr_core").rglob("*.py")
        if re.search(r"os\.(environ|getenv)|import (environ|getenv)", path.read_text(encoding="utf-8"))
    ]
    assert readers == []


def test_definitions_load_without_a_heavy_library() -> None:
    """A code location that starts in seconds and needs no vision library to show its assets."""
    import subprocess
    import sys

    script = "import sys, mpr_dagster.definitions; print(*[m for m in sys.modules if '.' not in m])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()
