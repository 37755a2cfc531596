"""preprocess and run_ocr: any direction of text comes out readable, and a track's readings make one text."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mpr_core.inference.in_process import InProcess
from mpr_core.stages.configs import RunOcrConfig
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import table_of
from mpr_core.synth.fonts import FaceName, letter
from tests.mpr_core.stages.stored_pictures import StoredPictures
from tests.mpr_core.vision.conftest import draw_panorama, noisy

SIZE_PX = (720, 720)


def turned(text: str, angle_deg: float, letter_px: int = 34, face: FaceName = "sans_bold") -> NDArray[np.uint8]:
    """A word on a panel in the middle of a drawn ground, turned clockwise."""
    mask = letter(text, face, float(letter_px)).mask
    panel = cv2.copyMakeBorder(mask, 24, 24, 24, 24, cv2.BORDER_CONSTANT, value=0)
    ground = np.asarray(cv2.resize(draw_panorama(12, 360, 1400), SIZE_PX), np.uint8)
    height, width = panel.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1.0)
    matrix[:, 2] += [SIZE_PX[0] / 2 - width / 2, SIZE_PX[1] / 2 - height / 2]
    where = cv2.warpAffine(np.full_like(panel, 255), matrix, SIZE_PX)
    ink = cv2.warpAffine(panel, matrix, SIZE_PX, flags=cv2.INTER_CUBIC)[..., None] / np.float32(255)
    ground[where > 127] = (60, 25, 20)
    return noisy((ground * (1 - ink) + 240 * ink).astype(np.uint8), 3.0)


def line_in_the_middle(stored: StoredPictures) -> dict[str, Any]:
    """The reading of the box around the picture's centre."""
    boxes = stored.boxes()
    (track,) = {
        row["track"]
        for row in boxes.boxes.to_pylist()
        if np.abs(np.array(row["quad_px"]).reshape(4, 2).mean(0) - np.array(SIZE_PX) / 2).max() < 20
    }
    return next(row for row in stored.lines(stored.crops(boxes)).lines.to_pylist() if row["track"] == track)


@pytest.mark.parametrize("word", ["Vantelo", "BRIXOMAR", "Fjellqua"])
@pytest.mark.parametrize("angle_deg", [0, 8, 30, -30, 90, -90, 180])
def test_text_is_read_whichever_way_it_runs(word: str, angle_deg: float, models: InProcess) -> None:
    line = line_in_the_middle(StoredPictures([turned(word, angle_deg)], models))
    assert line["text"] == word
    assert line["score"] > RunOcrConfig().agree_score  # sure enough to end a track's reading


def test_the_turn_is_recorded(models: InProcess) -> None:
    for angle_deg, expected in ((0, 0), (180, 180), (90, 0), (-90, 180)):
        line = line_in_the_middle(StoredPictures([turned("BRIXOMAR", angle_deg)], models))
        assert line["turned_deg"] == expected


def boxes_of(*rows: dict[str, Any]) -> TrackedBoxes:
    """Tracked boxes; each row gives seq, track, quad and clarity."""
    filled = [
        {
            "seq": row["seq"],
            "t_s": row["seq"] / 2,
            "track": row["track"],
            "source": "text",
            "class_name": "text",
            "score": 0.9,
            "quad_px": row["quad"],
            "clarity": row.get("clarity", 0.8),
            "in_hint": False,
        }
        for row in rows
    ]
    return TrackedBoxes(table_of(filled, TrackedBoxes.SCHEMAS["boxes"]))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> list[float]:
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def test_the_clearest_and_largest_crops_of_a_track_are_taken_best_first(models: InProcess) -> None:
    stored = StoredPictures([np.full((300, 500, 3), 90, np.uint8)] * 6, models)
    clear = [0.2, 0.9, 0.5, 0.9, 0.1, 0.6]
    high = [40, 40, 40, 20, 60, 40]
    rows = [{"seq": n, "track": 7, "quad": rectangle(50, 50, 250, 50 + high[n]), "clarity": clear[n]} for n in range(6)]
    crops = stored.crops(boxes_of(*rows), crops_per_track=3).crops.to_pylist()
    assert [(row["crop"], row["seq"]) for row in crops] == [(0, 1), (1, 5), (2, 2)]
    assert [row["quality"] for row in crops] == sorted((row["quality"] for row in crops), reverse=True)
    assert [row["line_height_px"] for row in crops] == [40, 40, 40]


def test_a_crop_cut_by_the_frames_border_says_at_which_end_and_comes_last(models: InProcess) -> None:
    stored = StoredPictures([np.full((300, 500, 3), 90, np.uint8)] * 4, models)
    rows = [
        {"seq": 0, "track": 0, "quad": rectangle(0, 50, 180, 90), "clarity": 1.0},
        {"seq": 1, "track": 0, "quad": rectangle(320, 50, 499, 90), "clarity": 1.0},
        {"seq": 2, "track": 0, "quad": rectangle(100, 50, 280, 90), "clarity": 0.4},
        {"seq": 3, "track": 1, "quad": rectangle(100, 120, 130, 299), "clarity": 0.4},
    ]
    crops = stored.crops(boxes_of(*rows)).crops.to_pylist()
    assert [(r["track"], r["seq"], r["cut_start"], r["cut_end"]) for r in crops] == [
        (0, 2, False, False),
        (0, 0, True, False),
        (0, 1, False, True),
        (1, 3, False, True),
    ]


