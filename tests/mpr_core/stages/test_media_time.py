"""Media time through the pipeline: exact seconds for every frame, whatever the source, and nothing past damage."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.media.media_factory import make_clip, number_in
from tests.mpr_core.sign_film import BRANDS, Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import Pipeline, airings

Make = Callable[..., Pipeline]
VFR_MS = [0, 40, 90, 100, 300, 301, 700, 720, 2500, 2533, 4100, *range(4133, 4133 + 33 * 40, 33)]


def extracted(one: Pipeline, timeline: Timeline, fps: str, segment_s: str = "2") -> tuple[list[dict[str, Any]], float]:
    """The frame index over all segments, and how many frames were decoded."""
    settings = {"extract_frames": {"fps": fps, "segment_s": segment_s}}
    node = one.run(timeline, settings, stages=["extract_frames"])["extract_frames"]
    return one.rows(node, "frames"), node.counts["decoded_frames"]


def shown(one: Pipeline, row: dict[str, Any]) -> int:
    """The number painted in a stored frame."""
    picture = cv2.imdecode(np.frombuffer(one.media_out.get(row["key"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[:2] == (row["height_px"], row["width_px"])
    return number_in(np.asarray(picture, np.uint8))


@pytest.mark.parametrize("fps", ["2", "5", "24000/1001", "1/2"])
def test_variable_frame_rate_samples_what_was_on_display_at_each_instant(
    fps: str, pipeline: Make, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "v.mkv", frames=len(VFR_MS), pts=VFR_MS, time_base=Fraction(1, 1000), gop=8, b_frames=2)
    one = pipeline()
    timeline = one.ingest("vfr", [path])
    rows, decoded = extracted(one, timeline, fps)
    assert decoded == timeline.chunks[0].probe.frame_count == len(VFR_MS)
    pts = [Fraction(stamp, 1000) for stamp in VFR_MS]
    instants = [k / Fraction(fps) for k in range(len(rows) + 1)]
    assert instants[-1] >= timeline.duration_s > instants[-2]
    for row, instant in zip(rows, instants, strict=False):
        on_display = max(pts.index(stamp) for stamp in pts if stamp <= instant)
        assert Fraction(row["pts_exact"]) == pts[on_display]
        assert row["t_s"] == pytest.approx(float(instant), abs=1e-9)
        assert shown(one, row) == on_display
    assert [row["seq"] for row in rows] == list(range(len(rows)))


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(50)])
def test_every_presented_frame_is_decoded_once_at_its_exact_second(
    rate: Fraction, pipeline: Make, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "c.mkv", frames=200, rate=rate, time_base=1 / rate, b_frames=3, gop=12)
    one = pipeline()
    timeline = one.ingest("c", [path])
    settings = {"extract_frames": {"fps": 1, "segment_s": Fraction(7, 3)}}
    node = one.run(timeline, settings, stages=["extract_frames"])["extract_frames"]
    inside = [row["pts_s"] for row in one.rows(node, "signatures") if row["inside"]]
    tick = float(timeline.chunks[0].probe.time_base)
    assert inside == pytest.approx([float(k / rate) for k in range(200)], abs=tick)
    assert node.counts["decoded_frames"] == timeline.chunks[0].probe.frame_count == 200


def test_video_that_begins_after_its_sound_has_no_frame_before_its_first(pipeline: Make, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "late.mkv", pts=range(20, 60), audio_codec="libopus")
    one = pipeline()
    timeline = one.ingest("late", [path])
    first_s = timeline.chunks[0].probe.first_frame_s
    assert first_s == pytest.approx(0.8, abs=0.02)
    rows, decoded = extracted(one, timeline, "5")
    assert decoded == 40
    assert rows[0]["t_s"] == pytest.approx(0.8 if first_s <= Fraction(4, 5) else 1.0)
    assert Fraction(rows[0]["pts_exact"]) <= Fraction(str(round(rows[0]["t_s"], 6)))
    assert all(shown(one, row) == int((Fraction(row["seq"], 5) - first_s) * 25) for row in rows)


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_rotated_video_is_stored_upright(rotation_deg: int, pipeline: Make, tmp_path: Path) -> None:
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[:32, :48] = (255, 0, 0)  # red in the top left as shown
    stored = np.ascontiguousarray(np.rot90(upright, rotation_deg // 90))  # counter-clockwise: a player turns it back
    size = (stored.shape[1], stored.shape[0])
    path = make_clip(tmp_path / "r.mp4", frames=25, pictures=[stored] * 25, size_px=size, rotation_deg=rotation_deg)
    one = pipeline()
    rows, _ = extracted(one, one.ingest("r", [path]), "2")
    picture = cv2.imdecode(np.frombuffer(one.media_out.get(rows[0]["key"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (64, 96, 3)
    assert (rows[0]["width_px"], rows[0]["height_px"]) == (96, 64)
    assert picture[8:24, 8:40, 2].mean() > 200
    assert picture[40:, 56:].mean() < 20


@pytest.fixture(scope="module")
def damaged_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of one sign; the file is overwritten with noise from two thirds on."""
    shots = (Shot(Fraction(6), (Sign("VANTELO", (40, 60), 24),), place=8, pan_px=8),)
    path = draw_film(tmp_path_factory.mktemp("damaged") / "d.ts", shots, size_px=(320, 180))
    data = bytearray(path.read_bytes())
    at = len(data) * 2 // 3 // 188 * 188
    data[at : at + 188 * 40] = np.random.default_rng(1).integers(0, 256, 188 * 40, np.uint8).tobytes()
    path.write_bytes(data)
    return path


