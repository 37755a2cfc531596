"""Memory is one segment's, whatever the length: nothing of a segment is held when the next one is worked on."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mpr_core.runner.payload import Payload
from mpr_core.stages.chunk_walk import CONTEXT_S, ChunkWalk, WalkedFrame
from tests.mpr_core.sign_film import BRANDS, Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
RATE, SEGMENT_S = 10, 6
SETTINGS = {"extract_frames": {"segment_s": SEGMENT_S, "fps": 1}}


def long_film(path: Path, seconds: int) -> Path:
    """A still picture, so that little is searched; every frame is decoded, signed and, once a second, stored all the same."""
    shots = (Shot(Fraction(seconds), (Sign("VANTELO", (20, 30), 18),), place=4, grain=0.0),)
    return draw_film(path, shots, rate=Fraction(RATE), size_px=(160, 90), gop=20, b_frames=0)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("long")
    return long_film(folder / "short.mp4", 30), long_film(folder / "long.mp4", 180)


def test_a_walk_through_three_minutes_holds_one_segments_frames(
    films: tuple[Path, Path], pipeline: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[WalkedFrame] = weakref.WeakSet()
    most = made = 0
    finish = ChunkWalk._finished

    def watched(self: ChunkWalk, *given: Any) -> WalkedFrame:
        nonlocal most, made
        frame = finish(self, *given)
        alive.add(frame)
        made += 1
        most = max(most, len(alive))
        return frame

    monkeypatch.setattr(ChunkWalk, "_finished", watched)
    monkeypatch.setattr(WalkedFrame, "__hash__", object.__hash__)
    monkeypatch.setattr(WalkedFrame, "__eq__", object.__eq__)
    one = pipeline()
    one.ingest("match", [films[1]], BRANDS)
    node = one.run("match", SETTINGS, stages=["extract_frames"])["extract_frames"]
    assert (len(node.parts), made) == (30, 1800)
    # A segment with its context, and the two contexts that reach over into its neighbours.
    assert most <= (SEGMENT_S + 4 * CONTEXT_S) * RATE + 2


def test_payloads_of_a_segment_are_let_go_before_the_next_ones_are_made(
    films: tuple[Path, Path], pipeline: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[weakref.ref[Payload]] = []
    most = 0
    check = Payload.__post_init__

    def watched(self: Payload) -> None:
        nonlocal most
        check(self)
        alive.append(weakref.ref(self))
        alive[:] = [one for one in alive if one() is not None]
        most = max(most, len(alive))

    monkeypatch.setattr(Payload, "__post_init__", watched)
    one = pipeline()
    one.ingest("match", [films[1]], BRANDS)
    one.run("match", SETTINGS)
    # Every segment-wise stage takes at most five parents and makes one; those of the segment before may be going.
    assert most <= 12


def test_the_peak_of_a_run_does_not_grow_with_the_film(
    films: tuple[Path, Path], pipeline: Make, tmp_path: Path
) -> None:
    peaks = []
    # The first run pays for what is loaded once; threads of other tests may allocate meanwhile, so the long film has two tries.
    for number, path in enumerate((films[0], films[0], films[1], films[1])):
        one = pipeline(tmp_path / str(number))
        one.ingest("match", [path], BRANDS)
        gc.collect()
        tracemalloc.start()
        nodes = one.run("match", SETTINGS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(nodes["run_ocr"].parts) == (30 if path == films[1] else 5)
    # Part records are kept for the whole of a stage: a few kilobytes a segment.
    assert min(peaks[2:]) <= 1.1 * peaks[1] + 25 * 20_000
