"""A home that was run once, `mpr ui` on it, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import ingested_once, media, ran
from tests.mpr_dagster.ui_processes import UserInterface

if TYPE_CHECKING:
    from tests.services.ui.dagster_pages import DagsterPages

__all__ = ["ingested_once", "media", "ran"]


@pytest.fixture(scope="session")
def home(ran: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A copy of the home that was run, with a watched folder."""
    folder = tmp_path_factory.mktemp("ui") / "home"
    shutil.copytree(ran.home, folder)
    # Only the test's own ticks count: the daemon's next one is an hour away.
    return CommandLine(folder, {"MPR_WATCH": "incoming", "MPR_WATCH_EVERY_S": "3600"})


@pytest.fixture(scope="session")
def interface(home: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserInterface]:
    """Webserver and daemon."""
    served = UserInterface(home, tmp_path_factory.mktemp("log") / "ui.log")
    try:
        served.until_up()
        yield served
    finally:
        served.kill(served.seen | served.processes())


@pytest.fixture
def pages(interface: UserInterface, tmp_path: Path) -> Iterator[DagsterPages]:
    """A browser on it."""
    from tests.services.ui.chromium import browser_page, chromium  # Playwright is not everywhere
    from tests.services.ui.chromium_setup import REMEDY
    from tests.services.ui.dagster_pages import DagsterPages

    if (program := chromium()) is None:
        pytest.skip(f"no Chromium on this machine: {REMEDY}")
    with browser_page(program) as page:
        yield DagsterPages(page, f"http://127.0.0.1:{interface.port}")
        page.screenshot(path=tmp_path / "last.png")
