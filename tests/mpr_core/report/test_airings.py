"""Airings: the gap rule, overlaps, borders of chunks and segments, and that cutting the work changes nothing."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.report.airings import brand_slugs, build_airings
from mpr_core.report.model import Airing
from mpr_core.report.sighting import Sighting

LEFT_TOP = (0.0, 0.0, 192.0, 0.0, 192.0, 108.0, 0.0, 108.0)  # 1/100 of a 1920x1080 frame
RIGHT_BOTTOM = (1728.0, 972.0, 1920.0, 972.0, 1920.0, 1080.0, 1728.0, 1080.0)


def seen(start_s: float, end_s: float, brand: str = "Veltrano", **changes: Any) -> Sighting:
    sighting = Sighting(
        brand=brand,
        t_s=start_s,
        start_s=start_s,
        end_s=end_s,
        chunk_index=0,
        frame_key=f"frames/{start_s}.jpg",
        quad_px=LEFT_TOP,
        frame_width_px=1920,
        frame_height_px=1080,
        track="t0",
        score=90.0,
        clarity=0.5,
        decided_by="match_brands",
        text="VELTRANO",
    )
    return replace(sighting, **changes)


def test_no_sightings_give_no_airings() -> None:
    assert build_airings([], gap_s=2.0) == []


def test_a_sighting_that_stands_for_no_time_is_no_airing() -> None:
    assert build_airings([seen(3.0, 3.0)], gap_s=2.0) == []


@pytest.mark.parametrize(
    ("second_start_s", "airings"), [(2.0, 1), (3.999, 1), (4.0, 1), (4.01, 2)], ids=["touch", "under", "equal", "over"]
)
def test_a_gap_up_to_the_limit_is_bridged(second_start_s: float, airings: int) -> None:
    built = build_airings([seen(0.0, 2.0), seen(second_start_s, 6.0)], gap_s=2.0)
    assert len(built) == airings


def test_a_bridged_gap_is_not_time_on_screen() -> None:
    (airing,) = build_airings([seen(0.0, 1.0), seen(2.5, 4.0)], gap_s=2.0)
    assert (airing.start_s, airing.end_s, airing.seconds) == (0.0, 4.0, 2.5)
    assert airing.spans_s == ((0.0, 1.0), (2.5, 4.0))


def test_two_boxes_at_once_count_their_time_once_and_their_area_together() -> None:
    (airing,) = build_airings([seen(0.0, 2.0), seen(0.0, 2.0, quad_px=RIGHT_BOTTOM, track="t1")], gap_s=0.0)
    assert airing.seconds == 2.0
    assert airing.mean_area_ratio == pytest.approx(0.02)
    assert airing.position_share_ratio == {"top left": 0.5, "bottom right": 0.5}
    assert (len(airing.boxes), airing.tracks) == (2, 2)


def test_a_box_inside_another_is_not_counted_twice() -> None:
    inner = (48.0, 27.0, 144.0, 27.0, 144.0, 81.0, 48.0, 81.0)
    (airing,) = build_airings([seen(0.0, 2.0), seen(0.0, 2.0, quad_px=inner)], gap_s=0.0)
    assert airing.mean_area_ratio == pytest.approx(0.01)


def test_presence_over_a_chunk_border_is_one_airing() -> None:
    (airing,) = build_airings(
        [seen(9.5, 10.0, chunk_index=0, track="c0/t7"), seen(10.0, 10.5, chunk_index=1, track="c1/t0")], gap_s=0.0
    )
    assert (airing.start_s, airing.end_s, airing.chunk_indexes, airing.tracks) == (9.5, 10.5, (0, 1), 2)


def test_brands_are_apart_and_numbered_each_by_itself() -> None:
    built = build_airings([seen(0, 1, "Beta Cola"), seen(0.5, 1, "Alfa"), seen(9, 10, "Beta Cola")], gap_s=1.0)
    assert [(a.id, a.start_s) for a in built] == [("beta-cola-1", 0), ("alfa-1", 0.5), ("beta-cola-2", 9)]


def test_figures_are_weighted_by_time() -> None:
    half = (0.0, 0.0, 192.0, 0.0, 192.0, 54.0, 0.0, 54.0)
    (airing,) = build_airings(
        [
            seen(0.0, 3.0, clarity=0.2, score=80.0, decided_by="match_brands", text="VELTRAN0"),
            seen(3.0, 4.0, clarity=0.6, score=100.0, decided_by="escalate_vlm", text="VELTRANO", quad_px=half),
        ],
        gap_s=0.0,
    )
    assert airing.mean_clarity == pytest.approx(0.3)
    assert airing.max_clarity == 0.6
    assert airing.score == pytest.approx(85.0)
    assert airing.mean_area_ratio == pytest.approx(0.00875)
    assert airing.max_area_ratio == pytest.approx(0.01)
    assert (airing.decided_by, airing.deciders) == ("match_brands", ("match_brands", "escalate_vlm"))
    assert airing.text == "VELTRAN0"


def test_the_best_crop_is_the_one_of_the_highest_quality() -> None:
    (airing,) = build_airings(
        [
            seen(0.0, 1.0, crop_key="crops/a.jpg", crop_quality=0.4),
            seen(1.0, 2.0, crop_key="crops/b.jpg", crop_quality=0.9),
            seen(2.0, 3.0, crop_key=None, crop_quality=1.0),
        ],
        gap_s=0.0,
    )
    assert (airing.crop_key, airing.crop_quality) == ("crops/b.jpg", 0.9)


def test_short_and_seldom_seen_presences_can_be_dropped() -> None:
    sightings = [seen(0.0, 0.4), seen(10.0, 10.5), seen(20.0, 20.5), seen(20.5, 21.0)]
    assert [a.start_s for a in build_airings(sightings, gap_s=1.0, min_airing_s=0.5)] == [10.0, 20.0]
    assert [a.start_s for a in build_airings(sightings, gap_s=1.0, min_sightings=2)] == [20.0]


def test_slugs_stay_apart_when_names_look_alike_or_have_no_ascii_letters() -> None:
    slugs = brand_slugs(["A.B", "A B", "Пиво", "Café Zürich"])
    assert slugs["Café Zürich"] == "cafe-zurich"
    assert slugs["Пиво"].startswith("brand-")
    assert len(set(slugs.values())) == 4


@pytest.mark.parametrize(
    "broken",
    [{"brand": ""}, {"end_s": -1.0}, {"quad_px": (0.0, 1.0)}, {"frame_width_px": 0}],
    ids=["no brand", "ends before it starts", "two numbers for a quad", "no frame"],
)
def test_a_sighting_checks_itself(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        replace(seen(0.0, 1.0), **broken)


times = st.integers(0, 400).map(lambda tenths: tenths / 10)
coordinate = st.integers(-200, 2200).map(float)


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    start_s = draw(times)
    left, top = draw(coordinate), draw(coordinate)
    width, height = draw(st.integers(0, 900)), draw(st.integers(0, 500))
    return seen(
        start_s,
        start_s + draw(st.integers(0, 30)) / 10,
        brand=draw(st.sampled_from(["Veltrano", "Korvex"])),
        quad_px=(left, top, left + width, top, left + width, top + height, left, top + height),
        score=draw(st.sampled_from([70.0, 85.5, 100.0])),
        clarity=draw(st.sampled_from([0.1, 0.35, 1.0])),
        decided_by=draw(st.sampled_from(["match_brands", "escalate_vlm"])),
        text=draw(st.sampled_from(["", "VELTRANO", "KORVEX"])),
        crop_key=draw(st.sampled_from([None, "crops/a.jpg", "crops/b.jpg"])),
        crop_quality=draw(st.sampled_from([0.1, 0.7])),
    )


def cut(sighting: Sighting, cuts_s: list[float]) -> list[Sighting]:
    """The sighting as several, as segment borders at `cuts_s` would leave it, with other tracks and chunks."""
    inside = sorted({at_s for at_s in cuts_s if sighting.start_s < at_s < sighting.end_s})
    borders = [sighting.start_s, *inside, sighting.end_s]
    return [
        replace(sighting, start_s=a, end_s=b, track=f"{sighting.track}/{i}", chunk_index=i)
        for i, (a, b) in enumerate(itertools.pairwise(borders))
    ]


def comparable(airings: list[Airing]) -> list[Airing]:
    return [airing.model_copy(update={"tracks": 0, "chunk_indexes": ()}) for airing in airings]


@given(st.lists(sightings(), max_size=12), st.lists(times, max_size=6), st.sampled_from([0.0, 0.3, 2.0]), st.randoms())
def test_neither_order_nor_cutting_changes_the_airings(
    whole: list[Sighting], cuts_s: list[float], gap_s: float, shuffler: random.Random
) -> None:
    pieces = [piece for sighting in whole for piece in cut(sighting, cuts_s)]
    shuffler.shuffle(pieces)
    before = build_airings(whole, gap_s=gap_s, min_airing_s=0.2, min_sightings=1)
    after = build_airings(pieces, gap_s=gap_s, min_airing_s=0.2, min_sightings=1)
    assert comparable(after) == comparable(before)


@given(st.lists(sightings(), max_size=12), st.sampled_from([0.0, 0.3, 2.0]))
def test_airings_of_a_brand_are_apart_by_more_than_the_gap_and_hold_their_figures(
    whole: list[Sighting], gap_s: float
) -> None:
    airings = build_airings(whole, gap_s=gap_s)
    for brand in {airing.brand for airing in airings}:
        own = [airing for airing in airings if airing.brand == brand]
        assert all(later.start_s - earlier.end_s > gap_s for earlier, later in itertools.pairwise(own))
    for airing in airings:
        assert 0 < airing.seconds <= airing.end_s - airing.start_s + 1e-9
        assert airing.mean_area_ratio <= airing.max_area_ratio <= 1
        assert sum(airing.position_share_ratio.values()) == pytest.approx(1, abs=1e-4)
