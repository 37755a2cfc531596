"""A real daemon watches a folder: chunks that are dropped there end up in a report, and a failed run at the webhook."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.lineage.catalog import Catalog
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_core.intake.tiny_videos import tiny_video
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import media  # noqa: F401 - a fixture
from tests.mpr_dagster.ui_processes import UserInterface
from tests.mpr_dagster.watched_home import WatchedHome
from tests.mpr_dagster.webhook import SECRET, Webhook, serve_webhook


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with serve_webhook() as served:
        yield served


@pytest.fixture
def watched(tmp_path: Path, hook: Webhook) -> WatchedHome:
    settings = {"MPR_WATCH": "incoming", "MPR_WATCH_EVERY_S": "1", "MPR_FAILURE_WEBHOOK": hook.url}
    return WatchedHome(CommandLine(tmp_path / "home", settings))


@pytest.fixture
def until(watched: WatchedHome, tmp_path: Path) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Waits for something to be so, while webserver and daemon go on."""
    interface = UserInterface(watched.mpr, tmp_path / "ui.log")

    def wait(fits: Callable[[], bool]) -> None:
        while not fits():
            assert interface.process.poll() is None, "mpr ui has ended"
            interface.processes()
            time.sleep(0.3)

    yield wait
    interface.kill(interface.seen | interface.processes())


def computed(watched: WatchedHome, chunks: int) -> bool:
    """Whether the report stands on so many chunks and its run has ended."""
    catalog = Catalog(watched.catalog().store)
    head = catalog.head("match", "extract_frames") if catalog.has("match") else None
    if head is None or len(head.parts) != chunks or catalog.head_id("match", "compile_report") is None:
        return False
    with watched.mpr.inside(), open_instance(Home()) as instance:
        runs = instance.get_runs(filters=dg.RunsFilter(job_name="detect__generic"))
    return len(runs) == chunks - 1 and all(run.status is dg.DagsterRunStatus.SUCCESS for run in runs)


def test_what_is_dropped_into_the_folder_is_computed_and_a_failure_is_told(
    watched: WatchedHome,
    until: Callable[[Callable[[], bool]], None],
    media: Path,  # noqa: F811
    hook: Webhook,
) -> None:
    broken = watched.mpr.home / "media-out" / "timelines" / "bad" / "timeline.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    watched.put("bad/1.mp4", tiny_video(1))
    for name in ("film.mp4", "other.mp4"):
        watched.put(f"match/{name}", (media / name).read_bytes())
    until(lambda: computed(watched, 2))
    watched.put("match/third.mp4", (media / "other.mp4").read_bytes() + bytes([0, 0, 0, 8]) + b"free")
    until(lambda: computed(watched, 3))
    node = watched.catalog().head("match", "run_ocr")
    assert node is not None
    assert (node.provenance.parts_computed, node.provenance.parts_reused) == (1, 2)
    assert watched.mpr.done("report", "match", "--json").json["timeline"] == "match"
    until(lambda: bool(hook.notes))
    (note,) = hook.notes
    assert (note["job"], note["timeline"]) == ("intake", "bad")
    assert note["errors"][0].startswith(
        "mpr_core.errors.FormatMismatch: stored document is damaged: timelines/bad/timeline.json"
    )
    assert not [path for path in watched.mpr.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
