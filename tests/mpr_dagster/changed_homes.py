"""What is done to a home behind MPR's back, or before a command, for the rows of `bad_input`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mpr_core.brands.registry.records import FoundName, FoundNames
from mpr_core.brands.registry.registry import BrandRegistry
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

SOME_RUN = "5e1ec7ed-0000-4000-8000-000000000000"


def nothing(_home: Path) -> None:
    """No change to the home."""


def broken(text: str) -> Callable[[Path], None]:
    def change(home: Path) -> None:
        (home / "media-out" / "timelines" / TIMELINE / "timeline.json").write_text(text)

    return change


def other_format(home: Path) -> None:
    path = home / "media-out" / "timelines" / TIMELINE / "timeline.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": "mpr.timeline/2"}))


def proposed(home: Path) -> None:
    """Two names that the last run read and no list has."""
    names = tuple(
        FoundName(name=name, sources=("ocr",), seconds=2, airings=1, first_s=0, last_s=2, score=99)
        for name in ("Fjellqua", "Trebix")
    )
    found = FoundNames(timeline=TIMELINE, report="0123456789abcdef", run_id=SOME_RUN, names=names)
    BrandRegistry(ObjectStore(str(home / "media-out"))).propose(found)


def registry_broken(home: Path) -> None:
    proposed(home)
    (home / "media-out" / "brands" / "found" / f"{TIMELINE}.json").write_text("{")


def chunk(home: Path) -> Path:
    return next(home.glob("media-in/chunks/*/*.mp4"))


def chunk_deleted(home: Path) -> None:
    chunk(home).unlink()


def chunk_changed(home: Path) -> None:
    chunk(home).write_bytes(chunk(home).read_bytes() + b"more")


def report_deleted(home: Path) -> None:
    for path in home.glob("media-out/reports/*/*/*"):
        path.unlink()


def other_chunks(home: Path) -> None:
    """A prefix that holds what another source was cut into."""
    other = make_clip(home / "street.mp4", frames=10)
    CommandLine(home).done("chunk", other, "--seconds", "5", "--to", "chunks/match")


def half_cut(home: Path) -> None:
    """A source whose cutting was interrupted."""
    other_chunks(home)
    path = home / "media-in" / "chunks" / "match" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chunks": []}))


def frames_deleted(home: Path) -> None:
    for path in home.glob("media-out/frames/*/*/*.jpg"):
        path.unlink()


def part_damaged(home: Path) -> None:
    for path in home.glob("media-out/parts/run_ocr/*/*/texts.parquet"):
        path.write_bytes(b"PAR1")


def report_elsewhere(home: Path) -> None:
    """run_ocr stands at a node that the report does not rest on."""
    timeline = home / "media-out" / "timelines" / TIMELINE
    head = timeline / "heads" / "run_ocr.json"
    document = json.loads(head.read_text())
    node = json.loads((timeline / "nodes" / "run_ocr" / f"{document['node']}.json").read_text())
    other = "0123456789abcdef"
    (timeline / "nodes" / "run_ocr" / f"{other}.json").write_text(json.dumps(node | {"id": other}))
    head.write_text(json.dumps(document | {"node": other}))


def never_run(home: Path) -> None:
    for path in home.glob(f"media-out/timelines/{TIMELINE}/heads/*"):
        path.unlink()


def manifest_deleted(home: Path) -> None:
    for path in home.glob(f"media-out/timelines/{TIMELINE}/nodes/run_ocr/*"):
        path.unlink()


def labelled(home: Path) -> None:
    CommandLine(home).done("label", "match_brands", "strict")


def begun(home: Path) -> None:
    path = home / "runs" / SOME_RUN / "events.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"kind": "run_started", "at": 1, "format": "mpr.event/1"}\n')
