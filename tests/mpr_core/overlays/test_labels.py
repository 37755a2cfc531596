"""Labels stand inside the frame, and apart: never upon one another, nor so near that two of one colour read as one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.overlays.draw import draw_view
from mpr_core.overlays.labels import place_labels
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Mark, View

SIZE = (1280, 720)
places = st.tuples(st.integers(-20, 1290), st.integers(-20, 730), st.integers(1, 400), st.integers(1, 200))


APART_PX = 2


def near(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two rectangles overlap or leave less than APART_PX between them."""
    gap = APART_PX
    return min(a[2], b[2]) + gap > max(a[0], b[0]) and min(a[3], b[3]) + gap > max(a[1], b[1])


@given(st.lists(places, max_size=40))
def test_placed_labels_are_inside_and_apart(boxes: list[tuple[int, int, int, int]]) -> None:
    outlines = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in boxes]
    found = place_labels(outlines, [[(120, 20), (30, 20)]] * len(outlines), SIZE)
    rects = [place[1] for place in found if place is not None]
    for number, rect in enumerate(rects):
        assert rect[0] >= 0
        assert rect[1] >= 0
        assert rect[2] <= SIZE[0]
        assert rect[3] <= SIZE[1]
        assert not any(near(rect, other) for other in rects[number + 1 :])


def test_a_label_at_the_right_edge_slides_inside() -> None:
    placed = place_labels([(1270.0, 300.0, 1280.0, 320.0)], [[(200, 20)]], SIZE)
    assert placed[0] == (0, (1080.0, 278.0, 1280.0, 298.0))


def test_no_outlines_no_labels() -> None:
    assert place_labels([], [], SIZE) == []
    assert place_labels([(0.0, 0.0, 5.0, 5.0)], [[]], SIZE) == [None]


def test_a_label_wider_than_the_picture_is_shortened_and_letters_without_a_shape_are_spelt() -> None:
    quad = np.array([[10, 60], [90, 60], [90, 90], [10, 90]], np.float32)
    view = View(np.zeros((120, 200, 3), np.uint8), (200, 120), "", marks=(Mark(quad, Colour.SKY, "日" + "long " * 40),))
    drawn = draw_view(view, (200, 120), 1.0)
    assert drawn.left_out == 0
    assert drawn.labels[0][2] <= 200


def test_hundreds_of_boxes_are_drawn_and_the_labels_without_room_counted() -> None:
    marks = []
    for row in range(15):
        for column in range(20):
            x, y = column * 16, row * 12
            corners = np.array([[x, y], [x + 14, y], [x + 14, y + 10], [x, y + 10]], np.float32)
            marks.append(Mark(corners, Colour.SKY, f"#{row * 20 + column} 0.87", f"#{row * 20 + column}"))
    drawn = draw_view(View(np.zeros((180, 320, 3), np.uint8), (320, 180), "", marks=tuple(marks)), SIZE, 1.0)
    assert len(drawn.labels) + drawn.left_out == 300
    assert len(drawn.labels) > 100


def test_labels_of_near_misses_side_by_side_are_told_apart_in_the_picture() -> None:
    marks = []
    for row in range(9):
        for column in range(5):
            x, y = 60 + column * 190, 60 + row * 34
            corners = np.array([[x, y], [x + 150, y], [x + 150, y + 16], [x, y + 16]], np.float32)
            marks.append(Mark(corners, Colour.ORANGE, f"ÄÖÅ QJ{row} = Mündrik? 9{column} < 97", "Mündrik?"))
    plain = View(np.full((720, 1280, 3), 60, np.uint8), SIZE, "", marks=tuple(marks))
    drawn = draw_view(plain, SIZE, 1.0)
    for number, rect in enumerate(drawn.labels):
        assert not any(near(rect, other) for other in drawn.labels[number + 1 :])
        x0, y0, _, y1 = map(int, rect)
        inner, rim = drawn.picture[y0 + 2, x0 + 2 : x0 + 4], drawn.picture[y0 - 1 : y1 + 1, x0 - 1]
        assert (inner == Colour.ORANGE.rgb[::-1]).all()
        assert (rim == 0).all(), "whatever lies beneath, a label has a dark rim"
