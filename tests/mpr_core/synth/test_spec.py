from fractions import Fraction

import pytest
from pydantic import ValidationError

from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.timing import frame_ticks


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        ("30000/1001", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        (25, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (Fraction(50), Fraction(50)),
    ],
)
def test_a_frame_rate_is_taken_exactly_however_it_is_written(given: object, exact: Fraction) -> None:
    spec = SynthSpec.model_validate({"fps": given})
    assert spec.fps == exact
    assert SynthSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    "bad", [{"fps": 0}, {"width": 641}, {"seconds": 0}, {"kind": "opera"}, {"seed": -1}, {"fps": "x"}]
)
def test_a_spec_that_cannot_be_drawn_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SynthSpec.model_validate(bad)


def test_constant_rate_ticks_are_the_exact_grid() -> None:
    ticks, tick_s = frame_ticks(SynthSpec(seconds=2, fps=Fraction(30000, 1001)))
    assert len(ticks) == 61
    assert [int(t) * tick_s for t in ticks[:3]] == [0, Fraction(1001, 30000), Fraction(2002, 30000)]


def test_variable_rate_durations_differ_and_follow_from_the_seed() -> None:
    spec = SynthSpec(seconds=20, seed=3, vfr=True)
    ticks, tick_s = frame_ticks(spec)
    assert len(set((ticks[1:] - ticks[:-1]).tolist())) > 20
    assert (ticks[1:] > ticks[:-1]).all()
    assert abs(int(ticks[-1]) * tick_s - 20) < Fraction(1, 10)
    assert (frame_ticks(spec)[0] == ticks).all()