def test_crops_are_stored_under_their_tracks_and_come_back(models: InProcess) -> None:
    stored = StoredPictures([turned("Vantelo", 0)], models)
    crops = stored.crops(stored.boxes())
    (row,) = crops.crops.to_pylist()
    picture = cv2.imdecode(np.frombuffer(crops.images[row["file"]], np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[:2] == (row["height_px"], row["width_px"])
    assert 48 <= row["height_px"] <= 96


def crops_of(*pictures: tuple[int, NDArray[np.uint8]]) -> TrackCrops:
    """Crops as preprocess stores them: (track, picture), in order, best first per track."""
    rows: list[dict[str, Any]] = []
    images: dict[str, bytes] = {}
    for track, picture in pictures:
        rank = sum(1 for row in rows if row["track"] == track)
        name = f"crops/{track}_{rank}.jpg"
        images[name] = cv2.imencode(".jpg", picture)[1].tobytes()
        rows.append(
            {
                "track": track,
                "crop": rank,
                "seq": len(rows),
                "file": name,
                "width_px": picture.shape[1],
                "height_px": picture.shape[0],
                "line_height_px": 30.0,
                "quality": 1.0,
                "cut_start": True,
                "cut_end": False,
            }
        )
    return TrackCrops(table_of(rows, TrackCrops.SCHEMAS["crops"]), images=images)


def written(text: str, letter_px: int = 34) -> NDArray[np.uint8]:
    mask = cv2.copyMakeBorder(letter(text, "sans_bold", float(letter_px)).mask, 8, 8, 8, 8, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.cvtColor(np.maximum(mask, 25), cv2.COLOR_GRAY2BGR), np.uint8)


def test_the_text_of_a_track_is_the_one_its_readings_support_most(models: InProcess) -> None:
    stored = StoredPictures([], models)
    crops = crops_of((3, written("TREBIX")), (3, written("VANTELO")), (3, written("VANTEL0")), (5, written("Oltessa")))
    found = stored.lines(crops)
    assert [(row["track"], row["readings"]) for row in found.texts.to_pylist()] == [(3, 3), (5, 1)]
    assert found.texts.to_pylist()[0]["text"].startswith("VANTEL")
    assert found.texts.to_pylist()[1]["text"] == "Oltessa"
    assert found.counts() == {"crops_read": 4, "tracks": 2, "legible_tracks": 2}


def test_reading_a_track_ends_when_two_sure_readings_agree(models: InProcess) -> None:
    crops = crops_of(*[(0, written("VANTELO"))] * 5)
    stored = StoredPictures([], models)
    assert stored.lines(crops).lines.num_rows == 2
    assert stored.lines(crops, agree_score=1.0).lines.num_rows in (2, 5)
    assert stored.lines(crops).texts.to_pylist()[0]["text"] == "VANTELO"


def test_what_is_not_legible_has_no_text_rather_than_a_guess(models: InProcess) -> None:
    blank = np.full((48, 160, 3), 120, np.uint8)
    found = StoredPictures([], models).lines(crops_of((0, blank)))
    assert found.texts.to_pylist() == [{"track": 0, "text": "", "score": 0.0, "readings": 0}]
    assert found.lines.to_pylist()[0]["votes"] is False


def test_weak_readings_are_kept_but_do_not_vote(models: InProcess) -> None:
    smeared = np.asarray(cv2.GaussianBlur(written("Mondriko", 30), (0, 0), 5.5), np.uint8)
    (line,) = StoredPictures([], models).lines(crops_of((0, smeared))).lines.to_pylist()
    assert 0 < line["score"] < 1
    found = StoredPictures([], models).lines(crops_of((0, smeared)), min_score=1.0)
    assert found.lines.to_pylist()[0]["text"] == line["text"]
    assert [(row["text"], row["readings"]) for row in found.texts.to_pylist()] == [("", 0)]


def test_a_crop_read_upside_down_swaps_its_cut_ends(models: InProcess) -> None:
    over = np.ascontiguousarray(written("BRIXOMAR")[::-1, ::-1])
    (line,) = StoredPictures([], models).lines(crops_of((0, over))).lines.to_pylist()
    assert (line["text"], line["turned_deg"], line["cut_start"], line["cut_end"]) == ("BRIXOMAR", 180, False, True)


def test_a_short_word_on_its_side_in_a_square_box_is_read(models: InProcess) -> None:
    for turn in (1, -1):
        side = np.ascontiguousarray(np.rot90(written("QJ5"), turn))
        square = cv2.copyMakeBorder(side, 0, 0, 14, 14, cv2.BORDER_CONSTANT, value=(25, 25, 25))
        assert max(square.shape[:2]) <= 1.6 * min(square.shape[:2])
        (row,) = StoredPictures([], models).lines(crops_of((0, np.asarray(square, np.uint8)))).texts.to_pylist()
        assert row["text"] == "QJ5"


def test_no_crops_are_no_lines(models: InProcess) -> None:
    found = StoredPictures([], models).lines(TrackCrops.empty())
    assert found.lines.schema == TextLines.SCHEMAS["lines"]
    assert (found.lines.num_rows, found.texts.num_rows) == (0, 0)


def test_a_crop_is_read_the_same_alone_and_among_others(models: InProcess) -> None:
    words = ["VANTELO", "Brixomar", "QJ5", "Oltessa Airways", "zurplo"]
    stored = StoredPictures([], models)
    together = stored.lines(crops_of(*((n, written(word)) for n, word in enumerate(words)))).lines.to_pylist()
    for n, word in enumerate(words):
        (alone,) = stored.lines(crops_of((0, written(word)))).lines.to_pylist()
        assert (alone["text"], alone["score"]) == (together[n]["text"], together[n]["score"])
