"""match_brands as a stage: tracks, boxes beside each other and YOLO classes become decisions that keep their reasons."""

from __future__ import annotations

from typing import Any

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.cascade.configs import EscalateVlmConfig
from mpr_core.inference.in_process import InProcess
from mpr_core.stages import match_brands
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import not_asked
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import table_of
from tests.mpr_core.stages.stored_pictures import StoredPictures

Box = tuple[float, float, float, float]


def brands(*names: str | Brand) -> MatchBrandsConfig:
    return MatchBrandsConfig(brands=tuple(n if isinstance(n, Brand) else Brand(canonical_name=n) for n in names))


class Scene:
    """Boxes and readings in the making."""

    def __init__(self) -> None:
        self.boxes: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []

    def text(self, track: int, box: Box, readings: list[str], score: float = 0.98, voted: str | None = None) -> Scene:
        """A track seen once per reading, in frames 0, 1, ..., always in the same place."""
        for seq, text in enumerate(readings):
            self._box(track, seq, box, "text", "text", score)
            self.lines.append(
                {
                    "track": track,
                    "crop": seq,
                    "seq": seq,
                    "text": text,
                    "score": score,
                    "votes": bool(text),
                    "turned_deg": 0,
                    "cut_start": False,
                    "cut_end": False,
                    "line_height_px": box[3] - box[1],
                }
            )
        self.texts.append(
            {"track": track, "text": readings[0] if voted is None else voted, "score": score, "readings": len(readings)}
        )
        return self

    def yolo(self, track: int, box: Box, classes: list[str], score: float = 0.8) -> Scene:
        """A track of a YOLO model, its class in each frame."""
        for seq, name in enumerate(classes):
            self._box(track, seq, box, "yolo", name, score)
        return self

    def _box(self, track: int, seq: int, box: Box, source: str, class_name: str, score: float) -> None:
        x0, y0, x1, y1 = box
        self.boxes.append(
            {
                "seq": seq,
                "t_s": seq / 2,
                "track": track,
                "source": source,
                "class_name": class_name,
                "score": score,
                "quad_px": [x0, y0, x1, y0, x1, y1, x0, y1],
                "clarity": 0.9,
                "in_hint": False,
            }
        )

    def tables(self) -> tuple[TrackedBoxes, TextLines]:
        return (
            TrackedBoxes(table_of(self.boxes, TrackedBoxes.SCHEMAS["boxes"])),
            TextLines(
                table_of(self.lines, TextLines.SCHEMAS["lines"]), table_of(self.texts, TextLines.SCHEMAS["texts"])
            ),
        )

    def decide(self, config: MatchBrandsConfig) -> Decisions:
        boxes, lines = self.tables()
        return match_brands.run(StoredPictures([], InProcess()).context, config, detect_objects=boxes, run_ocr=lines)


def decided(found: Decisions) -> dict[int, list[str]]:
    """Track -> its brands, '' for none."""
    result: dict[int, list[str]] = {}
    for row in found.decisions.to_pylist():
        result.setdefault(row["track"], []).append(row["brand"])
    return result


def test_every_track_has_a_decision_and_every_decision_a_reason() -> None:
    scene = Scene().text(0, (0, 0, 100, 20), ["VANTEL0", "VANTELO"]).text(1, (0, 200, 80, 220), ["welcome"])
    found = scene.decide(brands("Vantelo", "Brixomar"))
    assert decided(found) == {0: ["Vantelo"], 1: [""]}
    rows = found.decisions.to_pylist()
    assert all(row["reason"] for row in rows)
    assert (rows[0]["score"], rows[0]["matched_name"]) == (pytest.approx(100, abs=12), "Vantelo")
    assert (rows[1]["score"], rows[1]["rule"], rows[1]["text"]) == (0, "", "welcome")
    assert found.counts() == {"decided_tracks": 1, "unmatched_texts": 1}
    assert {row["track"] for row in found.candidates.to_pylist()} >= {0}


def test_frames_that_speak_for_and_against_a_brand_are_told_apart() -> None:
    scene = Scene().text(0, (0, 0, 100, 20), ["VANTELO", "VANTELO", "Brixomar", "V"])
    row = next(r for r in scene.decide(brands("Vantelo")).decisions.to_pylist() if r["brand"] == "Vantelo")
    assert row["for_seqs"] == [0, 1]
    assert row["against_seqs"] == [2], "one letter is too little to speak against"


