"""A timeline of what was cut: each chunk at its place in its source, the same sampled frames, the same airings as of the whole file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mpr_core.errors import InputError, MediaRefused
from mpr_core.intake.manifest import read_manifest, save_manifest
from tests.mpr_core.intake.cutting import cut
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.sign_film import BRANDS, draw_film
from tests.mpr_core.whole_pipeline import Pipeline, airings, assert_same_airings, source_frames

Make = Callable[..., Pipeline]
STEP_S = 0.5
RATES = {"25.mp4": Fraction(25), "23.976.mp4": Fraction(24000, 1001), "29.97.ts": Fraction(30000, 1001)}


@pytest.fixture(scope="module", params=list(RATES))
def films(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / request.param
    return draw_film(path, rate=RATES[request.param], gop=30)


def test_the_chunks_of_a_source_are_sampled_and_reported_as_the_whole_source(films: Path, pipeline: Make) -> None:
    whole, pieces = pipeline(), pipeline()
    one = whole.ingest("match", [films], BRANDS)
    prefix = cut(films, 3, pieces.media_in).prefix
    other = pieces.ingest("match", [Path(prefix)], BRANDS)
    assert len(other.chunks) > 2
    assert other.duration_s == one.duration_s
    assert other.starts_s() == tuple(chunk.offset_s for chunk in other.chunks)
    nodes, cut_nodes = whole.run("match"), pieces.run("match")
    expected = source_frames(whole, one, nodes["extract_frames"])
    assert len(expected) == 16
    assert source_frames(pieces, other, cut_nodes["extract_frames"]) == expected
    assert_same_airings(airings(pieces.report(cut_nodes)), airings(whole.report(nodes)), STEP_S)


@pytest.fixture
def made(pipeline: Make, tmp_path: Path) -> tuple[Pipeline, str]:
    """A pipeline in a folder, and the prefix of a source in four chunks."""
    one = pipeline(tmp_path / "roots")
    options = {"x264-params": "scenecut=0:keyint=10:min-keyint=10"}
    return one, cut(make_clip(tmp_path / "long.mp4", options=options), Fraction(2, 5), one.media_in).prefix


def test_a_folder_stands_for_all_its_chunks_and_nothing_is_copied(made: tuple[Pipeline, str]) -> None:
    one, prefix = made
    before = one.media_in.objects("")
    timeline = one.ingest("all", [Path(f"{prefix}/")])
    assert [chunk.offset_s for chunk in timeline.chunks] == [Fraction(k, 5) for k in (0, 2, 4, 6)]
    assert [chunk.key for chunk in timeline.chunks] == [f"{prefix}/long-{n:05d}.mp4" for n in (1, 2, 3, 4)]
    assert one.media_in.objects("") == before
    assert one.ingest("all", [Path(prefix)]) == timeline


def test_one_chunk_keeps_its_place_named_by_key_or_by_path(made: tuple[Pipeline, str], tmp_path: Path) -> None:
    one, prefix = made
    names = [Path(prefix) / "long-00003.mp4", tmp_path / "roots" / "in" / prefix / "long-00002.mp4"]
    timeline = one.ingest("some", names)
    assert [chunk.offset_s for chunk in timeline.chunks] == [Fraction(4, 5), Fraction(2, 5)]
    assert [chunk.key.rsplit("/", 1)[-1] for chunk in timeline.chunks] == ["long-00003.mp4", "long-00002.mp4"]


def test_a_copy_of_a_chunk_elsewhere_is_a_file_like_any_other(made: tuple[Pipeline, str], tmp_path: Path) -> None:
    one, prefix = made
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(one.media_in.get(f"{prefix}/long-00003.mp4"))
    timeline = one.ingest("copy", [copy])
    assert timeline.chunks[0].offset_s == 0
    assert timeline.chunks[0].key.startswith("chunks/copy-")


def test_a_source_that_is_not_cut_to_its_end_is_refused(made: tuple[Pipeline, str]) -> None:
    one, prefix = made
    manifest = read_manifest(one.media_in, prefix)
    assert manifest is not None
    save_manifest(one.media_in, prefix, manifest.model_copy(update={"chunks": manifest.chunks[:3]}))
    with pytest.raises(InputError, match="not cut to its end") as refusal:
        one.ingest("all", [Path(prefix)])
    assert refusal.value.why == "3 of 4 chunks are there"
    assert not one.catalog.has("all")


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_a_chunk_that_is_not_there_any_more_is_refused(change: str, made: tuple[Pipeline, str]) -> None:
    one, prefix = made
    key = f"{prefix}/long-00002.mp4"
    one.media_in.delete([key])
    if change == "changed":
        one.media_in.put(key, b"x")
    with pytest.raises(MediaRefused, match="a chunk is not the file that was cut") as refusal:
        one.ingest("all", [Path(prefix)])
    assert ("it is gone" in refusal.value.why) == (change == "gone")


def test_strict_refuses_a_damaged_chunk(pipeline: Make, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "hit.ts", b_frames=2)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle : middle + 376] = bytes(376)
    path.write_bytes(data)
    one = pipeline()
    prefix = cut(path, Fraction(2, 5), one.media_in).prefix
    with pytest.raises(MediaRefused, match="the file is damaged"):
        one.ingest("all", [Path(prefix)], strict=True)
    assert one.ingest("all", [Path(prefix)]).duration_s < Fraction(8, 5)


def test_one_more_chunk_of_a_source_adds_its_segments_alone(made: tuple[Pipeline, str]) -> None:
    one, prefix = made
    more: dict[str, Any] = {"stages": ["extract_frames"]}
    names = [Path(prefix) / f"long-{number:05d}.mp4" for number in (1, 2, 3)]
    one.ingest("match", names[:2])
    one.run("match", **more)
    one.ingest("match", names[2:], append=True)
    assert one.run("match", **more)["extract_frames"].provenance.parts_computed == 1
