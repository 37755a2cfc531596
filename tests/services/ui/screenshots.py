"""Makes the pictures of docs/ui.md anew, on a copy of a home that holds the demo.

`make screenshots`, which is: python -m tests.services.ui.screenshots HOME FOLDER
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.ui_processes import UserInterface
from tests.services.ui.chromium import browser_page, chromium
from tests.services.ui.chromium_setup import REMEDY
from tests.services.ui.dagster_pages import DagsterPages

_TIMELINE = "demo"


def take(pages: DagsterPages, home: Path, folder: Path) -> None:
    """Walk through the UI as docs/ui.md does."""

    def keep(name: str) -> None:
        pages.page.mouse.move(0, 0)  # away from what would explain itself
        pages.page.wait_for_timeout(4000)  # for what moves into its place
        picture = Image.open(BytesIO(pages.page.screenshot()))
        picture.save(folder / f"{name}.webp", quality=80, method=6)

    pages.open_graph()
    pages.fold_asset_list()
    keep("graph")
    dialog = pages.open_launchpad("match_brands", _TIMELINE)
    pages.write_config(dialog, "min_score: 90")
    keep("launchpad")
    pages.watch(pages.materialize(dialog))
    keep("run")
    pages.open_asset("match_brands")
    keep("asset")
    pages.open_asset("compile_report")
    keep("report")
    pages.open_evidence()
    keep("evidence")
    pages.open_job_launchpad("detect__generic", _TIMELINE)
    keep("job")
    pages.open_sensor("new_chunks")
    pages.shows("0 runs requested")  # the daemon's own first tick, which must not find the chunk
    _drop(home)
    pages.preview_tick()
    keep("sensor")


def _drop(home: Path) -> None:
    """A chunk into the watched folder, so that the sensor has what to ask for."""
    folder = home / "media-in" / "incoming" / "cup-final"
    folder.mkdir(parents=True)
    shutil.copy(next((home / "media-in" / "chunks").rglob("*.mp4")), folder / "1.mp4")
    (folder / "_DONE").touch()


def main(home: Path, folder: Path) -> None:
    """Take them all.

    Raises:
        SystemExit: no demo, or no Chromium.
    """
    if not (home / "media-out" / "timelines" / _TIMELINE).is_dir():
        sys.exit(f"no timeline {_TIMELINE} in {home}: make demo")
    if (program := chromium()) is None:
        sys.exit(f"no Chromium on this machine: {REMEDY}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        copied = Path(scratch) / "home"
        shutil.copytree(home, copied)
        interface = UserInterface(
            CommandLine(copied, {"MPR_WATCH": "incoming", "MPR_WATCH_EVERY_S": "3600"}), Path(scratch) / "ui.log"
        )
        try:
            interface.until_up()
            with browser_page(program) as page:
                take(DagsterPages(page, f"http://127.0.0.1:{interface.port}"), copied, folder)
        finally:
            interface.kill(interface.seen | interface.processes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
