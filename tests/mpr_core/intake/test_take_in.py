"""Chunks of a bucket go into their timeline where they lie, and what stops one of them stops no other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import StoreUnavailable
from mpr_core.intake import take_in as module
from mpr_core.intake.intake_documents import IntakeDocuments, Processed, release
from mpr_core.intake.suspects import Suspects
from mpr_core.intake.take_in import IntakeRequest, TakenIn, take_in
from mpr_core.intake.watched import WatchedKey, version_of
from mpr_core.media.limits import MediaLimits
from mpr_core.store import keys
from tests.mpr_core.intake.cutting import cut
from tests.mpr_core.intake.tiny_videos import POISON, tiny_video
from tests.mpr_core.media.media_factory import make_clip
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
_DIES = """
import os, sys
from mpr_core.intake.suspects import Suspects
from mpr_core.intake.watched import WatchedKey
from mpr_core.store.object_store import ObjectStore
with Suspects(ObjectStore(sys.argv[1]), "match").reading(WatchedKey(key=sys.argv[2], version=sys.argv[3])):
    os._exit(9)
"""


def wanted(one: Pipeline, *names: str) -> tuple[WatchedKey, ...]:
    """Keys below incoming/match, as they are now."""
    there = {stored.key: version_of(stored) for stored in one.media_in.objects("incoming/match")}
    return tuple(WatchedKey(key=f"incoming/match/{name}", version=there[f"incoming/match/{name}"]) for name in names)


def take(one: Pipeline, *chosen: WatchedKey, **more: object) -> TakenIn:
    return take_in(
        IntakeRequest(timeline="match", keys=chosen),
        media_in=one.media_in,
        catalog=one.catalog,
        limits=MediaLimits(),
        **more,  # type: ignore[arg-type]
    )


def names(one: Pipeline) -> list[str]:
    return [chunk.key.rpartition("/")[2] for chunk in one.catalog.timeline("match").chunks]


def processed(one: Pipeline) -> Processed:
    return IntakeDocuments(one.media_out).read(["match"])["match"]


@pytest.fixture
def one(pipeline: Make) -> Pipeline:
    """A bucket with 1.mp4 to 3.mp4 below incoming/match."""
    made = pipeline()
    for number in (1, 2, 3):
        made.media_in.put(f"incoming/match/{number}.mp4", tiny_video(number))
    return made


def test_a_timeline_is_made_registered_and_then_recorded(one: Pipeline) -> None:
    order = []

    def register(timeline: str) -> None:
        order.append((timeline, one.catalog.has(timeline), processed(one).taken.keys))

    result = take(one, *wanted(one, "1.mp4", "3.mp4"), register=register)
    assert order == [("match", True, {})]
    assert (result.taken, result.refused, result.left) == (["incoming/match/1.mp4", "incoming/match/3.mp4"], [], [])
    assert (names(one), processed(one).taken.changes) == (["1.mp4", "3.mp4"], 1)
    take(one, *wanted(one, "2.mp4"))
    assert (names(one), processed(one).taken.changes) == (["1.mp4", "2.mp4", "3.mp4"], 2)
    assert [key for key, _ in one.media_out.keys(keys.READING)] == []


def test_the_same_again_changes_nothing_and_decodes_nothing(one: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = wanted(one, "1.mp4", "2.mp4")
    take(one, *chosen)
    before = one.media_out.get(keys.timeline("match"))
    monkeypatch.delattr(module, "probe_media")
    one.media_out.delete([keys.taken("match")])
    take(one, *chosen)
    assert one.media_out.get(keys.timeline("match")) == before


def test_a_version_that_is_not_there_any_more_is_left(one: Pipeline) -> None:
    chosen = wanted(one, "1.mp4", "2.mp4", "3.mp4")
    one.media_in.put("incoming/match/1.mp4", tiny_video(9))
    one.media_in.delete(["incoming/match/2.mp4"])
    assert take(one, *chosen).left == ["incoming/match/1.mp4", "incoming/match/2.mp4"]
    assert names(one) == ["3.mp4"]


def test_chunks_that_came_another_way_stay_before_those_of_the_bucket(one: Pipeline, tmp_path: Path) -> None:
    one.ingest("match", [make_clip(tmp_path / "z.mp4", frames=4)])
    take(one, *wanted(one, "1.mp4"))
    assert names(one) == ["z.mp4", "1.mp4"]


def test_brands_that_are_given_while_video_is_read_are_kept(one: Pipeline) -> None:
    take(one, *wanted(one, "1.mp4"))

    def give_brands(_key: str) -> None:
        brands = (Brand(canonical_name="Vantelo"),)
        one.catalog.save_timeline(one.catalog.timeline("match").model_copy(update={"brands": brands}))

    take(one, *wanted(one, "2.mp4"), progress=give_brands)
    timeline = one.catalog.timeline("match")
    assert [brand.canonical_name for brand in timeline.brands or ()] == ["Vantelo"]
    assert names(one) == ["1.mp4", "2.mp4"]


def test_chunks_of_a_cut_source_have_their_place_in_it(pipeline: Make, tmp_path: Path) -> None:
    one = pipeline()
    options = {"x264-params": "scenecut=0:keyint=10:min-keyint=10"}
    film = make_clip(tmp_path / "film.mp4", options=options)
    cut(film, Fraction(2, 5), one.media_in, prefix="incoming/match")
    chosen = wanted(one, *(f"film-{number:05d}.mp4" for number in (1, 2, 3)))
    one.media_in.put("incoming/match/film-00003.mp4", tiny_video(1))
    (chosen_then,) = wanted(one, "film-00003.mp4")
    result = take(one, *chosen[:2], chosen_then)
    assert [chunk.offset_s for chunk in one.catalog.timeline("match").chunks] == [0, Fraction(2, 5)]
    assert [refused.reason.partition(":")[0] for refused in result.refused] == ["a chunk is not the file that was cut"]


def test_a_damaged_manifest_stops_its_own_chunks_alone(one: Pipeline) -> None:
    one.media_in.put("incoming/match/cut/manifest.json", b"{")
    one.media_in.put("incoming/match/cut/1.mp4", tiny_video(4))
    result = take(one, *wanted(one, "cut/1.mp4", "2.mp4"))
    assert [refused.reason.partition(":")[0] for refused in result.refused] == ["stored document is damaged"]
    assert names(one) == ["2.mp4"]


def test_a_new_upload_that_is_poison_leaves_the_chunk_that_was_there(one: Pipeline) -> None:
    take(one, *wanted(one, "1.mp4"))
    one.media_in.put("incoming/match/1.mp4", POISON)
    assert len(take(one, *wanted(one, "1.mp4")).refused) == 1
    assert names(one) == ["1.mp4"]


def test_a_chunk_that_ends_its_process_twice_is_not_read_again(pipeline: Make, tmp_path: Path) -> None:
    one = pipeline(tmp_path)
    for number in (1, 2):
        one.media_in.put(f"incoming/match/{number}.mp4", tiny_video(number))
    deadly, harmless = wanted(one, "1.mp4", "2.mp4")
    for ends in (1, 2):
        died = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path / "out"), deadly.key, deadly.version])
        assert died.returncode == 9
        assert bool(Suspects(one.media_out, "match").reason(deadly)) is (ends == 2)
    result = take(one, deadly, harmless)
    assert [refused.reason for refused in result.refused] == ["reading it ended the process 2 times"]
    assert names(one) == ["2.mp4"]
    release(one.media_out, deadly.key)
    assert take(one, deadly).taken == [deadly.key]


def test_a_store_that_is_away_is_not_held_against_the_chunk(one: Pipeline) -> None:
    (chunk,) = wanted(one, "1.mp4")
    for _ in range(3):
        suspects = Suspects(one.media_out, "match")
        with pytest.raises(StoreUnavailable), suspects.reading(chunk):
            raise StoreUnavailable("the store did not answer")
    assert Suspects(one.media_out, "match").reason(chunk) == ""


def test_what_was_saved_before_an_error_stays(one: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SAVE_EVERY", 1)
    chosen = wanted(one, "1.mp4", "2.mp4")

    def until_the_second(key: str) -> None:
        if key.endswith("2.mp4"):
            raise StoreUnavailable("the store did not answer")

    with pytest.raises(StoreUnavailable):
        take(one, *chosen, progress=until_the_second)
    assert list(processed(one).taken.keys) == ["incoming/match/1.mp4"]
    assert names(one) == ["1.mp4"]