def test_a_damaged_source_is_used_up_to_the_damage_and_every_artifact_says_so(
    pipeline: Make, damaged_film: Path, other_film: Path
) -> None:
    one = pipeline()
    timeline = one.ingest("d", [damaged_film, other_film], BRANDS)
    probe = timeline.chunks[0].probe
    damaged_s = probe.damaged_from_s
    assert damaged_s is not None
    assert 2 < damaged_s < 5
    nodes = one.run(timeline, {"extract_frames": {"segment_s": 2}})
    rows = [row for row in one.rows(nodes["extract_frames"], "frames") if row["chunk"] == timeline.chunks[0].digest]
    assert damaged_s - Fraction(1, 2) <= Fraction(rows[-1]["seq"], 2) < damaged_s
    assert nodes["extract_frames"].counts["decoded_frames"] == probe.frame_count + 60
    for node in nodes.values():
        (found,) = node.damaged
        assert (found.chunk_key, found.from_s) == (timeline.chunks[0].key, round(float(damaged_s), 6))
        assert found.reason == probe.damage_reason
    exact = f"{damaged_s.numerator}/{damaged_s.denominator}"
    last = len(nodes["run_ocr"].parts) - 1
    for name, node in nodes.items():
        if name != "compile_report":
            assert one.part(node, 0).damaged_from_s == exact
            assert one.part(node, last).damaged_from_s is None, "the second chunk is whole"
    report = one.report(nodes)
    (listed,) = report.damaged
    assert (listed.chunk_index, listed.start_s) == (0, pytest.approx(float(damaged_s), abs=1e-3))
    assert listed.reason == probe.damage_reason
    assert b"damage" in one.report_files(nodes)["report.html"].lower()
    found_airings = airings(report)
    assert found_airings["Vantelo"][0] == pytest.approx((0, float(damaged_s)), abs=0.5)
    assert found_airings["Tavikko"][0][0] == pytest.approx(float(damaged_s), abs=0.25)


def test_brands_of_a_variable_rate_film_are_on_screen_when_they_were_drawn(pipeline: Make, tmp_path: Path) -> None:
    shots = (
        Shot(Fraction(2), (Sign("VANTELO", (40, 60), 24),), place=8),
        Shot(Fraction(3), (Sign("Oltessa", (90, 70), 24),), place=9),
    )
    times, now = [], Fraction(0)
    while now < 5:
        times.append(now)
        now += Fraction((20, 70, 40, 110, 33)[len(times) % 5], 1000)
    one = pipeline()
    one.ingest("v", [draw_film(tmp_path / "v.mkv", shots, times_s=times, size_px=(320, 180))], BRANDS)
    nodes = one.run("v", {"extract_frames": {"segment_s": 2}})
    found = airings(one.report(nodes))
    cut_s = float(min(time for time in times if time >= 2))
    assert found["Vantelo"] == [pytest.approx((0, cut_s), abs=0.25)]
    assert found["Oltessa"] == [pytest.approx((cut_s, 5), abs=0.3)]
    assert cut_s in {scene.start_s for scene in one.report(nodes).scenes}
