"""One thing on screen keeps one track while the camera moves; another thing in its place begins another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mpr_core.vision.camera_motion import camera_motion, corners
from mpr_core.vision.frame_boxes import FrameBoxes, patch
from mpr_core.vision.tracking import follow
from tests.mpr_core.sign_film import Sign, paint
from tests.mpr_core.vision.conftest import draw_panorama, noisy

VIEW_PX = (640, 360)
Box = tuple[int, int, int, int]
SCENE_SIGNS = (Sign("VANTELO", (560, 70)), Sign("Brixomar", (720, 220)), Sign("zurplo", (850, 130), 18))
BUG_PX: Box = (24, 16, 156, 56)


def sign_box(sign: Sign) -> Box:
    """Where a sign's letters stand, in the picture it was painted on."""
    blank = np.zeros((500, 2400, 3), np.uint8)
    paint(blank, sign)
    ys, xs = np.nonzero(blank[..., 0] > 200)
    return int(xs.min()) - 4, int(ys.min()) - 4, int(xs.max()) + 5, int(ys.max()) + 5


def panorama(*signs: Sign) -> NDArray[np.uint8]:
    picture = np.asarray(cv2.resize(draw_panorama(11), (2000, 500)), np.uint8)
    for sign in signs:
        paint(picture, sign)
    return picture


def frame_of(view: NDArray[np.uint8], boxes: Sequence[Box], number: int, step_s: float = 0.5) -> FrameBoxes:
    """What the tracker is given of one frame."""
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
    windows = [grey[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] for x0, y0, x1, y1 in boxes]
    return FrameBoxes(
        number * step_s,
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(len(boxes), 0.9, np.float32),
        corners(np.asarray(grey, np.uint8)),
        np.array([patch(window) for window in windows], np.float32).reshape(-1, 12, 48),
    )


def tracks(frames: Sequence[FrameBoxes], **changed: float) -> list[list[int]]:
    motions = [camera_motion(a.corners, b.corners) for a, b in pairwise([*frames[:1], *frames])]
    found = follow(frames, motions, **({"min_iou": 0.15, "gap_s": 1.1, "min_likeness": 0.25} | changed))
    return [row.tolist() for row in found]


def panned(
    scene: NDArray[np.uint8], boxes: Sequence[Box], step_px: int, frames: int, *, bug: bool = False
) -> list[FrameBoxes]:
    """Frames of a camera that moves right by `step_px` from one to the next; boxes outside the view are left out."""
    result = []
    for number in range(frames):
        left = 420 + step_px * number
        view = noisy(scene[60 : 60 + VIEW_PX[1], left : left + VIEW_PX[0]], 3.0, seed=number)
        moved = [(x0 - left, y0 - 60, x1 - left, y1 - 60) for x0, y0, x1, y1 in boxes]
        shown = [box for box in moved if box[0] >= 0 and box[2] <= VIEW_PX[0]]
        if bug:
            cv2.rectangle(view, BUG_PX[:2], BUG_PX[2:], (30, 20, 90), -1)
            cv2.putText(view, "HAL 1-0", (32, 44), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (250, 250, 250), 2)
            shown = [BUG_PX, *shown]
        result.append(frame_of(np.asarray(view, np.uint8), shown, number))
    return result


@pytest.mark.parametrize("step_px", [0, 8, 25, 60, -40])
def test_signs_of_the_scene_keep_one_track_each_under_a_pan(step_px: int) -> None:
    scene = panorama(*SCENE_SIGNS)
    boxes = [sign_box(sign) for sign in SCENE_SIGNS]
    frames = panned(scene, boxes, step_px, 4 if step_px < 0 else 5)
    found = tracks(frames)
    assert [len(row) for row in found[:3]] == [3, 3, 3]
    seen: dict[int, set[str]] = {}
    for frame, row in zip(frames, found, strict=True):
        left = 420 + step_px * round(frame.t_s * 2)
        for box, track in zip(frame.xyxy_px, row, strict=True):
            name = next(s.text for s in SCENE_SIGNS if abs(sign_box(s)[0] - left - box[0]) < 1)
            seen.setdefault(track, set()).add(name)
    assert sorted(seen) == [0, 1, 2]
    assert all(len(names) == 1 for names in seen.values())


@pytest.mark.parametrize("step_px", [0, 12, 45])
def test_a_score_bug_keeps_one_track_while_the_camera_pans(step_px: int) -> None:
    frames = panned(panorama(*SCENE_SIGNS), [sign_box(s) for s in SCENE_SIGNS], step_px, 5, bug=True)
    found = tracks(frames)
    assert {row[0] for row in found} == {0}
    assert all(0 not in row[1:] for row in found)
    assert {track for row in found for track in row} == {0, 1, 2, 3}


