"""Per-brand figures against numbers worked out by hand."""

from __future__ import annotations

import pytest

from mpr_core.report.airings import build_airings
from mpr_core.report.exposure import brand_exposures, branded_seconds
from mpr_core.report.model import BrandExposure
from mpr_core.report.sighting import Sighting


def seen(brand: str, start_s: float, end_s: float, *, width_px: float = 100.0, clarity: float = 0.5) -> Sighting:
    """A box of `width_px` by 100 px at the top left of a 1000x1000 frame."""
    return Sighting(
        brand=brand,
        t_s=start_s,
        start_s=start_s,
        end_s=end_s,
        chunk_index=0,
        frame_key="frames/0.jpg",
        quad_px=(0.0, 0.0, width_px, 0.0, width_px, 100.0, 0.0, 100.0),
        frame_width_px=1000,
        frame_height_px=1000,
        track=f"{brand}{start_s}",
        score=80.0,
        clarity=clarity,
        decided_by="match_brands",
    )


def exposures(*sightings: Sighting, brand_list: tuple[str, ...] = ()) -> dict[str, BrandExposure]:
    airings = build_airings(sightings, gap_s=1.0)
    return {e.brand: e for e in brand_exposures(airings, duration_s=100.0, brand_list=brand_list)}


def test_nothing_found_and_nothing_searched_gives_no_rows() -> None:
    assert exposures() == {}


def test_a_brand_searched_for_and_not_found_has_zeros_and_nulls() -> None:
    found = exposures(seen("Alfa", 0, 10), brand_list=("Alfa", "Zeta"))
    assert list(found) == ["Alfa", "Zeta"]
    zeta = found["Zeta"]
    assert (zeta.listed, zeta.airings, zeta.seconds, zeta.share_of_voice_ratio, zeta.mean_area_ratio) == (
        True,
        0,
        0,
        0,
        0,
    )
    assert (zeta.mean_clarity, zeta.mean_score, zeta.position, zeta.first_s, zeta.last_s) == (None,) * 5


def test_shares_of_timeline_and_of_voice() -> None:
    found = exposures(seen("Alfa", 0, 20), seen("Alfa", 50, 60), seen("Beta", 15, 25))
    alfa, beta = found["Alfa"], found["Beta"]
    assert (alfa.airings, alfa.seconds, alfa.first_s, alfa.last_s) == (2, 30, 0, 60)
    assert (alfa.share_of_timeline_ratio, beta.share_of_timeline_ratio) == (0.3, 0.1)
    assert (alfa.share_of_voice_ratio, beta.share_of_voice_ratio) == (0.75, 0.25)
    assert (alfa.simultaneous_s, beta.simultaneous_s) == ({"Beta": 5.0}, {"Alfa": 5.0})
    assert alfa.listed is False


def test_a_bridged_gap_is_not_shared_time() -> None:
    found = exposures(seen("Alfa", 0, 10), seen("Alfa", 10.8, 20), seen("Beta", 10.2, 10.6))
    assert found["Alfa"].airings == 1
    assert found["Alfa"].simultaneous_s == {}


def test_means_are_weighted_by_time_on_screen() -> None:
    found = exposures(seen("Alfa", 0, 30, width_px=100, clarity=0.4), seen("Alfa", 50, 60, width_px=500, clarity=0.8))
    alfa = found["Alfa"]
    assert alfa.mean_area_ratio == pytest.approx((30 * 0.01 + 10 * 0.05) / 40)
    assert alfa.max_area_ratio == 0.05
    assert alfa.mean_clarity == pytest.approx(0.5)
    assert alfa.position == "top left"
    # Of the second box 333.3 of 500 px stand in the first column.
    assert alfa.position_share_ratio["top left"] == pytest.approx((30 + 10 * 2 / 3) / 40, abs=1e-4)
    assert sum(alfa.position_share_ratio.values()) == pytest.approx(1)


def test_branded_seconds_count_shared_time_once() -> None:
    airings = build_airings([seen("Alfa", 0, 10), seen("Beta", 5, 12), seen("Beta", 90, 91)], gap_s=1.0)
    assert branded_seconds(airings) == 13.0
    assert branded_seconds([]) == 0


def test_a_timeline_of_no_length_has_no_shares() -> None:
    airings = build_airings([seen("Alfa", 0, 10)], gap_s=1.0)
    assert brand_exposures(airings, duration_s=0.0)[0].share_of_timeline_ratio == 0
