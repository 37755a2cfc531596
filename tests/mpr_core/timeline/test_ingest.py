"""Every file is checked before anything changes; a refused one leaves timeline and media-in as they were."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import InputError, MediaRefused, UnknownTimeline
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.media.media_factory import make_clip, make_sound
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
Change = Callable[[Timeline | None], Timeline | None]


def contents(one: Pipeline) -> dict[str, bytes]:
    """Every object of both roots."""
    stores = {"in": one.media_in, "out": one.media_out}
    return {f"{name}/{key}": store.get(key) for name, store in stores.items() for key, _ in store.keys("")}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "first half.mp4"), make_clip(folder / "second.mkv", frames=20)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_clip(tmp_path_factory.mktemp("damaged") / "cut.ts")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10 // 188 * 188 + 60])
    return path


def test_a_new_timeline_has_its_files_in_media_in_under_plain_keys(pipeline: Make, clips: tuple[Path, Path]) -> None:
    one = pipeline()
    timeline = one.ingest("match", clips, [Brand(canonical_name="Vantelo")], profile="fast")
    assert one.catalog.timeline("match") == timeline
    assert (timeline.profile, timeline.duration_s) == ("fast", Fraction(12, 5))
    for chunk, path in zip(timeline.chunks, clips, strict=True):
        assert one.media_in.get(chunk.key) == path.read_bytes()
        assert chunk.size_bytes == path.stat().st_size
        assert chunk.digest[:8] in chunk.key
    assert timeline.chunks[0].key.startswith("chunks/first_half-")
    assert timeline.chunks[0].key.endswith("/first_half.mp4")


def test_the_same_files_again_change_nothing(pipeline: Make, clips: tuple[Path, Path]) -> None:
    one = pipeline()
    one.ingest("match", clips, [Brand(canonical_name="Vantelo")], profile="fast")
    before = contents(one)
    again = one.ingest("match", clips)
    assert contents(one) == before
    assert (again.profile, len(again.brands or ())) == ("fast", 1)


def test_other_files_need_append_and_append_needs_a_timeline(pipeline: Make, clips: tuple[Path, Path]) -> None:
    one = pipeline()
    with pytest.raises(UnknownTimeline, match="nothing to append to"):
        one.ingest("match", clips[:1], append=True)
    one.ingest("match", clips[:1])
    with pytest.raises(InputError, match="the timeline exists: match") as refusal:
        one.ingest("match", clips[1:])
    assert "--append" in refusal.value.remedy
    assert len(one.ingest("match", clips[1:], append=True).chunks) == 2


def test_a_new_brand_list_replaces_the_old_one_and_keeps_the_chunks(pipeline: Make, clips: tuple[Path, Path]) -> None:
    one = pipeline()
    one.ingest("match", clips, [Brand(canonical_name="Vantelo")])
    changed = one.ingest("match", clips, [Brand(canonical_name="Oltessa")])
    assert [brand.canonical_name for brand in changed.brands or ()] == ["Oltessa"]
    assert len(changed.chunks) == 2


def test_a_name_that_is_accepted_while_video_is_appended_stays(
    pipeline: Make, clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, accepted = pipeline(), (Brand(canonical_name="Vantelo"),)
    one.ingest("match", clips[:1])
    put_file = one.media_in.put_file

    def accept_meanwhile(key: str, path: Path) -> None:
        one.catalog.save_timeline(one.catalog.timeline("match").model_copy(update={"added_brands": accepted}))
        put_file(key, path)

    monkeypatch.setattr(one.media_in, "put_file", accept_meanwhile)
    found = one.ingest("match", clips[1:], append=True)
    assert (len(found.chunks), found.added_brands) == (2, accepted)
    assert one.catalog.timeline("match") == found


def test_video_that_another_appends_at_the_same_moment_stays(
    pipeline: Make, clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pipeline()
    one.ingest("match", clips[:1])
    change = one.catalog.change_timeline

    def after_another(name: str, wanted: Change) -> tuple[Timeline | None, Timeline | None]:
        monkeypatch.undo()
        one.ingest("match", clips[1:], append=True)
        return change(name, wanted)

    monkeypatch.setattr(one.catalog, "change_timeline", after_another)
    third = one.ingest("match", clips[:1], append=True)
    assert [chunk.key for chunk in third.chunks] == [third.chunks[0].key, third.chunks[1].key, third.chunks[0].key]
    assert one.catalog.timeline("match") == third


@pytest.mark.parametrize("same", [True, False], ids=["of the same files", "of other files"])
def test_a_timeline_that_another_made_at_the_same_moment_is_not_overwritten(
    same: bool, pipeline: Make, clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pipeline()
    change = one.catalog.change_timeline

    def after_another(name: str, wanted: Change) -> tuple[Timeline | None, Timeline | None]:
        monkeypatch.undo()
        one.ingest("match", clips[:1])
        return change(name, wanted)

    monkeypatch.setattr(one.catalog, "change_timeline", after_another)
    if same:
        assert len(one.ingest("match", clips[:1]).chunks) == 1
    else:
        with pytest.raises(InputError, match="the timeline exists: match"):
            one.ingest("match", clips[1:])
    (chunk,) = one.catalog.timeline("match").chunks
    assert one.media_in.get(chunk.key) == clips[0].read_bytes()


def test_two_files_of_one_name_do_not_overwrite_each_other(
    pipeline: Make, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    one = pipeline()
    namesake = make_clip(tmp_path / clips[0].name, frames=15)
    timeline = one.ingest("match", [clips[0], namesake])
    assert [one.media_in.get(chunk.key) for chunk in timeline.chunks] == [
        clips[0].read_bytes(),
        namesake.read_bytes(),
    ]


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "sound", "playlist"])
@pytest.mark.parametrize("existing", [False, True], ids=["new timeline", "appending"])
def test_one_refused_file_leaves_everything_unchanged(
    kind: str, existing: bool, pipeline: Make, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    one = pipeline()
    if existing:
        one.ingest("match", clips[:1])
    before = contents(one)
    bad = tmp_path / "bad.mp4"
    if kind == "sound":
        make_sound(bad)
    elif kind != "missing":
        text = {"empty": b"", "text": b"not a video at all\n" * 50, "playlist": f"#EXTM3U\n{clips[0]}\n".encode()}
        bad.write_bytes(text[kind])
    with pytest.raises(MediaRefused, match=r"bad\.mp4") as refusal:
        one.ingest("match", [clips[1], bad], append=existing)
    assert refusal.value.why
    assert refusal.value.exit_code == 2
    assert contents(one) == before
    assert one.catalog.has("match") is existing


def test_strict_refuses_a_damaged_file_and_says_from_where(pipeline: Make, damaged: Path) -> None:
    one = pipeline()
    with pytest.raises(MediaRefused, match="the file is damaged") as refusal:
        one.ingest("match", [damaged], strict=True)
    assert "from 0." in refusal.value.why
    assert "leave out --strict" in refusal.value.remedy
    assert contents(one) == {}


def test_without_strict_a_damaged_file_is_used_up_to_the_damage(pipeline: Make, damaged: Path) -> None:
    timeline = pipeline().ingest("match", [damaged])
    probe = timeline.chunks[0].probe
    assert probe.damaged_from_s is not None
    assert 0 < timeline.duration_s == probe.damaged_from_s < Fraction(8, 5)
    assert probe.damage_reason


def test_no_file_and_no_usable_id_are_refused_first(pipeline: Make, clips: tuple[Path, Path]) -> None:
    one = pipeline()
    with pytest.raises(InputError, match="no file given"):
        one.ingest("match", [])
    with pytest.raises(InputError, match="not a timeline id"):
        one.ingest("../match", clips)
    assert contents(one) == {}
