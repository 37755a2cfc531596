"""The event file of a run: what a terminal, a log or another program can rely on while it grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpr_core.runner.events import EVENT_FORMAT, Event, EventLog, read_events
from mpr_core.runner.found import Cost, Found, FoundBox
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

BOX = FoundBox(track=4, t_s=2.5, source="text", score=0.9, quad_px=(0, 0, 9, 0, 9, 5, 0, 5), brand="B", text="b")


@pytest.fixture
def events_file(ingested: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a first run that says every step of its progress, however fast the machine."""
    monkeypatch.setattr("mpr_core.runner.progress._LEAST_BETWEEN_S", 0.0)
    run_id = ingested.done("run", TIMELINE, "--json").json["run_id"]
    return ingested.home / "runs" / run_id / "events.jsonl"


def test_a_run_says_everything_that_happens_in_order(events_file: Path) -> None:
    lines = events_file.read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["format"] for line in lines} == {EVENT_FORMAT}
    events, cursor = read_events(events_file)
    assert (len(events), cursor) == (len(lines), events_file.stat().st_size)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {(event.run_id, event.timeline) for event in events} == {(events_file.parent.name, TIMELINE)}
    assert (events[0].kind, events[-1].kind, events[-1].status) == ("run_started", "run_finished", "done")
    assert events[0].message.split(",") == list(STAGE_NAMES)
    assert [event.stage for event in events if event.kind == "stage_finished"] == list(STAGE_NAMES)
    for stage in STAGE_NAMES:
        own = [event for event in events if event.stage == stage]
        total = 1 if stage == "compile_report" else 2
        said = [event for event in own if event.kind in ("stage_started", "progress", "stage_finished", "stage_failed")]
        assert [event.kind for event in said] == ["stage_started", *["progress"] * total, "stage_finished"]
        assert [event.segments_done for event in said] == [*range(total + 1), total]
        assert {event.segments_total for event in said} == {total}
        assert [event.frames_done for event in said] == [
            4 * n if total == 2 else 8 * n for n in (*range(total + 1), total)
        ]
        assert [event.frames_per_s is not None for event in said] == [n > 0 for n in (*range(total + 1), total)]
        assert own[-1].media_s == 4.0
        assert own[-1].node
        assert own[-1].parts_computed == total
        assert own[0].status == "running"
        assert own[-1].status in ("done", "skipped")


def test_the_file_is_read_with_a_cursor_while_it_grows(events_file: Path, tmp_path: Path) -> None:
    data = events_file.read_bytes()
    growing = tmp_path / "growing.jsonl"
    events: list[Event] = []
    cursor = 0
    for end in range(0, len(data) + 97, 97):  # a reader that comes by in the middle of lines
        growing.write_bytes(data[:end])
        more, cursor = read_events(growing, cursor)
        events += more
    assert events == read_events(events_file)[0]
    assert cursor == len(data)
    assert read_events(growing, cursor) == ([], cursor)


def test_a_run_that_has_not_begun_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "none.jsonl") == ([], 0)


def test_every_field_survives_the_file(tmp_path: Path) -> None:
    event = Event(
        kind="progress",
        run_id="r",
        timeline="Ünïcode",
        stage="run_ocr",
        status="running",
        message="two\nlines",
        segments_done=1,
        segments_total=3,
        media_s=1.5,
        elapsed_s=0.25,
        eta_s=0.0,
        speed_ratio=6.0,
        counts={"tracks": 3.0},
        parts_computed=1,
        parts_reused=0,
        node="n",
        level="info",
        frames_done=2,
        frames_per_s=0.5,
        found=Found(index=1, start_s=2.0, end_s=4.0, boxes=(BOX,), left_out=3),
        cost=Cost(provider="p", model="m", asked=2, would_ask=1, input_tokens=5, output_tokens=6, cost_usd=0.01),
    )
    assert not {name for name, field in Event.model_fields.items() if getattr(event, name) == field.default} - {
        "format",
        "parts_reused",
    }
    log = EventLog(tmp_path / "deep" / "er" / "events.jsonl")
    log(event)
    log(event)
    assert read_events(log.path)[0] == [event, event]