@pytest.mark.parametrize("spaces", ["TV REGIONAL", "TV  REGIONAL"])
def test_a_name_over_two_boxes_is_decided_for_both(spaces: str) -> None:
    scene = Scene().text(3, (100, 50, 300, 80), [spaces]).text(5, (100, 86, 300, 116), ["MAGALLANES"])
    found = scene.text(7, (100, 300, 200, 320), ["MAGALLANES"]).decide(brands("TV Regional Magallanes"))
    assert decided(found) == {3: ["TV Regional Magallanes"], 5: ["TV Regional Magallanes"], 7: [""]}
    upper, lower = (row for row in found.decisions.to_pylist() if row["brand"])
    assert (upper["with_tracks"], lower["with_tracks"]) == ([5], [3])
    for row in (upper, lower):
        assert (row["span_start_ratio"], row["span_end_ratio"]) == (0.0, 1.0)
    assert upper["text"] == "TV REGIONAL MAGALLANES"


def test_a_name_over_two_boxes_holds_where_both_are_seen() -> None:
    scene = Scene().text(0, (100, 50, 240, 80), ["NORTH"] * 6).text(1, (250, 50, 340, 80), ["STAR"] * 3)
    scene.text(2, (250, 50, 340, 80), ["", "", "", "", "STAR"], voted="STAR")
    del scene.boxes[-5:-1]
    rows = {row["track"]: row for row in scene.decide(brands("North Star")).decisions.to_pylist()}
    assert {track: row["brand"] for track, row in rows.items()} == dict.fromkeys((0, 1, 2), "North Star")
    assert (rows[0]["for_seqs"], rows[0]["against_seqs"]) == ([0, 1, 2, 4], [3, 5])
    assert (rows[1]["for_seqs"], rows[1]["against_seqs"]) == ([0, 1, 2], [])
    assert (rows[2]["for_seqs"], rows[2]["against_seqs"]) == ([4], [])


def test_only_the_part_of_a_line_that_names_the_brand_is_boxed() -> None:
    scene = Scene().text(0, (100, 50, 220, 80), ["new NORTH"]).text(1, (230, 50, 300, 80), ["STAR"])
    found = scene.decide(brands("North Star"))
    first, second = (row for row in found.decisions.to_pylist() if row["brand"])
    assert first["span_start_ratio"] == pytest.approx(4 / 9)
    assert (first["span_end_ratio"], second["span_start_ratio"], second["span_end_ratio"]) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("readings", "start"),
    [
        (["* MUNDRIK", "MUNDRIK", "MUNDRIK"], 0.0),
        (["* MUNDRIK", "* MUNDRIK", "MUNDRIK"], 2 / 9),
        (["* MUNDRIK"], 2 / 9),
    ],
)
def test_a_sign_that_is_read_now_and_then_cuts_no_letters_off_the_brands_box(readings: list[str], start: float) -> None:
    """One reading's place, measured against the voted text of another length, left 'RIK' of the box."""
    row = Scene().text(0, (0, 0, 100, 20), readings).decide(brands("Mundrik")).decisions.to_pylist()[0]
    assert (row["span_start_ratio"], row["span_end_ratio"]) == (pytest.approx(start), 1.0)


def test_a_longer_name_over_two_boxes_beats_the_short_one_inside_it() -> None:
    config = brands("Palmora", "Palmora Bank")
    scene = Scene().text(0, (100, 50, 300, 80), ["PALMORA"]).text(1, (310, 50, 420, 80), ["BANK"])
    assert decided(scene.decide(config)) == {0: ["Palmora Bank"], 1: ["Palmora Bank"]}
    alone = Scene().text(0, (100, 50, 300, 80), ["PALMORA"]).text(1, (100, 400, 220, 430), ["BANK"])
    assert decided(alone.decide(config)) == {0: ["Palmora"], 1: [""]}


def test_a_stray_letter_beside_a_name_takes_no_track_from_its_own_brand() -> None:
    scene = Scene().text(0, (100, 50, 240, 80), ["BRIXOMAR"]).text(1, (250, 50, 360, 80), ["I zurplo"])
    assert decided(scene.decide(brands("Brixomar", "zurplo"))) == {0: ["Brixomar"], 1: ["zurplo"]}


