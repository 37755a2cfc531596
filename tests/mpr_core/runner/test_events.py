"""Events are lines that can be read while they are still being written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpr_core.errors import FormatMismatch
from mpr_core.runner.events import Event, EventLog, fan_out, read_events, read_lines
from mpr_core.runner.found import Cost


def test_events_come_back_as_they_were_sent(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "runs/1/events.jsonl")
    sent = [
        Event(kind="run_started", run_id="1", timeline="match"),
        Event(kind="progress", stage="run_ocr", segments_done=1, segments_total=4, eta_s=2.5, message='a "line"\n'),
    ]
    for event in sent:
        log(event)
    found, cursor = read_events(log.path)
    assert found == sent
    assert cursor == log.path.stat().st_size
    assert all(json.loads(line)["format"] == "mpr.event/1" for line in log.path.read_text().splitlines())


def test_a_line_that_is_still_being_written_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log(Event(kind="run_started"))
    whole = path.stat().st_size
    with path.open("a") as out:
        out.write('{"kind": "prog')
    found, cursor = read_events(path)
    assert ([event.kind for event in found], cursor) == (["run_started"], whole)
    with path.open("a") as out:
        out.write('ress"}\n')
    later, end = read_events(path, cursor)
    assert [event.kind for event in later] == ["progress"]
    assert read_events(path, end) == ([], end)


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert read_events(tmp_path / "none.jsonl", 7) == ([], 7)


def test_one_sink_feeds_several_in_order() -> None:
    seen: list[tuple[str, str]] = []
    fan_out(lambda e: seen.append(("a", e.kind)), lambda e: seen.append(("b", e.kind)))(Event(kind="log"))
    assert seen == [("a", "log"), ("b", "log")]
    fan_out()(Event(kind="log"))


def test_a_file_of_the_first_version_is_read_and_what_a_later_one_adds_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [
        {"kind": "stage_finished", "at": 1.0, "stage": "run_ocr", "status": "done", "format": "mpr.event/1"},
        {"kind": "stage_moved", "at": 2.0, "format": "mpr.event/1"},
        {"kind": "progress", "at": 3.0, "mood": "good", "cost": {"asked": 2, "carbon_g": 1}, "format": "mpr.event/1"},
        {"kind": "progress", "at": "three o'clock", "format": "mpr.event/1"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    known, cursor = read_events(path)
    assert [(event.kind, event.at) for event in known] == [("stage_finished", 1.0), ("progress", 3.0)]
    assert known[1].cost is not None
    assert known[1].cost.asked == 2
    assert [line.document for line in read_lines(path)[0]] == lines, "programs get what was written, known or not"
    assert cursor == path.stat().st_size


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"kind": "progress", "at": 1, "format": "mpr.event/2"}\n')
    with pytest.raises(FormatMismatch, match=r"mpr\.event/2"):
        read_events(path)


def test_a_line_that_a_killed_writer_left_half_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log(Event(kind="run_started"))
    with path.open("a") as out:
        out.write('{"kind": "prog\n[1]\n\n')
    log(Event(kind="run_finished"))
    lines, cursor = read_lines(path)
    assert [line.document["kind"] for line in lines] == ["run_started", "run_finished"]
    assert lines[-1].cursor == cursor == path.stat().st_size


def test_going_on_from_any_lines_cursor_gives_what_follows_it(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for number in range(5):
        log(Event(kind="log", message=f"Zeile {number} ü", at=float(number)))
    whole, end = read_lines(log.path)
    for i, line in enumerate(whole):
        assert read_lines(log.path, line.cursor) == (whole[i + 1 :], end)


def test_a_run_begins_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    assert log.begin(Event(kind="run_started", message="a"))
    log(Event(kind="progress"))
    assert not log.begin(Event(kind="run_started", message="b"))
    assert [(e.kind, e.message) for e in read_events(log.path)[0]] == [("run_started", "a"), ("progress", "")]


def test_a_cost_says_its_zeros(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log(Event(kind="cost", cost=Cost(would_ask=7)))
    (line,) = read_lines(log.path)[0]
    assert (line.document["cost"]["asked"], line.document["cost"]["would_ask"]) == (0, 7)
    assert line.document["cost"]["cost_usd"] == 0
