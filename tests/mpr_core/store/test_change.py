"""An object that two processes change at a time holds what both made of it."""

from __future__ import annotations

import errno
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import pytest

from mpr_core.errors import StoreUnavailable
from mpr_core.store.change import change_object
from mpr_core.store.folder_lock import locked
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.store.bad_proxy import Proxy, first
from tests.mpr_core.store.s3_wire import Wire

KEY = "documents/list"
MANY = 12


@pytest.fixture(params=["memory", "folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "bucket":
        wire: Wire = request.getfixturevalue("moto")
        return wire.store(f"s3://media/{uuid4().hex}")
    return ObjectStore({"memory": "memory://", "folder": str(tmp_path)}[request.param])


def with_line(line: str, before: bytes | None) -> bytes:
    return (before or b"") + line.encode() + b"\n"


def lines(store: ObjectStore) -> list[str]:
    return sorted(store.get(KEY).decode().split())


def test_an_object_is_made_changed_and_left(store: ObjectStore) -> None:
    change_object(store, KEY, lambda before: None)
    assert not store.exists(KEY)
    change_object(store, KEY, lambda before: with_line("a", before))
    change_object(store, KEY, lambda before: with_line("b", before))
    change_object(store, KEY, lambda before: None)
    change_object(store, KEY, lambda before: before)
    assert lines(store) == ["a", "b"]


@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
def test_what_another_wrote_in_between_is_not_lost(there: bool, tmp_path: Path, moto: Wire) -> None:
    """In a folder the other would wait, so this is about stores that tell versions apart."""
    for store in (ObjectStore("memory://"), moto.store(f"s3://media/{uuid4().hex}")):
        if there:
            store.put(KEY, b"first\n")
        calls: list[bytes | None] = []

        def change(before: bytes | None, store: ObjectStore = store, calls: list[bytes | None] = calls) -> bytes:
            calls.append(before)
            if len(calls) == 1:
                store.put(KEY, with_line("other", before))
            return with_line("own", before)

        change_object(store, KEY, change)
        assert lines(store) == [*(["first"] if there else []), "other", "own"]
        assert len(calls) == 2


def test_many_threads_change_one_object(store: ObjectStore) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: change_object(store, KEY, lambda before: with_line(str(n), before)), range(MANY)))
    # moto looks at the condition and writes in two steps, so only the others are certain.
    assert store.access is not None or lines(store) == sorted(map(str, range(MANY)))


def add_line(folder: str, number: int) -> None:
    change_object(ObjectStore(folder), KEY, lambda before: with_line(str(number), before))


def test_many_processes_change_one_object_of_a_folder(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        list(processes.map(add_line, [str(tmp_path)] * MANY, range(MANY)))
    assert lines(ObjectStore(str(tmp_path))) == sorted(map(str, range(MANY)))


def test_a_folder_that_cannot_be_locked_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on NFS."""

    def refuse(_file: int, _how: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr("fcntl.flock", refuse)
    change_object(ObjectStore(str(tmp_path)), KEY, lambda before: with_line("a", before))
    assert lines(ObjectStore(str(tmp_path))) == ["a"]


def test_a_folder_that_another_process_does_not_let_go_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was stopped in the middle of a change."""
    monkeypatch.setattr("mpr_core.store.folder_lock._WITHIN_S", 0.05)
    store = ObjectStore(str(tmp_path))
    store.put(KEY, b"as it was\n")
    with locked(tmp_path / "documents"):
        with pytest.raises(StoreUnavailable, match="held by another process") as told:
            change_object(store, KEY, lambda before: with_line("a", before))
        assert told.value.where == str(tmp_path / "documents")
    change_object(store, KEY, lambda before: with_line("then", before))
    assert store.get(KEY) == b"as it was\nthen\n"


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("a file in the way")
    with pytest.raises(StoreUnavailable, match="documents"):
        change_object(ObjectStore(str(tmp_path)), KEY, lambda before: with_line("a", before))


def test_a_change_that_fails_leaves_the_object_and_its_lock(store: ObjectStore) -> None:
    def fail(_before: bytes | None) -> bytes:
        raise ValueError("no")

    store.put(KEY, b"as it was\n")
    with pytest.raises(ValueError, match="no"):
        change_object(store, KEY, fail)
    change_object(store, KEY, lambda before: with_line("then", before))
    assert store.get(KEY) == b"as it was\nthen\n"


@pytest.mark.parametrize("status", ["400", "501"])
def test_a_server_that_refuses_conditions_is_written_without(status: str, proxy: Proxy) -> None:
    proxy.plan = first(1, status, "PUT")
    change_object(proxy.wire.store(), f"{KEY}-{status}", lambda before: b"done")
    assert proxy.wire.store().get(f"{KEY}-{status}") == b"done"
    assert proxy.count("PUT") >= 2


def test_a_server_that_ignores_conditions_is_good_enough(proxy: Proxy) -> None:
    proxy.drop_headers = ("if-none-match", "if-match")
    store = proxy.wire.store()
    for line in "ab":
        change_object(store, "ignored", lambda before, line=line: with_line(line, before))
    assert store.get("ignored") == b"a\nb\n"


def test_an_object_that_others_never_leave_alone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mpr_core.store.change._LONGEST_WAIT_S", 0)
    store = ObjectStore("memory://")

    def change(before: bytes | None) -> bytes:
        store.put(KEY, with_line("other", before))
        return with_line("own", before)

    with pytest.raises(StoreUnavailable, match="changed by others all the time"):
        change_object(store, KEY, change)
