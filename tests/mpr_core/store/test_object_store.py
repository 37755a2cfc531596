"""One way to keep objects, the same in a folder and in memory, and no key that leaves the root."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from mpr_core.errors import ConfigError, MprError, StoreError, StoreUnavailable
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.store.s3_wire import Wire

OUTSIDE = ["../secret", "a/../../secret", "/etc/hostname", "a//b", "a/./b", "a/..", ""]


@pytest.fixture(params=["memory", "folder", "file url", "bucket", "folder of a bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    folder = tmp_path / "a root"
    if "bucket" in request.param:
        wire: Wire = request.getfixturevalue("moto")
        name = f"b-{uuid4().hex[:12]}"
        wire.client().create_bucket(Bucket=name)
        return wire.store(f"s3://{name}" + ("/some/folder/" if request.param == "folder of a bucket" else ""))
    return ObjectStore({"memory": "memory://", "folder": str(folder), "file url": folder.as_uri()}[request.param])


def test_what_was_put_is_read_back_whole_and_replaced_whole(store: ObjectStore) -> None:
    assert not store.exists("parts/x/part.json")
    store.put("parts/x/part.json", b"a longer text")
    store.put("parts/x/part.json", b"short")
    assert store.get("parts/x/part.json") == b"short"
    assert store.exists("parts/x/part.json")
    store.put("empty", b"")
    assert store.get("empty") == b""


def test_what_is_not_there_is_a_key_error(store: ObjectStore) -> None:
    with pytest.raises(KeyError):
        store.get("nothing/here")
    with pytest.raises(KeyError), store.as_file("nothing/here"):
        pass
    assert store.get_many(["a", "b", "c"]) == [None, None, None]
    assert store.get_many([]) == []


def test_many_are_read_in_the_order_asked_for(store: ObjectStore) -> None:
    for number in range(40):
        store.put(f"n/{number}", str(number).encode())
    asked = [f"n/{number}" for number in (*range(39, -1, -1), 77)]
    assert store.get_many(asked) == [*(str(number).encode() for number in range(39, -1, -1)), None]


def test_a_listing_is_sorted_has_sizes_and_stays_below_its_folder(store: ObjectStore) -> None:
    for key, data in (("a/2/x", b"12"), ("a/10/y", b"1"), ("ab/z", b""), ("a/1", b"123")):
        store.put(key, data)
    assert list(store.keys("a")) == [("a/1", 3), ("a/10/y", 1), ("a/2/x", 2)]
    assert [key for key, _ in store.keys("")] == ["a/1", "a/10/y", "a/2/x", "ab/z"]
    assert list(store.keys("nothing")) == []
    assert store.folders("a") == ["10", "2"]
    assert store.folders("") == ["a", "ab"]
    assert store.folders("nothing") == []


def test_deleting_is_no_error_when_it_is_gone_already(store: ObjectStore) -> None:
    store.put("a/b", b"1")
    store.put("a/c", b"1")
    store.delete(["a/b", "a/never"])
    store.delete(["a/b"])
    store.delete([])
    assert list(store.keys("a")) == [("a/c", 1)]


def test_a_file_is_put_and_given_back_as_a_file_of_the_same_name(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(bytes(range(256)) * 50_000)
    store.put_file("chunks/m/match.mp4", source)
    with store.as_file("chunks/m/match.mp4") as path:
        assert path.name == "match.mp4"
        assert path.read_bytes() == source.read_bytes()
    assert store.get("chunks/m/match.mp4") == source.read_bytes()


def test_many_are_put_at_once_and_read_in_parallel(store: ObjectStore) -> None:
    made = {f"frames/{number:03d}.jpg": bytes([number]) * 1000 for number in range(100)}
    store.put_many(made.items())
    store.put_many([])
    assert store.get_many(list(made)) == list(made.values())
    assert store.exist(["frames/000.jpg", "frames/nothing", "frames/099.jpg"]) == [True, False, True]
    assert store.get_range("frames/007.jpg", 10, 3) == bytes([7]) * 3
    store.delete(list(made))
    assert list(store.keys("frames")) == []


def test_one_bad_key_among_many_is_said_after_the_rest_is_done(store: ObjectStore) -> None:
    with pytest.raises(StoreError, match="not a valid object key"):
        store.put_many([("a/1", b"1"), ("../b", b"2"), ("a/3", b"3")])
    assert store.get("a/1") == b"1"


def test_the_temporary_copy_of_an_object_in_memory_goes_when_it_is_done_with() -> None:
    store = ObjectStore("memory://")
    store.put("a/b.bin", b"x")
    with store.as_file("a/b.bin") as path:
        assert path.is_file()
    assert not path.exists()
    assert store.path_of("a/b.bin") is None


def test_a_folder_stores_file_is_the_object_itself(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    store.put("a/b.bin", b"x")
    with store.as_file("a/b.bin") as path:
        assert path == store.path_of("a/b.bin") == tmp_path / "a/b.bin"
    assert path.exists()


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_key_that_is_no_plain_relative_one_is_refused_by_every_call(
    key: str, store: ObjectStore, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"not yours")
    with pytest.raises(StoreError, match="not a valid object key"):
        store.get(key)
    with pytest.raises(StoreError, match="not a valid object key"):
        store.put(key, b"")
    with pytest.raises(StoreError, match="not a valid object key"):
        store.put_file(key, tmp_path / "secret")
    with pytest.raises(StoreError, match="not a valid object key"):
        store.delete([key])
    with pytest.raises(StoreError, match="not a valid object key"):
        store.exists(key)
    with pytest.raises(StoreError, match="not a valid object key"), store.as_file(key):
        pass
    with pytest.raises(StoreError, match="not a valid object key"):
        store.path_of(key)
    assert (tmp_path / "secret").read_bytes() == b"not yours"


def test_a_file_url_names_the_folder_it_spells(tmp_path: Path) -> None:
    ObjectStore((tmp_path / "a root, 100%").as_uri()).put("k", b"1")
    assert (tmp_path / "a root, 100%" / "k").read_bytes() == b"1"


def test_two_roots_do_not_see_each_other(tmp_path: Path) -> None:
    one, two = ObjectStore(str(tmp_path / "1")), ObjectStore(str(tmp_path / "2"))
    one.put("k", b"1")
    assert not two.exists("k")
    assert not ObjectStore("memory://").exists("k")


def test_an_unknown_scheme_is_a_configuration_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unsupported store: ftp://host/x") as refusal:
        ObjectStore("ftp://host/x")
    assert "memory" in refusal.value.remedy


def test_only_a_store_that_does_not_answer_may_be_tried_again() -> None:
    assert StoreUnavailable("x").transient
    assert not StoreError("x").transient
    assert not MprError("x").transient


def test_keys_of_the_store_are_relative_and_sort_frames_by_number() -> None:
    frames = [keys.frame("d", "s", seq) for seq in (2, 10, 100_000)]
    assert frames == sorted(frames)
    assert keys.part_manifest("run_ocr", "abcd") == "parts/run_ocr/ab/abcd/part.json"
    assert keys.head("t", "run_ocr") == "timelines/t/heads/run_ocr.json"
    assert keys.node("t", "run_ocr", "n") == "timelines/t/nodes/run_ocr/n.json"
    assert keys.report_folder("t", "n") == "reports/t/n"
