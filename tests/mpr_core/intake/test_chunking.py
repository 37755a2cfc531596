"""Cutting that is interrupted goes on; what is not a chunk of this source is never taken for one; what cannot be cut is refused first."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import pytest

from mpr_core.errors import InputError, MediaRefused, MprError, StoreUnavailable
from mpr_core.intake.cut_events import CutEvent
from mpr_core.intake.cut_lookup import cut_chunks
from mpr_core.intake.manifest import read_manifest
from mpr_core.media.digest import file_digest
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.intake.cutting import cut, shown
from tests.mpr_core.killed_process import kill_when_halted
from tests.mpr_core.media.media_factory import make_clip, make_sound
from tests.mpr_core.media.reading_back import straight

SECONDS = Fraction(2, 5)
CHUNKS = 4


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.6 s in four groups of pictures, each 0.4 s."""
    options = {"x264-params": "scenecut=0:keyint=10:min-keyint=10:open-gop=0"}
    return make_clip(tmp_path_factory.mktemp("source") / "long one.mp4", b_frames=2, options=options)


def contents(store: ObjectStore) -> dict[str, bytes]:
    return {found.key: store.get(found.key) for found in store.objects("")}


def kinds(events: list[CutEvent]) -> Counter[str]:
    return Counter(event.kind for event in events)


@pytest.fixture(scope="module")
def undisturbed(source: Path) -> dict[str, bytes]:
    store = ObjectStore("memory://")
    cut(source, SECONDS, store)
    return contents(store)


def test_a_source_lies_in_a_folder_of_its_own_with_manifest_and_mark(
    source: Path, undisturbed: dict[str, bytes]
) -> None:
    prefix = next(iter(undisturbed)).rpartition("/")[0]
    digest = file_digest(source)
    assert prefix == f"chunks/long_one-{digest[:8]}-0.4s"
    names = [f"{prefix}/long_one-{number:05d}.mp4" for number in range(1, CHUNKS + 1)]
    assert sorted(undisturbed) == sorted([*names, f"{prefix}/manifest.json", f"{prefix}/_DONE"])


def test_the_manifest_reads_back_as_it_was_written(source: Path) -> None:
    store = ObjectStore("memory://")
    done = cut(source, SECONDS, store)
    assert read_manifest(store, done.prefix) == done.manifest
    assert done.manifest.cuts_s == (0, Fraction(2, 5), Fraction(4, 5), Fraction(6, 5), Fraction(8, 5))
    assert (done.manifest.source.name, done.manifest.source.codec, done.made) == ("long one.mp4", "h264", CHUNKS)


def test_the_steps_are_told_and_counted(source: Path) -> None:
    events: list[CutEvent] = []
    done = cut(source, SECONDS, ObjectStore("memory://"), events, workers=2)
    assert kinds(events) == {"queued": 4, "processing": 4, "done": 4, "finished": 1}
    assert max(event.processing for event in events) <= 2
    last = events[-1]
    assert (last.kind, last.key, last.finished, last.chunks, last.queued, last.processing) == (
        "finished",
        done.prefix,
        CHUNKS,
        CHUNKS,
        0,
        0,
    )
    assert last.media_s == last.total_s == 1.6
    assert last.written_bytes == sum(chunk.size_bytes for chunk in done.manifest.usable())
    assert last.speed_ratio is not None
    assert last.bytes_per_s is not None


def test_a_second_call_keeps_every_chunk_and_writes_nothing(source: Path, undisturbed: dict[str, bytes]) -> None:
    store = ObjectStore("memory://")
    cut(source, SECONDS, store)
    written = {found.key: found.written_at for found in store.objects("")}
    events: list[CutEvent] = []
    assert cut(source, SECONDS, store, events).made == 0
    assert kinds(events)["kept"] == CHUNKS
    assert {found.key: found.written_at for found in store.objects("")} == written
    assert contents(store) == undisturbed


@pytest.mark.parametrize("damage", ["deleted", "cut short", "other bytes"])
def test_a_chunk_that_is_not_what_was_cut_is_cut_anew_and_the_others_are_kept(
    damage: str, source: Path, undisturbed: dict[str, bytes]
) -> None:
    store = ObjectStore("memory://")
    key = cut(source, SECONDS, store).manifest.usable()[1].key
    if damage == "deleted":
        store.delete([key])
    else:
        data = store.get(key)
        store.put(key, data[:-1] if damage == "cut short" else bytes(len(data)))
    events: list[CutEvent] = []
    assert cut(source, SECONDS, store, events).made == 1
    assert (kinds(events)["kept"], kinds(events)["done"]) == (CHUNKS - 1, 1)
    assert contents(store) == undisturbed