def test_a_name_that_goes_on_in_the_next_box_leaves_that_boxs_own_brand_in_place() -> None:
    scene = Scene().text(0, (100, 50, 200, 80), ["OLTESSA"]).text(1, (210, 50, 420, 80), ["AIRWAYS zurplo"])
    found = scene.decide(brands("Oltessa Airways", "zurplo"))
    assert decided(found) == {0: ["Oltessa Airways"], 1: ["zurplo", "Oltessa Airways"]}
    spans = {
        r["brand"]: (r["span_start_ratio"], r["span_end_ratio"]) for r in found.decisions.to_pylist() if r["track"]
    }
    assert spans["Oltessa Airways"] == (0.0, 0.5)
    assert spans["zurplo"] == (pytest.approx(8 / 14), 1.0)


@pytest.mark.parametrize("class_name", ["Vantelo", "vantelo", "VANTELO", "vantelo-logo"])
def test_a_yolo_class_that_bears_a_brands_name_decides_its_track(class_name: str) -> None:
    config = brands(Brand(canonical_name="Vantelo", aliases=("Vantelo logo",)))
    row = Scene().yolo(0, (10, 10, 60, 60), [class_name] * 3).decide(config).decisions.to_pylist()[0]
    assert (row["brand"], row["rule"]) == ("Vantelo", "class")
    assert row["score"] == pytest.approx(80)
    assert "3 frames" in row["reason"]


def test_a_yolo_class_on_no_brand_list_is_undecided_with_its_class_named() -> None:
    found = Scene().yolo(0, (10, 10, 60, 60), ["person"]).decide(brands("Vantelo"))
    (row,) = found.decisions.to_pylist()
    assert (row["brand"], row["reason"]) == ("", "YOLO class 'person' on 1 frame, on no brand list")


def test_a_yolo_track_follows_the_class_most_of_its_frames_have() -> None:
    found = Scene().yolo(0, (10, 10, 60, 60), ["Vantelo", "Brixomar", "Brixomar"]).decide(brands("Vantelo", "Brixomar"))
    assert decided(found) == {0: ["Brixomar"]}


def test_text_on_a_yolo_track_that_names_a_brand_is_not_overruled_by_its_class() -> None:
    scene = Scene().text(0, (0, 0, 100, 20), ["VANTELO"]).yolo(0, (0, 0, 100, 20), ["Brixomar"])
    assert decided(scene.decide(brands("Vantelo", "Brixomar"))) == {0: ["Vantelo"]}


def test_two_brands_on_one_line_are_two_decisions_with_their_places() -> None:
    found = Scene().text(0, (0, 0, 300, 30), ["VANTELO BRIXOMAR"]).decide(brands("Vantelo", "Brixomar"))
    rows = {row["brand"]: row for row in found.decisions.to_pylist()}
    assert set(rows) == {"Vantelo", "Brixomar"}
    assert rows["Vantelo"]["span_end_ratio"] == pytest.approx(7 / 16)
    assert rows["Brixomar"]["span_start_ratio"] == pytest.approx(8 / 16)


def test_no_text_and_no_brand_list_are_decisions_too() -> None:
    assert Scene().decide(brands("Vantelo")).decisions.num_rows == 0
    assert decided(Scene().text(0, (0, 0, 100, 20), ["VANTELO"]).decide(brands())) == {0: [""]}
    assert decided(Scene().text(0, (0, 0, 100, 20), [""]).decide(brands("Vantelo"))) == {0: [""]}


def test_only_unresolved_tracks_that_pass_the_routing_rules_would_be_asked_about() -> None:
    scene = Scene().text(0, (0, 0, 100, 20), ["VANTELO"] * 4).text(1, (0, 50, 100, 70), ["Mondriko"] * 4)
    scene.text(2, (0, 100, 100, 112), ["Smallprint"] * 4).text(3, (0, 150, 100, 170), ["Brief"])
    scene.text(4, (0, 200, 100, 220), ["Doubtful"] * 4, score=0.45).text(5, (0, 250, 100, 270), ["12:30"] * 4)
    scene.yolo(6, (300, 0, 380, 80), ["logo"] * 4)
    boxes, lines = scene.tables()
    found = not_asked(
        EscalateVlmConfig(), detect_objects=boxes, run_ocr=lines, match_brands=scene.decide(brands("Vantelo"))
    )
    asked = {row["track"]: row["why"] for row in found.questions.to_pylist()}
    assert asked == {1: "legible text that is on no brand list", 6: "a logo without text"}
    assert found.counts() == {"asked": 0, "would_ask": 2, "decided": 0}
