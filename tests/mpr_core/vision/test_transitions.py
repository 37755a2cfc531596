"""Scene changes are found where they are, and camera work, flashes and captions are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mpr_core.vision.configs import FilterScenesConfig
from mpr_core.vision.transitions import Transition, find_transitions

CONFIG = FilterScenesConfig()


def kinds(found: list[Transition]) -> list[str]:
    return [transition.kind for transition in found]


def test_nothing_comes_of_no_frames_or_one() -> None:
    assert find_transitions([], np.zeros((0, 18, 32, 3), np.uint8), CONFIG) == []
    assert find_transitions([0.0], np.zeros((1, 18, 32, 3), np.uint8), CONFIG) == []
    assert find_transitions([0.0, 0.04], np.zeros((2, 18, 32, 3), np.uint8), CONFIG) == []


@pytest.mark.parametrize(
    ("pts", "shape"),
    [
        ([0.0], (2, 18, 32, 3)),
        ([0.0, 0.1], (2, 9, 16, 3)),
        ([0.1, 0.0], (2, 18, 32, 3)),
        ([0.0, np.nan], (2, 18, 32, 3)),
    ],
)
def test_input_that_does_not_fit_is_refused(pts: list[float], shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"pts_s|signatures"):
        find_transitions(pts, np.zeros(shape, np.uint8), CONFIG)


@pytest.mark.parametrize("fps", [5.0, 12.5, 23.976, 50.0, 120.0])
def test_cuts_between_moving_shots_are_found_to_the_frame_at_any_rate(kit: Any, fps: float) -> None:
    footage = kit.footage(fps)
    starts = []
    for seed in (1, 2, 3):
        footage.add(1.4, kit.pan(kit.panorama(seed), 25 * (-1) ** seed, x=300))
        starts.append(footage.now)
    found = find_transitions(*footage.arrays(), CONFIG)
    assert kinds(found) == ["cut", "cut"]
    assert [t.start_s for t in found] == pytest.approx(starts[:2], abs=1e-6)
    assert all(t.start_s == t.end_s == t.at_s for t in found)


def test_cuts_are_found_with_variable_frame_rate_and_repeated_frames(kit: Any) -> None:
    one, two, three = (kit.pan(kit.panorama(seed), 40) for seed in (4, 5, 6))
    footage = kit.footage(25).add(1.0, one).add(0.96, lambda t: one(1 + t), step_s=0.12)
    at = footage.now
    # Each picture shown twice, as after a rate conversion.
    footage.add(1.0, lambda t: two(int(t * 25 + 1e-6) / 25), step_s=0.02)
    later = footage.now
    footage.add(1.0, lambda t: three(int(t * 25 + 1e-6) / 25), step_s=0.02)
    found = find_transitions(*footage.arrays(), CONFIG)
    assert kinds(found) == ["cut", "cut"]
    assert [t.start_s for t in found] == pytest.approx([at, later], abs=1e-6)


def test_a_cut_between_two_night_scenes_is_found_but_no_noise_in_them(kit: Any) -> None:
    one, two = (kit.panorama(seed) // 8 for seed in (7, 8))
    footage = kit.footage(25, grain=2.0).add(1.6, kit.still(one)).add(1.6, kit.still(two, 400))
    found = find_transitions(*footage.arrays(), CONFIG)
    assert [(t.kind, t.start_s) for t in found] == [("cut", pytest.approx(1.6))]


@pytest.mark.parametrize("px_per_s", [4, 40, 150, 500])
def test_no_pan_is_a_transition(kit: Any, px_per_s: int) -> None:
    panorama = kit.panorama(11)
    footage = kit.footage(25).add(0.6, kit.still(panorama, 20)).add(2.0, kit.pan(panorama, px_per_s, 20))
    assert find_transitions(*footage.arrays(), CONFIG) == []


def test_neither_tilt_nor_zoom_is_a_transition(kit: Any) -> None:
    panorama = kit.panorama(12)
    tilt = kit.footage(25).add(2.0, kit.pan(panorama, 0, 300, 10, tilt_per_s=90))
    zoom = kit.footage(25).add(2.0, kit.zoom(panorama, 0.5))
    assert find_transitions(*tilt.arrays(), CONFIG) == []
    assert find_transitions(*zoom.arrays(), CONFIG) == []


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_photographers_flashes_are_no_cuts(kit: Any, fps: float) -> None:
    shot = kit.pan(kit.panorama(13), 30)

    def flashing(t: float) -> Any:
        bright = 170 if 1.0 <= t < 1.1 or 1.6 <= t < 1.65 else 0
        return np.clip(shot(t).astype(np.int16) + bright, 0, 255).astype(np.uint8)

    assert find_transitions(*kit.footage(fps).add(2.6, flashing).arrays(), CONFIG) == []


def test_a_player_running_past_the_camera_is_no_cut(kit: Any) -> None:
    shot = kit.pan(kit.panorama(14), 30)

    def passing(t: float) -> Any:
        picture = shot(t)
        left = int(-150 + (t - 0.8) * 450)
        picture[8:, max(0, left) : max(0, left + 130)] = (20, 30, 190)
        return picture

    assert find_transitions(*kit.footage(25).add(2.6, passing).arrays(), CONFIG) == []


def test_led_boards_that_switch_are_no_cut(kit: Any) -> None:
    shot = kit.pan(kit.panorama(30), 30)

    def switching(t: float) -> Any:
        picture = shot(t)
        picture[30:75] = (40, 30, 200) if t < 1.2 else (230, 220, 40)
        return picture

    assert find_transitions(*kit.footage(25).add(2.4, switching).arrays(), CONFIG) == []


def test_captions_and_changes_of_light_are_no_dissolves(kit: Any) -> None:
    shot = kit.still(kit.panorama(15))

    def captioned(t: float) -> Any:
        picture, share = shot(t).astype(np.float32), np.clip((t - 0.8) / 0.5, 0, 1)
        picture[100:, 20:236] = picture[100:, 20:236] * (1 - share) + 240 * share
        return picture.astype(np.uint8)

    def dimming(t: float) -> Any:
        return (shot(t) * (1 - 0.5 * np.clip(t - 0.8, 0, 1))).astype(np.uint8)

    assert find_transitions(*kit.footage(25).add(2.4, captioned).arrays(), CONFIG) == []
    assert find_transitions(*kit.footage(25).add(2.4, dimming).arrays(), CONFIG) == []


@pytest.mark.parametrize(("fps", "seconds"), [(12.5, 0.8), (25.0, 0.4), (25.0, 1.2), (100.0, 0.8)])
def test_a_dissolve_between_moving_shots_is_found_with_its_ends(kit: Any, fps: float, seconds: float) -> None:
    one, two = kit.panorama(16), kit.panorama(17)
    across = kit.blend(kit.pan(one, 20, 130), kit.pan(two, -20, 220), seconds)
    footage = kit.footage(fps).add(1.5, kit.pan(one, 20)).add(seconds, across)
    footage.add(1.5, kit.pan(two, -20, 220 - 20 * seconds))
    found = find_transitions(*footage.arrays(), CONFIG)
    assert kinds(found) == ["dissolve"]
    assert found[0].start_s == pytest.approx(1.5, abs=0.2)
    assert found[0].end_s == pytest.approx(1.5 + seconds, abs=0.2)
    assert 0.5 <= found[0].score <= 1.0


def test_a_fade_to_black_and_back_is_two_fades(kit: Any) -> None:
    one, two, black = kit.still(kit.panorama(18)), kit.still(kit.panorama(19)), kit.plain(0)
    footage = kit.footage(25).add(1.2, one).add(0.6, kit.blend(one, black, 0.6)).add(0.6, black)
    footage.add(0.6, kit.blend(black, two, 0.6)).add(1.2, two)
    found = find_transitions(*footage.arrays(), CONFIG)
    assert kinds(found) == ["fade", "fade"]
    assert [t.start_s for t in found] == pytest.approx([1.2, 2.4], abs=0.15)
    assert [t.end_s for t in found] == pytest.approx([1.8, 3.0], abs=0.15)


def test_a_jump_to_black_is_a_cut(kit: Any) -> None:
    footage = kit.footage(25).add(1.2, kit.still(kit.panorama(20))).add(1.0, kit.plain(0))
    found = find_transitions(*footage.arrays(), CONFIG)
    assert [(t.kind, t.start_s) for t in found] == [("cut", pytest.approx(1.2))]


@pytest.mark.parametrize("band_px", [12, 100])
def test_a_replay_wipe_is_a_wipe_however_broad_its_band(kit: Any, band_px: int) -> None:
    one, two = kit.pan(kit.panorama(21), 10), kit.pan(kit.panorama(22), 10)

    def wiping(t: float) -> Any:
        picture, lead = one(t), int((256 + band_px) * np.clip((t - 1) / 0.6, 0, 1))
        trail = max(0, lead - band_px)
        picture[:, :trail] = two(t)[:, :trail]
        picture[:, trail:lead] = (40, 200, 240)
        return picture

    found = find_transitions(*kit.footage(25).add(2.6, wiping).arrays(), CONFIG)
    assert kinds(found) == ["wipe"]
    assert found[0].at_s == pytest.approx(1.3, abs=0.15)


def test_of_two_cuts_close_together_the_stronger_stays(kit: Any) -> None:
    dim = kit.panorama(23)
    footage = kit.footage(25).add(1.2, kit.still(dim)).add(0.12, kit.plain(120)).add(1.2, kit.plain(250))
    found = find_transitions(*footage.arrays(), CONFIG)
    assert len(found) == 1
    assert found[0].kind == "cut"
    assert found[0].start_s in (pytest.approx(1.2), pytest.approx(1.32))


def test_any_window_with_its_context_gives_the_same_transitions(kit: Any) -> None:
    shots = [kit.pan(kit.panorama(seed), 15) for seed in (24, 25, 26, 27)]
    footage = kit.footage(25).add(1.1, shots[0]).add(0.9, shots[1])
    footage.add(0.8, kit.blend(lambda t: shots[1](0.9 + t), shots[2], 0.8)).add(1.2, lambda t: shots[2](0.8 + t))
    last = shots[2](2.0)
    footage.add(0.6, kit.blend(lambda _: last, kit.plain(0), 0.6)).add(0.5, kit.plain(0)).add(1.3, shots[3])
    pts, signatures = footage.arrays()
    whole = find_transitions(pts, signatures, CONFIG)
    assert kinds(whole) == ["cut", "dissolve", "fade", "cut"]
    for window_s in (0.7, 1.5, 3.1):
        pieced = []
        for start in np.arange(0.0, pts[-1] + window_s, window_s):
            near = (pts >= start - CONFIG.context_s) & (pts < start + window_s + CONFIG.context_s)
            part = find_transitions(pts[near], signatures[near], CONFIG)
            pieced += [t for t in part if start <= t.at_s < start + window_s]
        assert pieced == whole


def test_gradual_transitions_can_be_switched_off(kit: Any) -> None:
    one, two = kit.still(kit.panorama(28)), kit.still(kit.panorama(29))
    footage = kit.footage(25).add(1.0, one).add(0.8, kit.blend(one, two, 0.8)).add(1.0, two)
    assert find_transitions(*footage.arrays(), FilterScenesConfig(find_gradual=False)) == []


def test_a_transition_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot run"):
        Transition(kind="dissolve", start_s=2.0, end_s=1.0, score=0.5)
    with pytest.raises(ValueError, match="cannot run"):
        Transition(kind="cut", start_s=1.0, end_s=1.1, score=0.5)
