"""The disk of the results is full in the middle of a run: a real file system that is too small, then made larger."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE, ingested, ingested_once, media, ran  # noqa: F401 - fixtures
from tests.mpr_dagster.heads import heads

_PAGE = 4096


def _room_bytes(folder: Path) -> int:
    """What the files of a folder take in memory pages, as tmpfs counts."""
    return sum(-(-path.stat().st_size // _PAGE) * _PAGE for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def small(ingested: CommandLine, ran: CommandLine) -> Iterator[CommandLine]:  # noqa: F811
    """A home whose media-out holds half of what a run writes."""
    out = ingested.home / "media-out"
    before = out.rename(ingested.home / "before")
    out.mkdir()
    size = f"size={_room_bytes(ran.home / 'media-out') // 2}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(out)], capture_output=True).returncode:
        pytest.skip("a file system can be mounted by root alone")
    try:
        shutil.copytree(before, out, dirs_exist_ok=True)
        yield ingested
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_run_that_fills_the_disk_says_so_and_goes_on_when_there_is_room(
    small: CommandLine,
    ran: CommandLine,  # noqa: F811
) -> None:
    said = small("run", TIMELINE)
    assert (said.code, len(said.err.splitlines())) == (1, 3), said.err
    assert "No space left on device" in said.err
    subprocess.run(["mount", "-o", "remount,size=64m", str(small.home / "media-out")], check=True)
    outcome = small.done("run", TIMELINE, "--json").json
    assert outcome["parts"]["reused"] > 0
    assert heads(small) == heads(ran)
    left = [path for path in (small.home / "media-out").rglob("*") if "#" in path.name]
    assert left == [], "nothing half-written stays"
