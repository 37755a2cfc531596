"""Scenes begin at their exact frame, and what one frame stands for loses no time."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import effective_configs
from mpr_core.stages.chunk_walk import CONTEXT_S
from mpr_core.vision.configs import FilterScenesConfig
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.sign_film import BRANDS, SHOTS, pictures
from tests.mpr_core.whole_pipeline import Pipeline, airings

Make = Callable[..., Pipeline]


def test_scenes_begin_at_the_exact_frame_of_each_cut(pipeline: Make, film: Path) -> None:
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    nodes = one.run("match", stages=["extract_frames", "filter_scenes"])
    scenes = one.rows(nodes["filter_scenes"], "scenes")
    assert [(row["start_s"], row["end_s"], row["transition"]) for row in scenes] == [
        (0.0, 3.0, "start"),
        (3.0, 5.6, "cut"),
        (5.6, 8.0, "cut"),
    ]
    assert nodes["filter_scenes"].counts["scene_changes"] == 2


def test_a_held_still_is_looked_at_once_and_a_moving_camera_at_every_sample(pipeline: Make, film: Path) -> None:
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    nodes = one.run("match", stages=["extract_frames", "filter_scenes"])
    rows = one.rows(nodes["filter_scenes"], "frames")
    assert [row["rep_seq"] for row in rows] == [*range(6), *[6] * 6, *range(12, 16)]
    assert [row["scene"] for row in rows] == [0] * 6 + [1] * 6 + [2] * 4
    assert all(row["kept"] == (row["seq"] == row["rep_seq"]) for row in rows)


@pytest.mark.parametrize("segment_s", [2, 15])
def test_frames_that_are_not_looked_at_lose_no_time(segment_s: int, pipeline: Make, film: Path) -> None:
    one = pipeline()
    one.ingest("match", [film], BRANDS)
    base = {"extract_frames": {"segment_s": segment_s}}
    dropped = one.run("match", base)
    every = one.run("match", base | {"filter_scenes": {"drop_near_duplicates": False}})
    assert dropped["filter_scenes"].counts["kept_frames"] < every["filter_scenes"].counts["kept_frames"] == 16
    report = one.report(dropped)
    assert airings(report) == airings(one.report(every))
    still = next(airing for airing in report.airings if airing.brand == "Tavikko")
    assert sum(end - start for start, end in still.spans_s) == pytest.approx(float(SHOTS[1].seconds), abs=1e-6)
    assert still.seconds == pytest.approx(2.6, abs=1e-6)
    boxes = [(box.start_s, box.end_s) for box in still.boxes]
    assert boxes[0][0] == 3.0
    assert boxes[-1][1] == 5.6
    assert all(one[1] == pytest.approx(two[0]) for one, two in pairwise(boxes))


def clip_of(path: Path, stretches: list[tuple[int, NDArray[np.uint8]]]) -> Path:
    """A clip that shows each BGR picture for so many frames."""
    frames = [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for count, picture in stretches for _ in range(count)]
    height, width = frames[0].shape[:2]
    return make_clip(path, frames=len(frames), pictures=frames, size_px=(width, height), gop=25)


def test_blank_frames_stand_for_nothing_and_are_never_searched(pipeline: Make, tmp_path: Path) -> None:
    sign = next(pictures(SHOTS[1:2], [Fraction(0)]))
    black = np.zeros_like(sign)
    path = clip_of(tmp_path / "b.mp4", [(50, sign), (50, black), (50, np.full_like(sign, 235))])
    one = pipeline()
    one.ingest("b", [path], BRANDS)
    nodes = one.run("b")
    rows = one.rows(nodes["filter_scenes"], "frames")
    assert [row["blank"] for row in rows] == [False] * 4 + [True] * 8
    assert {row["rep_seq"] for row in rows[4:]} == {-1}
    assert {row["seq"] for row in one.rows(nodes["detect_objects"], "boxes")} <= {0, 1, 2, 3}
    assert airings(one.report(nodes)) == {"Tavikko": [(0.0, 2.0)]}


def test_a_dissolve_is_one_change_of_scene_in_its_middle(pipeline: Make, tmp_path: Path) -> None:
    first, second = (next(pictures([shot], [Fraction(0)])) for shot in SHOTS[:2])
    blend = [(1, cv2.addWeighted(first, 1 - k / 20, second, k / 20, 0).astype(np.uint8)) for k in range(1, 20)]
    one = pipeline()
    one.ingest("d", [clip_of(tmp_path / "d.mp4", [(50, first), *blend, (56, second)])], BRANDS)
    nodes = one.run("d", {"extract_frames": {"segment_s": 2}}, stages=["extract_frames", "filter_scenes"])
    changes = [
        row for row in one.rows(nodes["filter_scenes"], "scenes") if row["transition"] not in ("start", "continued")
    ]
    assert [row["transition"] for row in changes] == ["dissolve"]
    assert changes[0]["start_s"] == pytest.approx(2.4, abs=0.12)


def test_shipped_settings_need_no_more_context_than_a_segment_carries() -> None:
    """Otherwise a transition near a segment's border would be judged by where the border is."""
    library = ProfileLibrary(Path("none"))
    for name in library.names():
        config = effective_configs(library.load(name), None, {})["filter_scenes"]
        assert isinstance(config, FilterScenesConfig)
        assert config.context_s <= float(CONTEXT_S)
