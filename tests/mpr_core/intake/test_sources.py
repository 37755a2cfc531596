"""What media-in holds is listed with what manifests and timelines know of it, without opening a file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mpr_core.intake.sources import held_sources
from mpr_core.store import keys
from tests.mpr_core.intake.cutting import cut
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]


@pytest.fixture
def one(pipeline: Make, tmp_path: Path) -> Pipeline:
    """A source in four chunks below chunks/long, two of them in the timeline `half`; a file ingested whole; one merely put there."""
    made = pipeline()
    options = {"x264-params": "scenecut=0:keyint=10:min-keyint=10"}
    cut(make_clip(tmp_path / "long.mp4", options=options), Fraction(2, 5), made.media_in, prefix="chunks/long")
    made.ingest("half", [Path(f"chunks/long/long-{number:05d}.mp4") for number in (1, 2)])
    made.ingest("whole", [make_clip(tmp_path / "short.mkv", frames=10)])
    made.media_in.put("chunks/new/upload.mp4", b"not looked at")
    return made


def test_sources_tell_what_is_known_and_who_uses_them(one: Pipeline) -> None:
    found = {
        source.prefix.rpartition("-")[0] or source.prefix: source for source in held_sources(one.media_in, one.catalog)
    }
    assert list(found) == ["chunks/long", "chunks/new", "chunks/short"]
    cut_source = found["chunks/long"]
    assert cut_source.manifest is not None
    assert cut_source.manifest.complete
    assert [held.chunk and held.chunk.offset_s for held in cut_source.chunks] == [Fraction(k, 5) for k in (0, 2, 4, 6)]
    assert [held.timelines for held in cut_source.chunks] == [("half",), ("half",), (), ()]
    assert cut_source.timelines == ("half",)
    assert [(held.chunk, held.timelines, held.size_bytes) for held in found["chunks/new"].chunks] == [(None, (), 13)]
    whole = found["chunks/short"]
    assert whole.manifest is None
    assert [held.chunk and held.chunk.probe.frame_count for held in whole.chunks] == [10]


def test_an_empty_root_has_no_sources(pipeline: Make) -> None:
    empty = pipeline()
    assert held_sources(empty.media_in, empty.catalog) == []


def test_chunks_that_are_gone_or_were_changed_are_said(one: Pipeline) -> None:
    one.media_in.delete(["chunks/long/long-00004.mp4"])
    one.media_in.put("chunks/long/long-00003.mp4", b"other")
    source = next(s for s in held_sources(one.media_in, one.catalog) if s.prefix == "chunks/long")
    assert source.missing == ("chunks/long/long-00004.mp4",)
    assert [held.chunk is None for held in source.chunks] == [False, False, True]


@pytest.mark.parametrize("data", [b"{", b'{"format": "mpr.source/2"}'])
def test_what_cannot_be_read_hides_nothing_else(data: bytes, one: Pipeline) -> None:
    one.media_in.put(keys.source_manifest("chunks/long"), data)
    one.media_out.put(keys.timeline("whole"), data)
    found = {source.prefix: source for source in held_sources(one.media_in, one.catalog)}
    assert "stored document" in found["chunks/long"].problem
    assert [held.chunk is not None for held in found["chunks/long"].chunks] == [True, True, False, False]
    assert len(found) == 3
