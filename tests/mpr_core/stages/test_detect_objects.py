"""Small letters are found, one thing keeps one track, hints do what the profile says."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from rapidfuzz import fuzz

from mpr_core.inference.in_process import InProcess
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.store.tables import table_of
from mpr_core.synth.fonts import FaceName, letter
from tests.mpr_core.sign_film import SHOTS, Shot, Sign, paint, pictures
from tests.mpr_core.stages.stored_pictures import StoredPictures
from tests.mpr_core.vision.conftest import draw_panorama, noisy

Box = tuple[int, int, int, int]
FACES: tuple[FaceName, ...] = ("sans_bold", "sans", "serif_bold", "mono_bold")
SYLLABLES = ("ba", "ke", "lo", "mi", "ru", "sta", "ven", "tor", "qui", "fa", "nex", "dri", "pal", "zu", "gor", "hem")


def sheet(size_px: tuple[int, int], letter_px: int, seed: int) -> tuple[NDArray[np.uint8], list[tuple[str, Box]]]:
    """Sixty made-up words with capitals `letter_px` high, on a blurred, grainy ground, and where each stands."""
    width, height = size_px
    random = np.random.default_rng(seed)
    ground = cv2.resize(draw_panorama(seed, 360, 1400), size_px, interpolation=cv2.INTER_CUBIC)
    picture = noisy(np.asarray(cv2.GaussianBlur(ground, (5, 5), 0), np.uint8), 4.0, seed)
    placed: list[tuple[str, Box]] = []
    x, y = 30, 30
    while len(placed) < 60:
        word = "".join(random.choice(SYLLABLES, size=int(random.integers(2, 4))))
        word = word.upper() if random.random() < 0.5 else word.capitalize()
        mask = letter(word, FACES[len(placed) % 4], float(letter_px)).mask
        if x + mask.shape[1] + 30 > width:
            x, y = 30, y + 3 * letter_px
        assert y + mask.shape[0] < height
        region = picture[y : y + mask.shape[0], x : x + mask.shape[1]]
        weight = mask[..., None] / np.float32(255)
        region[:] = (region * (1 - weight) + (245 if region.mean() < 128 else 15) * weight).astype(np.uint8)
        placed.append((word, (x, y, x + mask.shape[1], y + mask.shape[0])))
        x += mask.shape[1] + 3 * letter_px + int(random.integers(0, 30))
    return picture, placed


def covered_ratio(box: Box, quad_px: list[float]) -> float:
    """Share of a word's box that a found quad's upright box covers."""
    corners = np.array(quad_px).reshape(4, 2)
    low, high = corners.min(0), corners.max(0)
    sides = [min(box[i + 2], high[i]) - max(box[i], low[i]) for i in (0, 1)]
    return max(0.0, sides[0]) * max(0.0, sides[1]) / ((box[2] - box[0]) * (box[3] - box[1]))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("size_px", "letter_px"), [((1920, 1080), 12), ((854, 480), 10)], ids=["1080p", "480p"])
def test_small_letters_are_found_and_read_with_default_settings(
    size_px: tuple[int, int], letter_px: int, seed: int, models: InProcess
) -> None:
    picture, words = sheet(size_px, letter_px, seed)
    stored = StoredPictures([picture], models)
    boxes = stored.boxes()
    texts = {row["track"]: row["text"] for row in stored.lines(stored.crops(boxes)).texts.to_pylist()}
    found = read = 0
    for word, place in words:
        best = max(boxes.boxes.to_pylist(), key=lambda row: covered_ratio(place, row["quad_px"]))
        found += covered_ratio(place, best["quad_px"]) >= 0.5
        read += fuzz.ratio(word.lower(), texts.get(best["track"], "").lower().replace(" ", "")) >= 80
    assert found / len(words) >= 0.9
    assert read / len(words) >= 0.9


def tracks_by_text(stored: StoredPictures, **config: Any) -> dict[str, list[int]]:
    """What was read -> how many boxes each track that reads so has."""
    boxes = stored.boxes(**config)
    counts: dict[int, int] = {}
    for row in boxes.boxes.to_pylist():
        counts[row["track"]] = counts.get(row["track"], 0) + 1
    found: dict[str, list[int]] = {}
    for row in stored.lines(stored.crops(boxes)).texts.to_pylist():
        found.setdefault(row["text"], []).append(counts[row["track"]])
    return found


def test_signs_under_a_pan_and_a_score_bug_on_the_screen_keep_one_track_each(models: InProcess) -> None:
    shot = Shot(Fraction(3), (Sign("VANTELO", (250, 60)), Sign("Brixomar", (330, 230))), place=1, pan_px=70)
    frames = []
    for picture in pictures([shot], [Fraction(k, 2) for k in range(6)]):
        paint(picture, Sign("HALMAR 10", (12, 300), 18))
        frames.append(picture)
    found = tracks_by_text(StoredPictures(frames, models))
    assert found == {"VANTELO": [6], "Brixomar": [6], "HALMAR 10": [6]}


def test_a_board_that_changes_its_text_in_place_becomes_two_tracks(models: InProcess) -> None:
    frames = []
    for text in ["VANTELO"] * 4 + ["OLTESSA"] * 4:
        shot = Shot(Fraction(1), (Sign(text, (200, 150), 30), Sign("Brixomar", (60, 260))), place=2)
        frames += list(pictures([shot], [Fraction(0)]))
    assert tracks_by_text(StoredPictures(frames, models)) == {"VANTELO": [4], "OLTESSA": [4], "Brixomar": [8]}


def hint(*bands: Box) -> RegionHints:
    rows = [
        {"seq": 0, "band": n, "polygon_px": [x0, y0, x1, y0, x1, y1, x0, y1], "reason": "test", "score": 1.0}
        for n, (x0, y0, x1, y1) in enumerate(bands)
    ]
    return RegionHints(table_of(rows, RegionHints.SCHEMAS["bands"]))


def board_scene(letter_px: int = 26) -> NDArray[np.uint8]:
    shot = Shot(Fraction(1), (Sign("VANTELO", (40, 40), letter_px), Sign("Brixomar", (330, 240), letter_px)), place=1)
    return next(pictures([shot], [Fraction(0)]))


def test_hints_are_ignored_prioritised_or_all_that_is_searched(models: InProcess) -> None:
    stored = StoredPictures([board_scene()], models)
    band = hint((310, 220, 640, 320))
    expected = {"ignore": {False, True}, "prioritise": {False, True}, "narrow": {True}}
    for mode, inside in expected.items():
        rows = stored.boxes(band, hints=mode).boxes.to_pylist()
        assert {row["in_hint"] for row in rows} == inside
        assert len(rows) == len(inside), "nothing is found twice"


def test_prioritised_bands_are_searched_closer_than_the_rest(models: InProcess) -> None:
    """Letters too small for the reduced frame are found inside a band, which is searched at full resolution."""
    large = np.zeros((1080, 1920, 3), np.uint8)
    large[:] = cv2.resize(draw_panorama(7, 360, 1400), (1920, 1080))
    paint(large, Sign("VANTELO", (300, 300), 11))
    paint(large, Sign("Brixomar", (1200, 800), 60))
    stored = StoredPictures([large], models)
    band = hint((260, 280, 620, 360))
    at_low = {"max_side_px": 480}
    assert {row["text"] for row in stored.read(**at_low)} == {"Brixomar"}
    boxes = stored.boxes(band, hints="prioritise", **at_low)
    texts = {row["text"] for row in stored.lines(stored.crops(boxes)).texts.to_pylist()}
    assert {"VANTELO", "Brixomar"} <= texts


def test_boxes_too_low_or_too_many_are_left_out_best_kept(models: InProcess) -> None:
    stored = StoredPictures([board_scene()], models)
    every = stored.boxes().boxes.to_pylist()
    assert len(every) == 2
    (best,) = stored.boxes(max_boxes=1).boxes.to_pylist()
    assert best["score"] == max(row["score"] for row in every)
    assert stored.boxes(min_height_px=90).boxes.num_rows == 0


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_picture_has_no_boxes_crops_or_lines(shade: int, models: InProcess) -> None:
    stored = StoredPictures([np.full((180, 320, 3), shade, np.uint8)], models)
    boxes = stored.boxes()
    crops = stored.crops(boxes)
    lines = stored.lines(crops)
    assert (boxes.boxes.num_rows, crops.crops.num_rows, lines.texts.num_rows) == (0, 0, 0)
    assert boxes.counts() == {"boxes": 0, "tracks": 0}
    assert StoredPictures([], models).boxes().boxes.num_rows == 0


def test_rows_say_where_when_and_how_clear(models: InProcess) -> None:
    blurred = np.asarray(cv2.GaussianBlur(board_scene(), (0, 0), 2.5), np.uint8)
    rows = StoredPictures([board_scene(), blurred], models).boxes().boxes.to_pylist()
    assert [row["t_s"] for row in rows] == [0.0, 0.0, 0.5, 0.5]
    for sharp in rows[:2]:
        soft = next(row for row in rows[2:] if row["track"] == sharp["track"])
        assert sharp["clarity"] > soft["clarity"] + 0.2
        assert (sharp["source"], sharp["class_name"]) == ("text", "text")
        assert soft["quad_px"] == pytest.approx(sharp["quad_px"], abs=12)


def test_a_scene_change_ends_all_tracks(models: InProcess) -> None:
    frames = list(pictures([SHOTS[1]], [Fraction(0)])) * 4
    stored = StoredPictures(frames, models)
    column = stored.scenes.frames.schema.get_field_index("scene")
    numbers = pa.array([0, 0, 1, 1], pa.int32())
    object.__setattr__(stored.scenes, "frames", stored.scenes.frames.set_column(column, "scene", numbers))
    assert [row["track"] for row in stored.boxes().boxes.to_pylist()] == [0, 0, 1, 1]
