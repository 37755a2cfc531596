"""Areas and grid cells of quads, with the odd quads that detectors return."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.report.geometry import GRID_CELLS, area, grid_shares, union_area, unit_polygon
from mpr_core.report.sighting import Quad


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return (left, top, right, top, right, bottom, left, bottom)


@pytest.mark.parametrize(
    ("quad_px", "ratio"),
    [
        (box(0, 0, 50, 50), 0.25),
        (box(-50, -50, 50, 50), 0.25),
        (box(-500, -500, 500, 500), 1.0),
        (box(120, 0, 150, 50), 0.0),
        (box(10, 10, 10, 10), 0.0),
        ((50.0, 0.0, 100.0, 50.0, 50.0, 100.0, 0.0, 50.0), 0.5),
        ((0.0, 0.0, 50.0, 50.0, 50.0, 0.0, 0.0, 50.0), 0.25),
        ((0.0, 0.0, 0.0, 50.0, 50.0, 50.0, 50.0, 0.0), 0.25),
    ],
    ids=["quarter", "cut by the corner", "larger than the frame", "outside", "point", "diamond", "crossed", "reversed"],
)
def test_visible_area(quad_px: Quad, ratio: float) -> None:
    assert area(unit_polygon(quad_px, 100, 100)) == pytest.approx(ratio)


def test_union_takes_overlaps_out() -> None:
    polygons = [unit_polygon(quad, 100, 100) for quad in (box(0, 0, 50, 50), box(25, 0, 75, 50), box(90, 90, 100, 100))]
    assert union_area(polygons) == pytest.approx(0.375 + 0.01)
    assert union_area([]) == 0
    assert union_area([polygons[0]] * 4) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("quad_px", "shares"),
    [
        (box(10, 10, 20, 20), {"top left": 1.0}),
        (box(0, 240, 300, 300), {"bottom left": 1 / 3, "bottom centre": 1 / 3, "bottom right": 1 / 3}),
        (box(150, 150, 150, 150), {"centre": 1.0}),
        (box(400, 10, 500, 20), {"top right": 1.0}),
    ],
    ids=["inside one cell", "along the bottom", "a point", "outside the frame"],
)
def test_grid_shares(quad_px: Quad, shares: dict[str, float]) -> None:
    assert grid_shares(unit_polygon(quad_px, 300, 300), quad_px, 300, 300) == pytest.approx(shares)


@given(st.tuples(*[st.floats(-500, 2500, allow_nan=False)] * 8))
def test_any_quad_has_an_area_and_a_place(quad_px: Quad) -> None:
    polygon = unit_polygon(quad_px, 1920, 1080)
    assert 0 <= area(polygon) <= 1 + 1e-9
    shares = grid_shares(polygon, quad_px, 1920, 1080)
    assert set(shares) <= set(GRID_CELLS)
    assert sum(shares.values()) == pytest.approx(1)
