"""The truth is computed from the shapes that were drawn: here it is held against the pixels themselves."""

import numpy as np
import pytest

from mpr_core.synth.brands import SHOWN
from mpr_core.synth.camera import Plane, aimed
from mpr_core.synth.canvas import Canvas
from mpr_core.synth.textures import Sheet, Texture, Turn

WIDTH_PX, HEIGHT_PX = 640, 360


def sign(turn: Turn = 0, size: tuple[int, int] = (300, 120)) -> Texture:
    width, height = size if turn == 0 else size[::-1]
    sheet = Sheet(width, height, (0, 0, 0))
    box = (20.0, 20.0, width - 20.0, height - 20.0)
    sheet.write("VANTELO", box, "sans_bold", (255, 255, 255), turn=turn, brand=SHOWN[0])
    return sheet.finish()


def moved(dx_px: float, dy_px: float, scale: float = 1.0) -> np.ndarray:
    return np.array(((scale, 0, dx_px), (0, scale, dy_px), (0, 0, 1.0)))


def ink_bounds(canvas: Canvas) -> tuple[float, float, float, float]:
    rows, columns = np.nonzero(canvas.image.max(axis=2) > 127)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


@pytest.mark.parametrize("turn", [0, 90, -90])
@pytest.mark.parametrize("lean_m", [-5.0, 0.0, 6.0])
def test_the_quad_encloses_the_ink_that_was_drawn_under_perspective(turn: Turn, lean_m: float) -> None:
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    texture = sign(turn)
    wide, high = (side / 100 for side in texture.size_px)
    plane = Plane((-wide / 2, 8.0, 1.5 + high / 2), (1, 0, 0), (0, 0, -1), 100)
    camera = aimed((lean_m, 0.0, 2.0), (0.0, 8.0, 1.5), 5.0, 0.5, (WIDTH_PX, HEIGHT_PX))
    canvas.paint(texture, plane.homography(camera.matrix()))
    (found,) = canvas.instances()
    quad = found.quad_px
    rows, columns = np.nonzero(canvas.image.max(axis=2) > 127)
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        inward = np.array((start[1] - end[1], end[0] - start[0])) / np.linalg.norm(end - start)
        depths = np.column_stack((columns + 0.5, rows + 0.5)) @ inward - start @ inward
        assert -0.8 < depths.min() < 2.0  # no ink outside this edge, and ink right at it
    assert found.visible_ratio == pytest.approx(1.0)
    along = quad[1] - quad[0]
    assert (abs(along[1]) > abs(along[0])) == (turn != 0)
    assert found.letter_height_px == pytest.approx(
        np.linalg.norm(quad[3] - quad[0]), rel=0.12
    )  # capitals only: letter and quad are equally high, but for round letters' overshoot


def test_head_on_letters_are_measured_to_the_pixel() -> None:
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    canvas.paint(sign(), moved(100.0, 80.0))
    (found,) = canvas.instances()
    left, top, right, bottom = ink_bounds(canvas)
    assert (left, top, right, bottom) == pytest.approx((*found.quad_px[0], *found.quad_px[2]), abs=1.0)
    assert found.letter_height_px == pytest.approx(bottom - top, abs=2.0)  # round letters overshoot
    assert found.squeeze_ratio == pytest.approx(1.0, abs=0.01)


def test_what_leaves_the_frame_is_not_visible() -> None:
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    canvas.paint(sign(), moved(100.0, 80.0))
    quad = canvas.instances()[0].quad_px
    middle = float(quad[:, 0].mean())
    half = Canvas(WIDTH_PX, HEIGHT_PX)
    half.paint(sign(), moved(100.0 - middle, 80.0))
    assert half.instances()[0].visible_ratio == pytest.approx(0.5, abs=0.01)
    gone = Canvas(WIDTH_PX, HEIGHT_PX)
    gone.paint(sign(), moved(-400.0, 80.0))
    assert gone.instances() == []


def test_what_is_drawn_later_hides_and_what_is_drawn_earlier_does_not() -> None:
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)

    def block(left: float, right: float) -> list[tuple[np.ndarray, tuple[int, int, int]]]:
        return [(np.array(((left, 0), (right, 0), (right, HEIGHT_PX), (left, HEIGHT_PX)), float), (90, 90, 90))]

    canvas.fill(block(0, WIDTH_PX))
    canvas.paint(sign(), moved(100.0, 80.0))
    quad = canvas.instances()[0].quad_px
    left, right = quad[:, 0].min(), quad[:, 0].max()
    assert canvas.instances()[0].visible_ratio == pytest.approx(1.0)
    canvas.fill(block(left, left + 0.25 * (right - left)))
    assert canvas.instances()[0].visible_ratio == pytest.approx(0.75, abs=0.02)


def test_only_the_window_of_a_scrolling_panel_counts_as_visible() -> None:
    canvas, texture = Canvas(WIDTH_PX, HEIGHT_PX), sign()
    middle = float(texture.marks[0].quad[:, 0].mean())
    canvas.paint(texture, moved(100.0, 80.0), window=(0.0, 0.0, middle, float(texture.size_px[1])))
    assert canvas.instances()[0].visible_ratio == pytest.approx(0.5, abs=0.01)
    assert ink_bounds(canvas)[2] <= 100 + middle + 1


def test_a_shaken_camera_smears_by_the_length_it_reports() -> None:
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    canvas.fill([(np.array(((300, 100), (301, 100), (301, 200), (300, 200)), float), (255, 255, 255))])
    canvas.paint(sign(), moved(10.0, 220.0))
    canvas.shake(9.0, 0.0)
    lit = np.flatnonzero(canvas.image[150, :, 0] > 0)
    assert 9 <= lit.max() - lit.min() + 1 <= 12  # the line itself is anti-aliased
    assert canvas.instances()[0].blur_px == pytest.approx(9.0)


def test_an_empty_canvas_has_no_instances() -> None:
    assert Canvas(64, 64).instances() == []
