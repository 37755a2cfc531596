"""What a run tells while it goes on: boxes of each computed segment, questions to models, and what stages say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mpr_core.runner.events import Event
from mpr_core.runner.found import MOST_BOXES, Cost, summed_costs
from mpr_core.stages import extract_frames
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.found_boxes import found_brands, found_tracks
from mpr_core.stages.match_brands import Decisions
from mpr_core.store.tables import table_of
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
CUT_2S = {"extract_frames": {"segment_s": 2}}


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def test_each_computed_segment_tells_its_boxes_and_brands_on_the_timelines_clock(
    pipeline: Make, short_film: Path, other_film: Path
) -> None:
    one, events = pipeline(), []
    one.ingest("match", [short_film, other_film], BRANDS)
    nodes = one.run("match", CUT_2S, events=events.append)
    told = of_kind(events, "detections")
    places = [(0, 0.0, 2.0), (1, 2.0, 4.0), (2, 4.0, 6.0), (3, 6.0, 6.4)]
    for stage in ("detect_objects", "match_brands"):
        own = [event for event in told if event.stage == stage]
        found = [event.found for event in own if event.found is not None]
        assert [(f.index, f.start_s, f.end_s) for f in found] == places
        assert [event.counts for event in own] == [part.counts for part in nodes[stage].parts]
        assert all(f.start_s <= box.t_s < f.end_s for f in found for box in f.boxes)
        assert all(len(box.quad_px) == 8 for f in found for box in f.boxes)
    brands = [{box.brand for box in e.found.boxes} for e in told if e.stage == "match_brands" and e.found]
    assert brands[:3] == [{"Vantelo"}, {"Oltessa"}, {"Tavikko"}]
    again: list[Event] = []
    one.run("match", CUT_2S, events=again.append)
    assert of_kind(again, "detections") == [], "what is reused was told when it was computed"


def test_a_stage_that_may_ask_models_says_what_it_asked_also_when_nothing_is_computed(
    pipeline: Make, short_film: Path
) -> None:
    one = pipeline()
    one.ingest("match", [short_film])
    for _ in range(2):
        events: list[Event] = []
        nodes = one.run("match", CUT_2S, events=events.append)
        costs = {event.stage: event.cost for event in of_kind(events, "cost")}
        unasked = round(nodes["escalate_vlm"].counts["would_ask"])
        assert unasked == 2
        would_cost = nodes["escalate_cloud"].counts["would_cost_usd"]
        assert costs == {
            "escalate_vlm": Cost(would_ask=unasked),
            "escalate_cloud": Cost(would_ask=unasked, would_cost_usd=would_cost),
        }


def test_what_a_stage_says_and_warns_of_is_in_the_stream(
    pipeline: Make, short_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = extract_frames.run

    def talking(context: Any, config: Any) -> Any:
        context.say("opened")
        context.warn("odd picture")
        return real(context, config)

    monkeypatch.setattr(extract_frames, "run", talking)
    one, events = pipeline(), []
    one.ingest("match", [short_film])
    one.run("match", stages=("extract_frames",), events=events.append)
    logged = of_kind(events, "log")
    assert [(e.stage, e.level, e.message) for e in logged] == [
        ("extract_frames", "info", "opened"),
        ("extract_frames", "warning", "odd picture"),
    ]


def boxes(*given: tuple[int, int, float]) -> TrackedBoxes:
    """Boxes of (track, seq, score)."""
    rows = [
        {
            "seq": seq,
            "t_s": seq / 2,
            "track": track,
            "source": "text",
            "class_name": "text",
            "score": score,
            "quad_px": [float(seq), 0, 9, 0, 9, 5, 0, 5],
            "clarity": 1.0,
            "in_hint": False,
        }
        for track, seq, score in given
    ]
    return TrackedBoxes(table_of(rows, TrackedBoxes.SCHEMAS["boxes"]))


def decisions(*given: dict[str, Any]) -> Decisions:
    blank = {
        "track": 0, "brand": "", "score": 0.0, "rule": "", "matched_name": "", "text": "", "span_start_ratio": 0.0,
        "span_end_ratio": 1.0, "for_seqs": [], "against_seqs": [], "with_tracks": [], "reason": "",
    }  # fmt: skip
    schemas = Decisions.SCHEMAS
    return Decisions(
        table_of([blank | row for row in given], schemas["decisions"]), schemas["candidates"].empty_table()
    )


def test_a_track_is_told_once_at_its_surest_the_surest_track_first() -> None:
    found = found_tracks(boxes((3, 0, 0.6), (5, 0, 0.7), (3, 1, 0.9), (3, 2, 0.8)).boxes)
    assert [(box.track, box.t_s, box.score) for box in found.boxes] == [(3, 0.5, 0.9), (5, 0.0, 0.7)]
    assert found.left_out == 2


def test_more_than_a_view_shows_is_counted_and_left_out() -> None:
    many = boxes(*((track, 0, 0.5 + track / 1000) for track in range(MOST_BOXES + 6)))
    found = found_tracks(many.boxes)
    assert (len(found.boxes), found.left_out) == (MOST_BOXES, 6)
    assert found.boxes[0].track == MOST_BOXES + 5
    rows = [{"track": track, "brand": "A", "score": 90.0} for track in range(MOST_BOXES + 6)]
    told = found_brands(decisions(*rows).decisions, many.boxes)
    assert (len(told.boxes), told.left_out) == (MOST_BOXES, 6)


def test_a_brand_is_told_at_a_frame_that_speaks_for_it() -> None:
    decided = decisions(
        {"track": 1, "brand": "A", "score": 88.0, "text": "AAA", "for_seqs": [4]},
        {"track": 2, "text": "unlisted"},
        {"track": 3, "brand": "B", "score": 99.0},
    )
    seen = boxes((1, 2, 0.99), (1, 4, 0.5), (2, 4, 0.9), (3, 6, 0.8))
    told = decided.found({"detect_objects": seen}).boxes
    assert [(box.brand, box.track, box.t_s, box.score, box.text) for box in told] == [
        ("B", 3, 3.0, 99.0, ""),
        ("A", 1, 2.0, 88.0, "AAA"),
    ]


def test_nothing_found_is_told_as_nothing() -> None:
    assert boxes().found({}).boxes == ()
    assert decisions({"track": 1}).found({"detect_objects": boxes((1, 0, 0.5))}).boxes == ()
    assert decisions({"track": 1, "brand": "A"}).found({"detect_objects": boxes()}).boxes == ()


def test_costs_are_added_up_by_provider_and_model() -> None:
    one = Cost(provider="p", model="m", asked=2, input_tokens=10, cost_usd=0.5)
    assert summed_costs([one, Cost(provider="p", model="n", asked=1), one]) == [
        Cost(provider="p", model="m", asked=4, input_tokens=20, cost_usd=1.0),
        Cost(provider="p", model="n", asked=1),
    ]
    assert summed_costs([]) == []
