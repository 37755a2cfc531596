"""What the tests of the Dagster side share: a short film, a home in which it was ingested and run once, and copies of that home."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_dagster.command_line import CommandLine

TIMELINE = "match"
PROFILE = "two_parts"
BRANDS = ("Vantelo", "Oltessa", "Tavikko", "Brixomar")


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `film.mp4` (4 s, 320x180: Vantelo, after a cut at 2 s Oltessa), `other.mp4` (Tavikko) and `brands.json`."""
    folder = tmp_path_factory.mktemp("media")
    shots = (
        Shot(Fraction(2), (Sign("VANTELO", (30, 50), 22),), place=4, pan_px=10),
        Shot(Fraction(2), (Sign("Oltessa", (90, 80), 24),), place=5, pan_px=-10),
    )
    draw_film(folder / "film.mp4", shots, size_px=(320, 180))
    draw_film(folder / "other.mp4", (Shot(Fraction(2), (Sign("TAVIKKO", (60, 60), 26),), place=6),), size_px=(320, 180))
    (folder / "brands.json").write_text(json.dumps([{"canonical_name": name} for name in BRANDS]))
    return folder


@pytest.fixture(scope="session")
def ingested_once(media: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with the timeline `match`, whose profile cuts it into two segments; nothing was run. For reading only."""
    mpr = CommandLine(tmp_path_factory.mktemp("ingested") / "home")
    written = Path(mpr.done("profiles", "copy", "generic", PROFILE, "--json").json["path"])
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("    fps: 2\n", "    fps: 2\n    segment_s: 2\n"), encoding="utf-8")
    mpr.done(
        "ingest", media / "film.mp4", "--timeline", TIMELINE, "--profile", PROFILE, "--brands", media / "brands.json"
    )
    return mpr


@pytest.fixture(scope="session")
def ran(ingested_once: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The same after one run. For reading only."""
    mpr = CommandLine(tmp_path_factory.mktemp("ran") / "home")
    shutil.copytree(ingested_once.home, mpr.home)
    mpr.done("run", TIMELINE)
    return mpr


@pytest.fixture
def ingested(ingested_once: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of `ingested_once`, to change."""
    shutil.copytree(ingested_once.home, tmp_path / "home")
    return CommandLine(tmp_path / "home")


@pytest.fixture
def copied(ran: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of `ran`, to change."""
    shutil.copytree(ran.home, tmp_path / "home")
    return CommandLine(tmp_path / "home")


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    """A home in which nothing is yet."""
    return CommandLine(tmp_path / "home")
