"""Objects read ahead of who asks for them: the right ones in any order, few in memory, and a failure is said once to who meets it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mpr_core.errors import StoreUnavailable
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.read_ahead import ReadAhead
from tests.mpr_core.store.bad_proxy import Proxy
from tests.mpr_core.store.s3_wire import BUCKET

COUNT = 60


def many(store: ObjectStore) -> dict[str, bytes]:
    objects = {f"frames/{number}.jpg": b"%d" % number * 1000 for number in range(COUNT)}
    store.put_many(objects.items())
    return objects


def test_whatever_the_order_and_however_many_ask_they_get_the_right_ones() -> None:
    store = ObjectStore("memory://")
    objects = many(store)
    names = list(objects)
    for asked in (names, names[::-1], names[::7] + names, [key for key in names for _ in range(3)]):
        ahead = ReadAhead(store, names)
        assert [ahead.get(key) for key in asked] == [objects[key] for key in asked]
    ahead = ReadAhead(store, names)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ahead.get, names)) == list(objects.values())


def test_nothing_announced_is_nothing_fetched_and_can_be_asked_for() -> None:
    store = ObjectStore("memory://")
    store.put("a", b"1")
    assert ReadAhead(store, ()).get("a") == b"1"
    with pytest.raises(KeyError):
        ReadAhead(store, ()).get("b")


def test_each_is_fetched_once_and_only_some_are_fetched_ahead(proxy: Proxy) -> None:
    store = proxy.wire.store(f"s3://{BUCKET}/read-ahead")
    objects = many(store)
    ahead = ReadAhead(store, [*objects, *objects])
    assert proxy.count("GET") == 0
    for number, key in enumerate(objects, start=1):
        assert ahead.get(key) == objects[key]
        assert proxy.count("GET") <= number + 16
    assert proxy.count("GET") == COUNT


def test_what_is_gone_and_a_server_that_fails_are_said_and_the_others_come(proxy: Proxy) -> None:
    store = proxy.wire.store(f"s3://{BUCKET}/read-ahead-fails", patience_s=0.2)
    objects = many(store)
    gone, refused = list(objects)[20], list(objects)[30]
    store.delete([gone])
    proxy.plan = lambda asked: "503" if refused in asked.path else None
    ahead = ReadAhead(store, objects)
    came = []
    for key, data in objects.items():
        if key == gone:
            with pytest.raises(KeyError):
                ahead.get(key)
        elif key == refused:
            with pytest.raises(StoreUnavailable):
                ahead.get(key)
        else:
            assert ahead.get(key) == data
            came.append(key)
    assert len(came) == COUNT - 2
    proxy.plan = lambda _asked: None
    assert ahead.get(refused) == objects[refused]
