"""Dockerfiles and shell scripts, as their linters read them; the image holds what it copies."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployments.deployment_files import COMPOSE, FOLDER, ROOT

DOCKERFILES = sorted(FOLDER.rglob("*.Dockerfile"))
SCRIPTS = sorted(FOLDER.rglob("*.sh"))
PROGRAMS = Path(sys.executable).parent


def without(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (PROGRAMS / program).exists(), reason=f"no wheel of {program} for this machine")


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER))


@without("hadolint")
@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_hadolint_finds_nothing(path: Path) -> None:
    done = subprocess.run([PROGRAMS / "hadolint", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@without("shellcheck")
@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_shellcheck_finds_nothing(path: Path) -> None:
    done = subprocess.run([PROGRAMS / "shellcheck", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_an_image_is_built_on_a_version_and_ends_as_no_root(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, flags=re.MULTILINE))
    bases = {base for base in re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE) if base not in stages}
    assert [base for base in bases if ":" not in base or base.endswith(":latest")] == []
    assert re.findall(r"^USER (\S+)", text, flags=re.MULTILINE)[-1] == "10001:10001"


def test_caddy_starts_where_all_capabilities_are_dropped() -> None:
    """Its file asks for one, and the kernel refuses to run it without: `operation not permitted`."""
    _, _, proxy = (FOLDER / "images" / "servers.Dockerfile").read_text(encoding="utf-8").partition("FROM caddy:")
    assert "RUN setcap -r /usr/bin/caddy\n" in proxy
    assert proxy.index("setcap") < proxy.index("USER")


def test_kuberay_finds_the_program_that_its_probes_call() -> None:
    image = (FOLDER / "images" / "gpu-service.Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"apt-get install .* wget\b", image)


def test_minio_comes_from_where_it_still_is() -> None:
    """Docker Hub answers for `minio/...` that there is no such repository."""
    named = [*DOCKERFILES, COMPOSE / "compose.yaml"]
    images = {
        image for path in named for image in re.findall(r"(\S*minio/\w+):RELEASE", path.read_text(encoding="utf-8"))
    }
    assert images == {"quay.io/minio/minio", "quay.io/minio/mc"}


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_what_an_image_copies_reaches_its_builder(path: Path) -> None:
    """The ignore file lets through exactly the sources of the COPY lines."""
    copied: set[str] = set()
    for words in re.findall(r"^COPY (?!--from)(.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        copied |= set(words.split()[:-1])
    let_through = {
        line.removeprefix("!")
        for line in path.with_name(path.name + ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert copied == let_through
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_builder_is_the_uv_that_the_lock_was_made_with() -> None:
    version = re.search(r'required-version = "==([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version is not None
    for path in DOCKERFILES:
        found = re.findall(r"astral-sh/uv:(\S+)", path.read_text(encoding="utf-8"))
        assert set(found) <= {version[1]}
