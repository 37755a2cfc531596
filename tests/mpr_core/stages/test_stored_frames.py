"""Sampled frames read back: some at once when their order is known, the same pictures either way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pyarrow as pa
import pytest

from mpr_core.errors import PartMissing
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.store.bad_proxy import Proxy
from tests.mpr_core.store.s3_wire import BUCKET

COUNT = 50
SHADES = [5 * (seq - 1 if seq % 5 == 4 else seq) for seq in range(COUNT)]


def put_frames(store: ObjectStore) -> pa.Table:
    """Fifty small frames, each of its own grey; every fifth sampling number shows the frame before."""
    rows = []
    for seq in range(COUNT):
        shown = seq - 1 if seq % 5 == 4 else seq
        key = keys.frame("d", "s", shown)
        picture = np.full((8, 16, 3), 5 * shown, np.uint8)
        store.put(key, cv2.imencode(".jpg", picture)[1].tobytes())
        rows.append({"seq": seq, "key": key, "width_px": 16})
    return pa.Table.from_pylist(rows)


def grey(frames: StoredFrames, seq: int) -> int:
    return round(float(frames.bgr(seq).mean()))


def test_frames_read_in_the_announced_order_or_any_other_are_the_right_ones() -> None:
    store = ObjectStore("memory://")
    frames = StoredFrames(store, put_frames(store))
    assert [grey(frames, seq) for seq in range(COUNT)] == SHADES
    frames.expect(range(COUNT))
    assert [grey(frames, seq) for seq in range(COUNT)] == SHADES
    assert [grey(frames, seq) for seq in reversed(range(COUNT))] == SHADES[::-1]
    frames.expect([3, 7])
    assert [grey(frames, seq) for seq in (7, 40, 3)] == [SHADES[seq] for seq in (7, 40, 3)]
    frames.expect([])
    assert grey(frames, 0) == 0


def test_each_announced_frame_is_fetched_once(proxy: Proxy) -> None:
    store = proxy.wire.store(f"s3://{BUCKET}/ahead")
    frames = StoredFrames(store, put_frames(store))
    frames.expect(range(COUNT))
    before = proxy.count("GET")
    assert [grey(frames, seq) for seq in range(COUNT)] == SHADES
    assert proxy.count("GET") - before == len({row["key"] for row in frames.rows})


def test_several_threads_get_the_same_pictures() -> None:
    store = ObjectStore("memory://")
    frames = StoredFrames(store, put_frames(store))
    frames.expect(range(COUNT))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda seq: grey(frames, seq), range(COUNT))) == SHADES


def test_an_announced_frame_that_is_gone_is_said_when_it_is_read() -> None:
    store = ObjectStore("memory://")
    frames = StoredFrames(store, put_frames(store))
    store.delete([keys.frame("d", "s", 2)])
    frames.expect(range(COUNT))
    assert grey(frames, 1) == 5
    with pytest.raises(PartMissing, match="a stored frame is gone"):
        frames.bgr(2)
    assert grey(frames, 3) == 15
