import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.synth.brands import ALL, DECOYS, SHOWN
from mpr_core.synth.fonts import face_path
from mpr_core.synth.render import Film
from mpr_core.synth.script import LONGEST_S, SHORTEST_S, plan
from mpr_core.synth.spec import SynthSpec


def small(**more: object) -> SynthSpec:
    return SynthSpec.model_validate({"width": 320, "height": 180, "fps": 4, "seconds": 8, **more})


def digest(spec: SynthSpec) -> str:
    seen = hashlib.sha256()
    for frame in Film(spec).frames():
        seen.update(frame.image.tobytes())
        for one in frame.instances:
            seen.update(f"{one.brand} {one.surface} {one.visible_ratio!r} {one.quad_px.tolist()}".encode())
    return seen.hexdigest()


@settings(max_examples=60, deadline=None)
@given(seconds=st.floats(0.2, 1500), seed=st.integers(0, 10_000), kind=st.sampled_from(["match", "street", "mixed"]))
def test_shots_tile_the_film_and_last_three_to_eight_seconds(seconds: float, seed: int, kind: str) -> None:
    shots = plan(SynthSpec.model_validate({"seconds": seconds, "seed": seed, "kind": kind}), seconds)
    assert shots[0].start_s == 0
    assert shots[-1].end_s == seconds
    for before, after in itertools.pairwise(shots):
        assert before.end_s == after.start_s
        assert after.transition_s / 2 < min(before.end_s - before.start_s, after.end_s - after.start_s) / 2
        assert after.transition != "wipe" or before.kind == after.kind == "match"
    assert all(shot.end_s - shot.start_s <= LONGEST_S + 1e-6 for shot in shots)
    assert seconds < SHORTEST_S or all(shot.end_s - shot.start_s >= SHORTEST_S - 1e-6 for shot in shots)
    assert kind == "mixed" or {shot.kind for shot in shots} == {kind}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_minute_shows_at_least_ten_brands_small_and_large_and_no_decoy(seed: int) -> None:
    spec = small(seconds=60, seed=seed, fps=2)
    film = Film(spec)
    instances = [one for frame in film.frames() for one in frame.instances]
    clear = [one for one in instances if one.visible_ratio > 0.9 and one.blur_px < 1]
    at_720 = [one.letter_height_px * 720 / spec.height for one in clear]
    assert len({one.brand for one in clear}) >= 10
    assert {one.brand for one in instances}.isdisjoint(brand.canonical_name for brand in DECOYS)
    assert sum(10 <= height < 16 for height in at_720) > 20
    assert max(at_720) > 60
    match_s = sum(shot.end_s - shot.start_s for shot in film.shots if shot.kind == "match")
    assert 0.45 < match_s / 60 < 0.8


def test_a_street_film_has_no_pitch() -> None:
    surfaces = {
        one.surface for frame in Film(small(kind="street", seconds=30, fps=1)).frames() for one in frame.instances
    }
    assert surfaces
    assert surfaces <= {"sign", "product", "end_card"}


def test_the_same_spec_draws_the_same_film_and_another_seed_another() -> None:
    assert digest(small()) == digest(small())
    assert digest(small(seconds=2)) != digest(small(seconds=2, seed=2))


def test_during_a_dissolve_both_scenes_are_in_the_truth_with_their_weights() -> None:
    for seed in range(40):
        film = Film(small(seconds=16, seed=seed, fps=10))
        at = [shot.start_s for shot in film.shots if shot.transition == "dissolve"]
        if at:
            break
    edges = film.pts_ticks * float(film.tick_s)
    frame = next(f for f in film.frames() if edges[f.index] >= at[0] - 0.11)
    weights = {round(one.opacity_ratio, 3) for one in frame.instances}
    assert all(0 < weight <= 1 for weight in weights)
    assert min(weights) < 1


def test_every_writing_is_listed_and_its_typeface_has_every_glyph() -> None:
    listed = [name for brand in ALL for name in (brand.canonical_name, *brand.aliases)]
    assert len({name.casefold() for name in listed}) == len(listed)
    for brand in SHOWN:
        glyphs = TTFont(str(face_path(brand.face))).getBestCmap()
        known = {name.casefold() for name in (brand.canonical_name, *brand.aliases)}
        for text in brand.writings:
            assert text.casefold() in known
            assert all(ord(sign) in glyphs for sign in text if sign != " ")


def test_drawing_does_not_import_matplotlib() -> None:
    sources = Path(__file__).parents[3] / "mpr_core" / "synth"
    assert not [p.name for p in sources.glob("*.py") if "import matplotlib" in p.read_text(encoding="utf-8")]
    assert np.all([face_path(brand.face).is_file() for brand in ALL])


def test_leaving_frames_out_changes_none_of_the_others() -> None:
    whole = {frame.index: frame.image.copy() for frame in Film(small(seconds=4)).frames()}
    some = {frame.index: frame.image.copy() for frame in Film(small(seconds=4)).frames(5)}
    assert list(some) == [0, 5, 10, 15]
    assert all(np.array_equal(image, whole[index]) for index, image in some.items())
