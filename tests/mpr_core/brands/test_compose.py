from __future__ import annotations

from math import cos, radians, sin

import pytest

from mpr_core.brands.compose import ComposedLine, LineBox, Quad, compose_lines

Place = tuple[str, float, float, float, float]  # text, left, top, width, height in px


def box(place: Place, turned_deg: float = 0) -> LineBox:
    text, left, top, width, height = place
    corners = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
    c, s = cos(radians(turned_deg)), sin(radians(turned_deg))
    quad: Quad = tuple((x * c - y * s, x * s + y * c) for x, y in corners)  # type: ignore[assignment]
    return LineBox(key=f"k-{text}", text=text, score=0.9, quad_px=quad)


def composed(*places: Place, turned_deg: float = 0) -> dict[str, ComposedLine]:
    return {line.text: line for line in compose_lines([box(p, turned_deg) for p in places])}


@pytest.mark.parametrize("turned_deg", [0, 7, -30, 90, 180])
def test_words_side_by_side_join_left_to_right_at_any_angle(turned_deg: float) -> None:
    lines = composed(("STAR", 120, 2, 90, 30), ("NORTH", 0, 0, 100, 30), turned_deg=turned_deg)
    assert set(lines) == {"NORTH STAR"}
    assert lines["NORTH STAR"].keys == ("k-NORTH", "k-STAR")
    assert lines["NORTH STAR"].layout == "row"
    assert lines["NORTH STAR"].score == pytest.approx(0.9)


@pytest.mark.parametrize("turned_deg", [0, 10, 90])
def test_lines_of_other_heights_stack_top_to_bottom(turned_deg: float) -> None:
    lines = composed(("MAGALLANES", 0, 50, 300, 70), ("TV REGIONAL", 20, 0, 200, 35), turned_deg=turned_deg)
    assert set(lines) == {"TV REGIONAL MAGALLANES"}
    assert lines["TV REGIONAL MAGALLANES"].layout == "stack"


def test_the_enclosing_quad_holds_all_members() -> None:
    line = composed(("NORTH", 0, 0, 100, 30), ("STAR", 120, 2, 90, 30))["NORTH STAR"]
    xs, ys = zip(*line.quad_px, strict=True)
    assert (min(xs), min(ys), max(xs), max(ys)) == pytest.approx((0, 0, 210, 32))


def test_a_row_above_a_line_reads_row_first() -> None:
    lines = composed(("TV", 0, 0, 40, 30), ("REGIONAL", 60, 0, 150, 30), ("MAGALLANES", 0, 40, 210, 40))
    assert "TV REGIONAL MAGALLANES" in lines


def test_two_columns_side_by_side_are_read_as_columns_too() -> None:
    lines = composed(
        ("NORTH", 0, 0, 100, 30), ("GLOBEX", 130, 0, 110, 30), ("STAR", 10, 40, 90, 30), ("BANK", 140, 40, 80, 30)
    )
    assert {"NORTH STAR", "GLOBEX BANK", "NORTH GLOBEX", "STAR BANK"} <= set(lines)


def test_a_chain_of_four_lines_is_read_and_a_fifth_starts_anew() -> None:
    lines = composed(*((name, 0, 40 * i, 100, 30) for i, name in enumerate("ABCDE")))
    assert {"A B", "A B C", "A B C D", "B C D E"} <= set(lines)
    assert "A B C D E" not in lines


@pytest.mark.parametrize(
    "places",
    [
        (("NORTH", 0, 0, 100, 30), ("STAR", 190, 0, 90, 30)),
        (("NORTH", 0, 0, 100, 30), ("STAR", 110, 0, 90, 60)),
        (("NORTH", 0, 0, 100, 30), ("STAR", 110, 25, 90, 30)),
        (("NORTH", 0, 0, 100, 30), ("STAR", 0, 75, 90, 30)),
        (("NORTH", 0, 0, 100, 30), ("STAR", 90, 35, 90, 30)),
        (("NORTH", 0, 0, 100, 20), ("STAR", 0, 25, 90, 60)),
        (("NORTH", 0, 0, 100, 30),),
        (),
    ],
    ids=["far", "taller", "lower", "far below", "beside below", "much taller", "alone", "none"],
)
def test_what_does_not_belong_together_stays_apart(places: tuple[Place, ...]) -> None:
    assert compose_lines([box(place) for place in places]) == []


def test_turned_text_does_not_join_level_text() -> None:
    assert compose_lines([box(("NORTH", 0, 0, 100, 30)), box(("STAR", 40, -140, 90, 30), 90)]) == []


def test_flat_quads_and_blank_texts_are_passed_over() -> None:
    flat = LineBox(key="f", text="FLAT", quad_px=((0, 0), (0, 0), (0, 0), (0, 0)))
    assert compose_lines([flat, box((" ", 110, 0, 50, 30)), box(("NORTH", 0, 0, 100, 30))]) == []


def test_the_order_of_boxes_does_not_matter_and_pages_are_bounded() -> None:
    page = [box((f"w{i}-{j}", 60 * j, 30 * i, 50, 20)) for i in range(12) for j in range(8)]
    forward, backward = compose_lines(page), compose_lines(page[::-1])
    assert forward == backward
    assert 0 < len(forward) <= 400