def board(texts: Sequence[str]) -> list[FrameBoxes]:
    """A board seen by a still camera, one text a frame, all in one style."""
    frames = []
    for number, text in enumerate(texts):
        view = panorama(Sign(text, (420, 200), 30))[60 : 60 + VIEW_PX[1], 300 : 300 + VIEW_PX[0]]
        x0, y0, x1, y1 = sign_box(Sign(text, (420, 200), 30))
        frames.append(frame_of(noisy(view, 3.0, seed=number), [(x0 - 300, y0 - 60, x1 - 300, y1 - 60)], number))
    return frames


@pytest.mark.parametrize(
    ("first", "second"), [("VANTELO", "OLTESSA"), ("VANTELO", "TAVIKKO"), ("Oltessa", "Brixomar"), ("RKE", "QJ5")]
)
def test_a_board_that_changes_its_text_becomes_two_tracks(first: str, second: str) -> None:
    assert tracks(board([first] * 4 + [second] * 3)) == [[0]] * 4 + [[1]] * 3


def test_a_board_that_shows_its_first_text_again_becomes_three_tracks() -> None:
    assert tracks(board(["VANTELO"] * 3 + ["OLTESSA"] * 3 + ["VANTELO"] * 3)) == [[0]] * 3 + [[1]] * 3 + [[2]] * 3


def test_a_board_that_is_blurred_for_a_moment_stays_one_track() -> None:
    frames = board(["VANTELO"] * 6)
    blurred = cv2.GaussianBlur(frames[3].patches[0], (0, 0), 2.0)
    frames[3].patches[0] = blurred / np.linalg.norm(blurred)
    assert tracks(frames) == [[0]] * 6


def test_an_unlike_picture_in_the_same_place_ends_a_track() -> None:
    frames = board(["VANTELO"] * 2)
    frames[1].patches[0] *= -1
    assert tracks(frames) == [[0], [1]]
    assert tracks(frames, min_likeness=-1) == [[0], [0]]


def test_a_track_survives_a_short_absence_and_not_a_long_one() -> None:
    frames = board(["VANTELO"] * 8)
    empty = [frame_of(np.zeros((VIEW_PX[1], VIEW_PX[0], 3), np.uint8), [], number) for number in range(8)]
    short = [*frames[:3], *empty[3:4], *frames[4:]]
    long = [*frames[:2], *empty[2:6], *frames[6:]]
    # The camera's motion is not known through a black frame, so pictures of the scene stand in.
    short, long = ([with_scene(frame, frames[0]) for frame in run] for run in (short, long))
    assert [row for row in tracks(short) if row] == [[0]] * 7
    assert [row for row in tracks(long) if row] == [[0]] * 2 + [[1]] * 2


def with_scene(frame: FrameBoxes, like: FrameBoxes) -> FrameBoxes:
    return FrameBoxes(frame.t_s, frame.xyxy_px, frame.scores, like.corners, frame.patches)


def test_no_frames_and_frames_without_boxes_give_no_tracks() -> None:
    assert tracks([]) == []
    view = panorama()[: VIEW_PX[1], : VIEW_PX[0]]
    assert tracks([frame_of(view, [], number) for number in range(3)]) == [[], [], []]


def test_a_box_seen_once_is_a_track_of_its_own() -> None:
    scene = panorama(*SCENE_SIGNS)
    (only,) = panned(scene, [sign_box(SCENE_SIGNS[0])], 0, 1)
    assert tracks([only]) == [[0]]


boxes_px = st.tuples(st.integers(0, 560), st.integers(0, 300), st.integers(4, 80), st.integers(4, 60))


@settings(max_examples=25)
@given(rows=st.lists(st.lists(boxes_px, max_size=6), min_size=1, max_size=5))
def test_every_box_gets_one_number_and_no_two_boxes_of_a_frame_share_one(
    rows: list[list[tuple[int, int, int, int]]],
) -> None:
    view = panorama()[: VIEW_PX[1], : VIEW_PX[0]]
    frames = [
        frame_of(view, [(x, y, x + w, y + h) for x, y, w, h in boxes], number) for number, boxes in enumerate(rows)
    ]
    found = tracks(frames)
    assert [len(row) for row in found] == [len(boxes) for boxes in rows]
    assert all(len(set(row)) == len(row) for row in found)
    order = list(dict.fromkeys(track for row in found for track in row))
    assert order == list(range(len(order)))


def test_a_patch_is_its_own_best_likeness_and_empty_windows_have_none() -> None:
    window = np.random.default_rng(1).integers(0, 256, (20, 90), dtype=np.uint8)
    one = patch(window)
    assert one.shape == (12, 48)
    assert float((one * one).sum()) == pytest.approx(1, abs=1e-4)
    assert float((one * patch(255 - window)).sum()) == pytest.approx(-1, abs=1e-3)
    assert not patch(np.zeros((0, 5), np.uint8)).any()
    assert not patch(np.full((9, 9), 7, np.uint8)).any()