# The manifest is the first write, then two for each chunk by two workers at once, the whole manifest, the mark.
@pytest.mark.parametrize("writes", range(1, 2 * CHUNKS + 4))
def test_a_killed_cut_goes_on_and_loses_at_most_one_chunk_per_worker(
    writes: int, source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    module = "tests.mpr_core.intake.killed_cut"
    kill_when_halted(module, tmp_path / "in", source, "2/5", writes, TMPDIR=str(tmp_path))
    store = ObjectStore(str(tmp_path / "in"))
    prefix = next(iter(undisturbed)).rpartition("/")[0]
    assert not store.exists(keys.source_done(prefix))
    there = read_manifest(store, prefix)
    committed = 0 if there is None else len(there.chunks)
    assert committed >= (min(writes - 2, 2 * CHUNKS) - 2) // 2
    events: list[CutEvent] = []
    assert cut(source, SECONDS, store, events).made == CHUNKS - committed
    assert kinds(events)["kept"] == committed
    assert contents(store) == undisturbed


class FailingStore(ObjectStore):
    """A store that does not take the files of some chunks, for a number of times."""

    def __init__(self, number: int, times: int, error: MprError) -> None:
        super().__init__("memory://")
        self.name, self.times, self.error = f"-{number:05d}.", times, error

    def put_file(self, key: str, path: Path) -> None:
        if self.name in key and self.times > 0:
            self.times -= 1
            raise self.error
        super().put_file(key, path)


def test_a_chunk_that_the_store_did_not_take_is_tried_again(source: Path, undisturbed: dict[str, bytes]) -> None:
    store = FailingStore(2, 2, StoreUnavailable("the store did not answer", why="it was busy"))
    events: list[CutEvent] = []
    cut(source, SECONDS, store, events)
    assert kinds(events)["retry"] == 2
    assert {event.message for event in events if event.kind == "retry"} == {"it was busy"}
    assert contents(store) == undisturbed


@pytest.mark.parametrize("transient", [True, False])
def test_a_chunk_that_fails_for_good_ends_the_cut_and_the_next_call_goes_on(
    transient: bool, source: Path, undisturbed: dict[str, bytes]
) -> None:
    error = StoreUnavailable("no answer") if transient else MprError("no room")
    store = FailingStore(2, 3 if transient else 1, error)
    events: list[CutEvent] = []
    with pytest.raises(type(error), match=error.what):
        cut(source, SECONDS, store, events, workers=1)
    assert (kinds(events)["error"], kinds(events)["finished"]) == (1, 0)
    assert [event.number for event in events if event.kind == "error"] == [2]
    done = 3 if transient else 1
    again: list[CutEvent] = []
    cut(source, SECONDS, store, again)
    assert (kinds(again)["kept"], kinds(again)["done"]) == (done, CHUNKS - done)
    assert contents(store) == undisturbed


@pytest.mark.parametrize("seconds", [0, -1, Fraction(-1, 100)])
def test_a_length_that_is_none_is_refused(seconds: Fraction, source: Path) -> None:
    with pytest.raises(InputError, match="not a length"):
        cut(source, seconds, ObjectStore("memory://"))


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "sound", "playlist", "folder"])
def test_what_is_no_video_is_refused_and_nothing_is_written(kind: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    if kind == "sound":
        make_sound(bad)
    elif kind == "folder":
        bad.mkdir()
    elif kind != "missing":
        bad.write_bytes({"empty": b"", "text": b"no video\n" * 50, "playlist": b"#EXTM3U\n#EXTINF:4,\na.ts\n"}[kind])
    store = ObjectStore("memory://")
    with pytest.raises(MediaRefused, match=r"bad\.mp4"):
        cut(bad, 1, store)
    assert contents(store) == {}


@pytest.mark.parametrize("prefix", ["", "a//b", "../a", "/a", "a/.", "a b", "_a"])
def test_a_prefix_that_is_no_folder_everywhere_is_refused(prefix: str, source: Path) -> None:
    with pytest.raises(InputError, match="not a key prefix"):
        cut(source, 1, ObjectStore("memory://"), prefix=prefix)


def test_a_prefix_that_holds_something_else_is_refused_and_left_as_it_was(source: Path, tmp_path: Path) -> None:
    store = ObjectStore("memory://")
    store.put("chunks/mine/a.mp4", b"bytes")
    cut(source, SECONDS, store, prefix="chunks/cut")
    before = contents(store)
    other = make_clip(tmp_path / "other.mp4", frames=20)
    for path, seconds, prefix, why in (
        (source, SECONDS, "chunks/mine", "not cut here"),
        (other, SECONDS, "chunks/cut", "another source: long one.mp4"),
        (source, 1, "chunks/cut", "this source cut for --seconds 0.4"),
    ):
        with pytest.raises(InputError, match="the prefix is taken") as refusal:
            cut(path, seconds, store, prefix=prefix)
        assert why in refusal.value.why
    assert contents(store) == before


def test_a_source_that_grows_meanwhile_is_not_marked_as_done(source: Path, tmp_path: Path) -> None:
    growing = tmp_path / "live.ts"
    make_clip(growing)

    class Recorder(ObjectStore):
        def put_file(self, key: str, path: Path) -> None:
            with growing.open("ab") as out:
                out.write(bytes(188))
            super().put_file(key, path)

    store = Recorder("memory://")
    with pytest.raises(MprError, match="the source was changed while it was cut"):
        cut(growing, SECONDS, store, prefix="chunks/live", workers=1)
    assert not store.exists("chunks/live/_DONE")


@pytest.mark.parametrize("name", ["cut.ts", "cut.mkv"])
def test_a_source_that_is_cut_short_is_cut_up_to_its_end_and_says_so(name: str, tmp_path: Path) -> None:
    path = make_clip(tmp_path / name, b_frames=2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10 // 188 * 188 + 60])
    probe, frames = straight(path)
    assert probe.damaged_from_s is not None
    store = ObjectStore("memory://")
    manifest = cut(path, SECONDS, store).manifest
    assert manifest.source.damage_reason is not None
    assert "cut short" in manifest.source.damage_reason
    last = manifest.usable()[-1]
    assert last.probe.damaged_from_s == last.duration_s
    found = [frame for chunk in manifest.usable() for frame in shown(store, chunk)]
    assert found[: len(frames)] == frames
    assert len(found) <= len(frames) + 1


def test_damage_in_the_middle_costs_the_rest_of_its_chunk_and_no_other(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "hit.ts", b_frames=2)
    whole = straight(path)[1]
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle : middle + 2 * 188] = bytes(2 * 188)
    hit = tmp_path / "really hit.ts"
    hit.write_bytes(data)
    probe = straight(hit)[0]
    assert probe.damaged_from_s is not None
    store = ObjectStore("memory://")
    chunks = cut(hit, SECONDS, store).manifest.usable()
    bad = [chunk for chunk in chunks if chunk.probe.damaged_from_s is not None]
    assert len(bad) == 1
    found = [frame for chunk in chunks for frame in shown(store, chunk)]
    assert set(found) < set(whole)
    assert found[-1] == whole[-1]
    ends_s = bad[0].offset_s + bad[0].duration_s
    missing = [frame.pts_s for frame in whole if frame not in found]
    assert all(ends_s <= second < bad[0].offset_s + SECONDS for second in missing)


def test_a_chunk_that_shows_nothing_is_lost_and_the_others_are_kept(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "hit.ts", gop=10, options={"x264-params": "scenecut=0:keyint=10:min-keyint=10"})
    with av.open(str(path)) as container:
        keys_at = [packet.pos for packet in container.demux(video=0) if packet.size and packet.is_keyframe]
    data = bytearray(path.read_bytes())
    data[keys_at[2] + 150 : keys_at[2] + 188] = bytes(38)
    path.write_bytes(data)
    store = ObjectStore("memory://")
    events: list[CutEvent] = []
    done = cut(path, SECONDS, store, events, prefix="chunks/hit")
    assert [(one.number, bool(one.lost)) for one in done.manifest.chunks] == [
        (1, False),
        (2, False),
        (3, True),
        (4, False),
    ]
    assert done.manifest.complete
    assert [event.message for event in events if event.kind == "lost"] == [done.manifest.chunks[2].lost]
    assert [frame.number for chunk in done.manifest.usable() for frame in shown(store, chunk)] == [
        *range(20),
        *range(30, 40),
    ]
    assert cut(path, SECONDS, store, prefix="chunks/hit").made == 0
    assert len(cut_chunks(store, Path("chunks/hit")) or ()) == 3
    with pytest.raises(MediaRefused, match="a chunk is lost: chunks/hit") as refusal:
        cut_chunks(store, Path("chunks/hit"), strict=True)
    assert refusal.value.why.startswith("chunk 3, from 0.800 s on: ")
