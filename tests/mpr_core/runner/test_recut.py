"""The same source, cut into other segments or other chunks, gives the same airings.

Stated tolerance: same brands, as many airings of each, every start and end within one sampling step; for drawn broadcast footage, where
some names are at the edge of legibility, at most `SYNTH_TOLERANCE` of the brand seconds may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.brands.brand_list import Brand
from mpr_core.inference.in_process import InProcess
from mpr_core.report.model import Report
from mpr_core.synth.brands import ALL
from mpr_core.synth.render import Film
from mpr_core.synth.spec import SynthSpec
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.sign_film import BRANDS, SHOWN, keyframes_s, stream_copy
from tests.mpr_core.whole_pipeline import Pipeline, airings, assert_same_airings, source_frames

Make = Callable[..., Pipeline]
STEP_S = 0.5
SYNTH_TOLERANCE = 0.05


def in_chunks(path: Path, cuts_s: Sequence[int], folder: Path) -> list[tuple[Path, Fraction]]:
    """The source in files cut at the keyframes nearest to `cuts_s`, each with its second in the source."""
    keys = keyframes_s(path)
    starts = [Fraction(0), *(min(keys, key=lambda key: abs(key - cut)) for cut in cuts_s)]
    ends = [*starts[1:], None]
    return [
        (stream_copy(path, folder / f"{number}.mp4", start, end), start)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def placed(timeline: Timeline, starts_s: Sequence[Fraction]) -> Timeline:
    """The timeline with each chunk's place in its source, as a chunk manifest gives it."""
    chunks = [c.model_copy(update={"offset_s": start}) for c, start in zip(timeline.chunks, starts_s, strict=True)]
    return timeline.model_copy(update={"chunks": tuple(chunks)})


@pytest.fixture(scope="module")
def uncut(models: InProcess, film: Path) -> tuple[Report, list[tuple[int, float, str]]]:
    one = Pipeline(None, models)
    timeline = one.ingest("match", [film], BRANDS)
    nodes = one.run("match", {"extract_frames": {"segment_s": 600}})
    assert len(nodes["extract_frames"].parts) == 1
    return one.report(nodes), source_frames(one, timeline, nodes["extract_frames"])


def test_the_uncut_film_is_reported_as_it_was_drawn(uncut: tuple[Report, list[Any]]) -> None:
    assert_same_airings(airings(uncut[0]), SHOWN, STEP_S)


@pytest.mark.parametrize("segment_s", [2, 3, 5, Fraction(7, 3)])
def test_segment_length_changes_neither_frames_nor_scenes_nor_airings(
    segment_s: int | Fraction, uncut: tuple[Report, list[Any]], pipeline: Make, film: Path
) -> None:
    report, frames = uncut
    one = pipeline()
    timeline = one.ingest("match", [film], BRANDS)
    nodes = one.run("match", {"extract_frames": {"segment_s": segment_s}})
    assert source_frames(one, timeline, nodes["extract_frames"]) == frames
    found = one.report(nodes)
    assert [(s.start_s, s.end_s, s.transition) for s in found.scenes] == [
        (s.start_s, s.end_s, s.transition) for s in report.scenes
    ]
    assert_same_airings(airings(found), airings(report), STEP_S)


@pytest.mark.parametrize("cuts_s", [(4,), (1, 2, 7), (3, 5)])
def test_cutting_the_source_into_chunks_changes_neither_frames_nor_airings(
    cuts_s: tuple[int, ...], uncut: tuple[Report, list[Any]], pipeline: Make, film: Path, tmp_path: Path
) -> None:
    report, frames = uncut
    chunks = in_chunks(film, cuts_s, tmp_path)
    one = pipeline()
    timeline = placed(one.ingest("match", [path for path, _ in chunks], BRANDS), [start for _, start in chunks])
    nodes = one.run(timeline, {"extract_frames": {"segment_s": 3}})
    assert timeline.duration_s == 8
    assert source_frames(one, timeline, nodes["extract_frames"]) == frames
    found = one.report(nodes)
    assert_same_airings(airings(found), airings(report), STEP_S)
    assert {s.start_s for s in found.scenes} >= {s.start_s for s in report.scenes}
    assert {s.start_s for s in found.scenes} <= {s.start_s for s in report.scenes} | {float(cut) for cut in cuts_s}


def test_chunks_of_unknown_place_are_sampled_from_their_own_start_within_the_same_tolerance(
    uncut: tuple[Report, list[Any]], pipeline: Make, film: Path, tmp_path: Path
) -> None:
    one = pipeline()
    one.ingest("match", [path for path, _ in in_chunks(film, (2, 5), tmp_path)], BRANDS)
    assert_same_airings(airings(one.report(one.run("match"))), airings(uncut[0]), STEP_S)


@settings(max_examples=8)
@given(
    cuts_s=st.sets(st.integers(1, 7), max_size=4),
    segment_s=st.fractions(2, 8, max_denominator=7),
    place_known=st.booleans(),
)
def test_airings_are_the_same_however_the_source_is_cut(
    uncut: tuple[Report, list[Any]],
    models: InProcess,
    film: Path,
    cuts_s: set[int],
    segment_s: Fraction,
    place_known: bool,
) -> None:
    with TemporaryDirectory() as folder:
        chunks = in_chunks(film, sorted(cuts_s), Path(folder))
        one = Pipeline(None, models)
        timeline = one.ingest("match", [path for path, _ in chunks], BRANDS)
        if place_known:
            timeline = placed(timeline, [start for _, start in chunks])
        nodes = one.run(timeline, {"extract_frames": {"segment_s": segment_s}})
        assert_same_airings(airings(one.report(nodes)), airings(uncut[0]), STEP_S)


@pytest.fixture(scope="module")
def broadcast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of the synthetic match, with a keyframe about twice a second."""
    path = tmp_path_factory.mktemp("broadcast") / "match.mp4"
    film = Film(SynthSpec(seconds=12, seed=3, width=640, height=360))
    with av.open(str(path), "w") as output:
        options = {"preset": "veryfast", "x264-params": "scenecut=0:open-gop=0:keyint=13:min-keyint=13"}
        stream = output.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for drawn in film.frames():
            frame = av.VideoFrame.from_ndarray(drawn.image, "bgr24")
            frame.pts, frame.time_base = drawn.index, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_drawn_broadcast_footage_keeps_its_brand_seconds_however_it_is_cut(
    broadcast: Path, pipeline: Make, tmp_path: Path
) -> None:
    brands = [Brand.model_validate(brand.entry()) for brand in ALL]
    whole = pipeline()
    whole.ingest("match", [broadcast], brands)
    expected = seen_ticks(whole.report(whole.run("match", {"extract_frames": {"segment_s": 15}})))
    chunks = in_chunks(broadcast, (4, 9), tmp_path)
    for segment_s, files in ((3, None), (8, None), (5, chunks)):
        one = pipeline()
        timeline = one.ingest("match", [broadcast] if files is None else [path for path, _ in files], brands)
        if files is not None:
            timeline = placed(timeline, [start for _, start in files])
        found = seen_ticks(one.report(one.run(timeline, {"extract_frames": {"segment_s": segment_s}})))
        assert len(expected) > 1000
        assert len(found ^ expected) <= SYNTH_TOLERANCE * len(expected)


def seen_ticks(report: Report) -> set[tuple[str, int]]:
    """(brand, fiftieth of a second) of everything reported."""
    return {
        (airing.brand, tick)
        for airing in report.airings
        for start_s, end_s in airing.spans_s
        for tick in range(round(start_s * 50), round(end_s * 50))
    }
