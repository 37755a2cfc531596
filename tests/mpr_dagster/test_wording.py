"""Numbers in words read as a person would write them."""

from __future__ import annotations

import pytest

from mpr_core.runner.events import Event
from mpr_core.stages.registry import STAGES
from mpr_dagster.wording import COUNTS, clock, counts_in_words, event_in_words, found_in_words, size, speed_in_words


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, ""),
        ({"frames": 24, "decoded_frames": 300, "frame_bytes": 1_052_250}, "24 frames, 300 decoded, 1.1 MB"),
        ({"scene_changes": 1, "kept_frames": 2400, "blank_frames": 0}, "1 scene change, 2,400 frames kept"),
        ({"bands": 0}, "no bands"),
        ({"airings": 0, "brands": 0}, "no airings"),
        ({"decided_tracks": 0, "unmatched_texts": 38}, "38 texts on no list"),
        ({"boxes": 1, "tracks": 1}, "1 box, 1 track"),
        ({"a_new_count": 2.5}, "2.5 a new count"),
    ],
)
def test_counts_read_as_a_sentence_without_zeros(counts: dict[str, float], words: str) -> None:
    assert counts_in_words(counts) == words


def test_a_skipped_stage_gives_its_reason_and_only_what_it_left_undone() -> None:
    assert found_in_words("skipped", "switched off", {"bands": 0}) == "switched off"
    asked = {"asked": 0, "would_ask": 58, "decided": 0}
    assert (
        found_in_words("skipped", "no local VLM is configured", asked)
        == "58 tracks unasked: no local VLM is configured"
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Event(kind="run_started", message="a"), ""),
        (
            Event(kind="stage_started", stage="run_ocr", segments_total=5, segments_done=2),
            "run_ocr: 3 of 5 parts to compute",
        ),
        (
            Event(kind="stage_started", stage="run_ocr", segments_total=2, segments_done=2),
            "run_ocr: nothing to compute",
        ),
        (
            Event(kind="progress", stage="run_ocr", segments_total=5, segments_done=2, speed_ratio=2.44, eta_s=9.6),
            "run_ocr: 2/5 segments, 2.4x real time, 10 s left",
        ),
        (Event(kind="progress", stage="run_ocr", segments_total=5, segments_done=5, eta_s=0.0), ""),
        (
            Event(kind="stage_finished", stage="run_ocr", status="done", elapsed_s=4.71, counts={"tracks": 3}),
            "run_ocr: done in 4.7 s: 3 tracks",
        ),
        (
            Event(
                kind="stage_finished",
                stage="preprocess",
                status="done",
                elapsed_s=1.0,
                segments_total=5,
                parts_reused=4,
                counts={"crops": 9},
            ),
            "preprocess: done in 1.0 s, 4 of 5 parts reused: 9 crops",
        ),
        (
            Event(kind="stage_finished", stage="preprocess", status="cached", parts_reused=1, counts={"crops": 9}),
            "preprocess: unchanged, 1 part reused: 9 crops",
        ),
        (
            Event(kind="stage_finished", stage="detect_edges", status="skipped", message="switched off"),
            "detect_edges: skipped: switched off",
        ),
        (Event(kind="stage_failed", stage="run_ocr", message="gone\n  why: x"), "run_ocr: failed: gone"),
    ],
)
def test_events_are_one_line_or_none(event: Event, line: str) -> None:
    assert event_in_words(event) == line


def test_every_count_of_every_stage_has_words() -> None:
    """A new count is named here before a user reads it."""
    for stage in STAGES.values():
        payload = stage.module().PAYLOAD
        empty = payload.empty() if payload.SCHEMAS else None
        if empty is not None:
            assert set(empty.counts()) <= set(COUNTS), stage.name


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.0"), (59.96, "01:00.0"), (71.25, "01:11.2"), (3600.0, "1:00:00.0")]
)
def test_times_are_minutes_seconds_and_tenths(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (79_300, "79.3 kB"), (7_819_330, "7.8 MB"), (2.5e9, "2.5 GB"), (7e12, "7000.0 GB")],
)
def test_sizes_have_a_unit_that_reads_well(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(("ratio", "text"), [(0.04, "0.0x"), (2.44, "2.4x"), (9.97, "10x"), (1517.3, "1517x")])
def test_speeds_have_no_needless_digits(ratio: float, text: str) -> None:
    assert speed_in_words(ratio) == text
