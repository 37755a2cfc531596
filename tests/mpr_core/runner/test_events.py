"""Events are lines that can be read while they are still being written."""

from __future__ import annotations

import json
from pathlib import Path

from mpr_core.runner.events import Event, EventLog, fan_out, read_events


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
