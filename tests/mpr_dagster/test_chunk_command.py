"""`mpr chunk`, `mpr sources`, and `mpr ingest` of what was cut, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mpr_core.intake.cut_events import CutEvent
from tests.mpr_core.whole_pipeline import assert_same_airings
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.test_terminal import command

_LIMITED = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes},) * 2); from mpr_dagster.cli.main import main; main()"


@pytest.fixture
def cut(empty: CommandLine, media: Path) -> CommandLine:
    """A home with film.mp4 cut into its four seconds."""
    said = empty.done("chunk", media / "film.mp4", "--seconds", "1", "--to", "chunks/film")
    assert said.out.splitlines()[0] == "chunks/film: 4 chunks of 00:04.0 (4 cut now, 0 kept)"
    assert said.out.splitlines()[-1] == "next: mpr ingest chunks/film --timeline ID"
    return empty


def times(report: dict[str, object]) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for airing in report["airings"]:  # type: ignore[attr-defined]
        found.setdefault(airing["brand"], []).append((airing["start_s"], airing["end_s"]))
    return found


def test_a_cut_film_is_reported_like_the_whole_one(cut: CommandLine, ran: CommandLine, media: Path) -> None:
    cut.done("ingest", "chunks/film", "--timeline", "pieces", "--brands", media / "brands.json")
    cut.done("run", "pieces")
    pieces, whole = cut.done("report", "pieces", "--json").json, ran.done("report", TIMELINE, "--json").json
    assert set(times(whole)) == {"Vantelo", "Oltessa"}
    assert_same_airings(times(pieces), times(whole), 0.5)


def test_a_second_call_finds_everything_there(cut: CommandLine, media: Path) -> None:
    said = cut.done("chunk", media / "film.mp4", "--seconds", "1", "--to", "chunks/film/")
    assert said.out.splitlines()[0] == "chunks/film: 4 chunks of 00:04.0 (all were there)"


def test_json_is_a_line_for_each_step_and_the_last_one_names_the_folder(empty: CommandLine, media: Path) -> None:
    said = empty.done("chunk", media / "film.mp4", "--seconds", "2", "--json")
    events = [CutEvent.model_validate_json(line) for line in said.out.splitlines()]
    assert [event.kind for event in events if event.kind != "processing"] == ["queued"] * 2 + ["done"] * 2 + [
        "finished"
    ]
    assert empty.done("ingest", events[-1].key, "--timeline", "all", "--json").json["chunks"][1]["offset_s"] == "2/1"


def test_json_of_a_refused_source_is_one_error(empty: CommandLine, media: Path) -> None:
    said = empty("chunk", media / "brands.json", "--seconds", "2", "--json")
    assert said.code == 2
    assert said.json["error"]["what"] == "not a video"


def test_a_source_may_lie_in_media_in_already(cut: CommandLine) -> None:
    key = "chunks/film/film-00002.mp4"
    said = cut.done("chunk", key, "--seconds", "60", "--to", "chunks/again")
    assert said.out.startswith("chunks/again: 1 chunk of 00:01.0")
    found = {source["source"]: source for source in cut.done("sources", "--json").json}
    assert found["chunks/again"]["name"] == key


def test_records_name_no_place_of_this_machine(cut: CommandLine, media: Path) -> None:
    manifest = (cut.home / "media-in" / "chunks" / "film" / "manifest.json").read_text()
    assert str(media) not in manifest
    assert json.loads(manifest)["source"]["name"] == "film.mp4"


def test_sources_are_listed_with_what_uses_them(cut: CommandLine, media: Path) -> None:
    cut.done("ingest", "chunks/film/film-00003.mp4", media / "other.mp4", "--timeline", "mixed")
    listed = cut.done("sources").out.splitlines()
    assert listed[0].split() == ["source", "chunks", "length", "video", "fps", "frames", "size", "timelines"]
    assert listed[1].split()[:7] == ["chunks/film", "4/4", "00:04.0", "h264", "320x180", "25.00", "100"]
    assert listed[1].endswith("mixed")
    assert listed[2].split()[0].startswith("chunks/other-")
    chunks = cut.done("sources", "chunks/film").out.splitlines()
    assert [line.split()[0] for line in chunks[1:]] == ["00:00.0", "00:01.0", "00:02.0", "00:03.0"]
    assert [line.endswith("mixed") for line in chunks[1:]] == [False, False, True, False]
    document = cut.done("sources", "chunks/film", "--json").json[0]
    assert (document["complete"], document["duration_s"], document["frames"], document["timelines"]) == (
        True,
        4.0,
        100,
        ["mixed"],
    )
    assert document["chunks"][2] | {"digest": None, "size_bytes": 0} == {
        "key": "chunks/film/film-00003.mp4",
        "size_bytes": 0,
        "digest": None,
        "start_s": 2.0,
        "duration_s": 1.0,
        "codec": "h264",
        "width_px": 320,
        "height_px": 180,
        "fps": 25.0,
        "vfr": False,
        "frames": 25,
        "damaged_from_s": None,
        "timelines": ["mixed"],
    }


def test_no_sources_say_what_to_do(empty: CommandLine) -> None:
    assert (
        empty.done("sources").out == "no sources yet: mpr ingest VIDEO --timeline ID, or mpr chunk VIDEO --seconds N\n"
    )
    assert empty.done("sources", "--json").json == []


def test_a_chunk_that_is_gone_is_said_and_cut_again(cut: CommandLine, media: Path) -> None:
    (cut.home / "media-in" / "chunks" / "film" / "film-00004.mp4").unlink()
    said = cut.done("sources").out.splitlines()
    assert said[-1] == "chunks/film: 1 chunk gone, the first chunks/film/film-00004.mp4: run mpr chunk again"
    assert said[1].split()[1] == "3/4"
    again = cut.done("chunk", media / "film.mp4", "--seconds", "1", "--to", "chunks/film")
    assert again.out.splitlines()[0].endswith("(1 cut now, 3 kept)")


def test_a_full_disk_is_said_and_leaves_no_chunk(empty: CommandLine, media: Path) -> None:
    words = ("chunk", str(media / "film.mp4"), "--seconds", "2", "--to", "chunks/film", "--workers", "1")
    process = command(empty, *words)
    limited = [sys.executable, "-c", _LIMITED.format(bytes=20_000), *words]
    said = subprocess.run(limited, env=process["env"], cwd=process["cwd"], capture_output=True, text=True)  # type: ignore[call-overload]
    assert said.returncode == 1
    head, why, remedy = said.stderr.splitlines()
    assert head.startswith("mpr: a chunk cannot be written: chunk 1 of ")
    assert why == "  why: file too large"
    assert remedy.startswith("  do:  make room in ")
    left = [path.name for path in (empty.home / "media-in" / "chunks" / "film").iterdir()]
    assert left == ["manifest.json"]
    refused = empty("ingest", "chunks/film", "--timeline", "all")
    assert (refused.code, refused.err.splitlines()[0]) == (2, "mpr: the source is not cut to its end: chunks/film")
    assert empty.done(*words).out.splitlines()[0].endswith("(2 cut now, 0 kept)")
