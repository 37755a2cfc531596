"""A watched bucket: every version that was stable is processed once, in whatever order things happen."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.intake.intake_documents import release
from mpr_core.intake.watch_cursor import WatchCursor, read_cursor
from mpr_core.intake.watched import WatchRules, natural_order, sort_listing, timeline_id
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.intake.tiny_videos import POISON, tiny_video
from tests.mpr_core.intake.watched_bucket import WatchedBucket

_KEYS = st.sampled_from(["a/1.mp4", "a/2.mp4", "a/10.mp4", "b/1.mp4", "b/deep/1.mp4"])
_ACTIONS = st.one_of(
    st.tuples(st.just("put"), _KEYS, st.integers(0, 3)),
    st.tuples(st.just("poison"), _KEYS),
    st.tuples(st.just("delete"), _KEYS),
    st.tuples(st.just("done"), st.sampled_from(["a", "b", "b/deep"])),
    st.tuples(st.just("tick")),
    st.tuples(st.just("tick")),
    st.tuples(st.just("run")),
    st.tuples(st.just("fail")),
    st.tuples(st.just("forget")),
)


def act(bucket: WatchedBucket, action: tuple) -> None:  # type: ignore[type-arg]
    match action:
        case ("put", key, number):
            bucket.put(key, tiny_video(number))
        case ("poison", key):
            bucket.put(key, POISON)
        case ("delete", key):
            bucket.delete(key)
        case ("done", folder):
            bucket.put(f"{folder}/_DONE", b"")
        case ("tick",):
            bucket.tick()
        case ("run",):
            bucket.run()
        case ("fail",):
            bucket.run(fails=True)
        case ("forget",):
            bucket.cursor = None


@settings(max_examples=250)
@given(st.lists(_ACTIONS, max_size=30))
def test_whatever_happens_every_version_is_processed_once_and_all_that_is_there_is_taken_in(actions: list) -> None:  # type: ignore[type-arg]
    bucket = WatchedBucket(attempts=1000, backoff_s=0, requests_a_tick=2)
    for action in actions:
        act(bucket, action)
    bucket.run()
    bucket.settle()
    assert set(bucket.processed.values()) <= {1}
    there = {stored.key: bucket.media_in.get(stored.key) for stored in bucket.media_in.objects("incoming")}
    videos = {key: data for key, data in there.items() if not key.endswith("_DONE")}
    for timeline, keys in sort_listing(bucket.media_in.objects("incoming"), bucket.rules).timelines.items():
        good = {key: hashlib.sha256(videos[key]).hexdigest() for key in keys if videos[key] != POISON}
        assert {key.removeprefix("incoming/") for key in set(keys) - set(good)} <= set(bucket.refused())
        if not good:
            continue
        chunks = bucket.catalog.timeline(timeline).chunks
        assert {chunk.key: chunk.digest for chunk in chunks if chunk.key in good} == good
        assert [chunk.key for chunk in chunks] == sorted((chunk.key for chunk in chunks), key=natural_order)
        assert [digests for name, digests in bucket.detected if name == timeline][-1] == tuple(c.digest for c in chunks)


def test_nothing_is_asked_for_before_it_was_the_same_on_two_ticks() -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    assert bucket.tick().requests == []
    bucket.put("match/1.mp4", tiny_video(2))
    assert bucket.tick().requests == []
    (request,) = bucket.tick().requests
    assert (request.kind, request.timeline, [wanted.key for wanted in request.keys]) == (
        "intake",
        "match",
        ["incoming/match/1.mp4"],
    )


def test_a_marker_makes_what_is_older_than_it_stable_at_once() -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.put("match/_DONE", b"")
    bucket.put("match/2.mp4", tiny_video(2))
    (request,) = bucket.tick().requests
    assert [wanted.key for wanted in request.keys] == ["incoming/match/1.mp4"]


def test_a_source_that_is_still_being_cut_waits_for_its_marker() -> None:
    bucket = WatchedBucket()
    bucket.put("match/match-00001.mp4", tiny_video(1))
    bucket.put("match/manifest.json", b"{}")
    assert [bucket.tick().requests for _ in range(3)] == [[], [], []]


def test_a_late_chunk_goes_to_its_place_and_the_timeline_is_computed_again() -> None:
    bucket = WatchedBucket()
    for number in (2, 10):
        bucket.put(f"match/{number}.mp4", tiny_video(number))
    bucket.settle()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.settle()
    assert bucket.chunk_keys("match") == ["match/1.mp4", "match/2.mp4", "match/10.mp4"]
    assert [len(digests) for _, digests in bucket.detected] == [2, 3]


def test_a_new_upload_replaces_its_chunk_and_the_same_bytes_again_change_nothing() -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.settle()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.settle()
    assert len(bucket.detected) == 1
    bucket.put("match/1.mp4", tiny_video(2))
    bucket.settle()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.settle()
    first, second, third = (digests for _, digests in bucket.detected)
    assert first == third != second


def test_a_deleted_chunk_is_dropped_before_and_kept_after_it_was_taken_in_and_told_once() -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.settle()
    bucket.put("match/2.mp4", tiny_video(2))
    bucket.tick()
    bucket.delete("match/1.mp4")
    bucket.delete("match/2.mp4")
    told = [bucket.tick() for _ in range(3)]
    assert [seen.news for seen in told] == [
        ["match: incoming/match/1.mp4 is gone; its chunk stays"],
        [],
        [],
    ]
    assert [seen.requests for seen in told] == [[], [], []]
    assert bucket.chunk_keys("match") == ["match/1.mp4"]


def test_poison_is_put_aside_with_its_reason_until_it_is_uploaded_anew_or_released() -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.put("match/2.mp4", POISON)
    bucket.settle()
    assert bucket.chunk_keys("match") == ["match/1.mp4"]
    assert bucket.refused() == {"match/2.mp4": bucket.refused()["match/2.mp4"]}
    assert bucket.refused()["match/2.mp4"].startswith("not a video: ")
    for _ in range(4):
        assert [one.key for one in release(bucket.media_out, "incoming/match")] == ["incoming/match/2.mp4"]
        bucket.settle()
    assert (list(bucket.refused()), sum(bucket.processed.values())) == (["match/2.mp4"], 6)
    bucket.put("match/2.mp4", tiny_video(2))
    bucket.settle()
    assert (bucket.refused(), bucket.chunk_keys("match")) == ({}, ["match/1.mp4", "match/2.mp4"])


def test_a_run_that_fails_is_asked_for_again_later_and_given_up_in_the_end() -> None:
    bucket = WatchedBucket(attempts=3, backoff_s=60)
    bucket.put("match/1.mp4", tiny_video(1))
    asked = []
    for number in range(60):
        seen = bucket.tick()
        asked += [(number, request.attempt) for request in seen.requests]
        bucket.run(fails=True)
    assert asked == [(1, 1), (3, 2), (11, 3)]
    assert bucket.tick().news == []
    bucket.put("match/2.mp4", tiny_video(2))
    bucket.settle()
    assert bucket.chunk_keys("match") == ["match/1.mp4", "match/2.mp4"]


def test_no_more_than_so_many_runs_are_asked_for_in_a_tick_and_the_rest_later() -> None:
    bucket = WatchedBucket(requests_a_tick=3)
    for number in range(8):
        bucket.put(f"match{number}/1.mp4", tiny_video(number))
    bucket.tick()
    asked = []
    for _ in range(6):
        asked.append(len(bucket.tick().requests))
        bucket.run()
    assert max(asked) == 3
    bucket.settle()
    assert len(bucket.detected) == 8


class CountedStore(ObjectStore):
    """Counts what is asked of it."""

    def __init__(self) -> None:
        super().__init__("memory://")
        self.listings, self.reads = 0, 0

    def objects(self, prefix: str):  # type: ignore[no-untyped-def]
        self.listings += 1
        return super().objects(prefix)

    def get(self, key: str) -> bytes:
        self.reads += 1
        return super().get(key)


def test_ten_thousand_keys_cost_one_listing_and_a_small_cursor() -> None:
    bucket = WatchedBucket()
    bucket.media_in, bucket.media_out = CountedStore(), CountedStore()
    for number in range(10_000):
        bucket.put(f"match-{number // 50:03d}/camera-{number % 50:05d}.mp4", b"x")
    seen = bucket.tick()
    assert (seen.keys, seen.timelines, seen.waiting) == (10_000, 200, 10_000)
    assert (bucket.media_in.listings, bucket.media_in.reads) == (1, 0)
    assert (bucket.media_out.listings, bucket.media_out.reads) == (1, 0)
    assert len(bucket.cursor or "") < 160_000
    assert len(bucket.tick().requests) == bucket.rules.requests_a_tick
    settled = WatchCursor(
        settled={f"match-{number:05d}": f"{hash((number, 'x')) & (1 << 44) - 1:011x}" for number in range(200)}
    )
    assert len(settled.text()) < 4_000


def test_what_is_settled_is_not_read_again() -> None:
    bucket = WatchedBucket()
    for number in range(20):
        bucket.put(f"match{number}/1.mp4", tiny_video(number))
    bucket.settle()
    bucket.media_out = counted = CountedStore()
    for stored in bucket.catalog.store.objects("intake"):
        counted.put(stored.key, bucket.catalog.store.get(stored.key))
    bucket.tick()
    reads = counted.reads
    assert bucket.tick().requests == []
    assert counted.reads == reads


@pytest.mark.parametrize("text", ["not base64!", "eJw=", "eyJmb3JtYXQiOiAibXByLndhdGNoLzkifQ==", "{}"])
def test_a_cursor_that_cannot_be_read_begins_anew_and_nothing_is_done_twice(text: str) -> None:
    bucket = WatchedBucket()
    bucket.put("match/1.mp4", tiny_video(1))
    bucket.put("match/2.mp4", POISON)
    bucket.settle()
    bucket.cursor = text
    assert read_cursor(text)[1].startswith("the cursor is not of this version or damaged")
    bucket.settle()
    assert (set(bucket.processed.values()), len(bucket.detected)) == ({1}, 1)


@pytest.mark.parametrize(
    ("rule", "key", "source"),
    [
        ("(.+)/[^/]+", "incoming/match/1.mp4", "match"),
        ("(.+)/[^/]+", "incoming/2026/Cup final/1.mp4", "2026/Cup final"),
        ("(.+)/[^/]+", "incoming/1.mp4", None),
        ("(.+)/[^/]+", "outgoing/match/1.mp4", None),
        ("([^/]+)/.*", "incoming/match/left/1.mp4", "match"),
        (r"(\w+)_(\d+)_.*", "incoming/derby_07_0001.mp4", "derby/07"),
    ],
)
def test_a_rule_says_what_of_a_key_names_its_timeline(rule: str, key: str, source: str | None) -> None:
    assert WatchRules(folders="other, incoming/", timeline=rule).source_of(key) == source


def test_a_name_that_can_be_an_id_is_kept() -> None:
    assert timeline_id("match-2026.05_01") == "match-2026.05_01"
    assert timeline_id("2026/Cup final").startswith("2026-Cup-final-")


def test_two_names_never_make_one_timeline() -> None:
    names = ["a b", "a-b", "a/b", "a_b", "é", "è", "x" * 70, "x" * 71, "..", "-"]
    assert len({timeline_id(name) for name in names}) == len(names)
