import numpy as np
import pytest
from pydantic import ValidationError

from mpr_core.synth.score import ScoredAiring, score_airings
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.truth import SynthTruth, TruthBrand, TruthRows

A, B = "Vantelo", "YW"
Row = dict[str, float]


def truth_of(rows: list[Row], durations: list[int] | None = None) -> SynthTruth:
    """Ten frames of one second each (or the given durations) with the given instances."""
    ticks = np.concatenate(([0], np.cumsum(durations or [1] * 10)))
    usual = {"brand": 0, "letter": 20, "visible": 1, "squeeze": 1, "opacity": 1, "blur": 0}
    full = [{**usual, **row} for row in rows]

    def column(name: str) -> list[float]:
        return [row[name] for row in full]

    return SynthTruth(
        spec=SynthSpec(seconds=10),
        brands=(TruthBrand(canonical_name=A), TruthBrand(canonical_name=B)),
        scenes=(),
        tick_numerator=1,
        tick_denominator=1,
        pts_ticks=ticks,
        rows=TruthRows.model_validate(
            {
                "frame": column("frame"),
                "brand": column("brand"),
                "surface": [0] * len(full),
                "quad": np.zeros((len(full), 8)),
                "letter_height_px": column("letter"),
                "squeeze_ratio": column("squeeze"),
                "visible_ratio": column("visible"),
                "opacity_ratio": column("opacity"),
                "blur_px": column("blur"),
            }
        ),
    )


def airing(start_s: float, end_s: float, brand: str = A) -> ScoredAiring:
    return ScoredAiring(brand=brand, start_s=start_s, end_s=end_s)


def test_perfect_airings_score_one() -> None:
    score = score_airings(truth_of([{"frame": i} for i in range(2, 6)]), [airing(2, 6)])
    assert (score.recall(), score.precision) == (1.0, 1.0)
    assert score.misses == score.falses == ()


def test_nothing_reported_and_nothing_to_report_are_no_ratio_at_all() -> None:
    score = score_airings(truth_of([]), [])
    assert score.recall() is None
    assert score.precision is None
    assert [row[3] for row in score.rows()[1:]] == ["-"] * 7


def test_late_and_long_airings_cost_recall_and_precision() -> None:
    score = score_airings(truth_of([{"frame": i} for i in range(2, 6)]), [airing(4, 8)])
    assert score.recall() == pytest.approx(0.5)
    assert score.precision == pytest.approx(0.5)
    assert [(m.start_s, m.end_s, m.letter_height_px) for m in score.misses] == [(2.0, 4.0, 20.0)]
    assert [(f.brand, f.start_s, f.end_s) for f in score.falses] == [(A, 6.0, 8.0)]


def test_frames_weigh_the_time_they_are_on_screen() -> None:
    score = score_airings(truth_of([{"frame": 0}, {"frame": 1}], durations=[1, 3]), [airing(1, 4)])
    assert score.recall() == pytest.approx(0.75)


@pytest.mark.parametrize(
    "row",
    [{"visible": 0.5}, {"blur": 8.0}, {"squeeze": 0.3}, {"opacity": 0.4}],
    ids=["hidden", "smeared", "oblique", "dissolving"],
)
def test_what_a_person_could_not_read_may_be_reported_but_need_not(row: Row) -> None:
    truth = truth_of([{"frame": 3, **row}])
    assert score_airings(truth, []).recall() is None
    assert score_airings(truth, [airing(3, 4)]).precision == 1.0


def test_the_largest_legible_instance_decides_the_size_class() -> None:
    truth = truth_of(
        [{"frame": 0, "letter": 11}, {"frame": 0, "letter": 40}, {"frame": 0, "letter": 90, "visible": 0.2}]
    )
    wanted = {one.size_class: one.wanted_s for one in score_airings(truth, []).recalls}
    assert wanted == {"<12": 0, "12-16": 0, "16-32": 0, "32-64": 1, ">=64": 0, ">=16": 1}


def test_overlapping_airings_count_once_and_names_ignore_case() -> None:
    score = score_airings(truth_of([{"frame": i} for i in range(4)]), [airing(0, 3, "VANTELO"), airing(1, 4)])
    assert score.reported_s == pytest.approx(4.0)
    assert score.precision == 1.0


def test_unknown_brands_and_seconds_outside_the_film_are_false() -> None:
    score = score_airings(truth_of([{"frame": 9}]), [airing(9, 12), airing(0, 1, "Nobody")])
    assert score.reported_s == pytest.approx(4.0)
    assert score.false_s == pytest.approx(3.0)
    assert {span.brand for span in score.falses} == {A, "Nobody"}


def test_the_right_seconds_under_the_wrong_brand_are_false() -> None:
    score = score_airings(truth_of([{"frame": 0}]), [airing(0, 1, B)])
    assert (score.recall(), score.precision) == (0.0, 0.0)


def test_an_airing_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValidationError):
        airing(2, 1)
