"""The sensor on a folder: what it asks for, what the intake job makes of it, and what comes when things go wrong."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.errors import StoreUnavailable
from mpr_dagster.definitions import all_definitions
from mpr_dagster.home import Home
from mpr_dagster.partitions import TIMELINES
from tests.mpr_core.intake.tiny_videos import POISON, tiny_video
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.watched_home import WatchedHome

SUCCESS = dg.DagsterRunStatus.SUCCESS
FAILURE = dg.DagsterRunStatus.FAILURE


@pytest.fixture
def home(empty: CommandLine) -> WatchedHome:
    return WatchedHome(empty)


def sensors(home: CommandLine, **environment: str) -> dict[str, dg.DefaultSensorStatus]:
    with home.inside(**environment):
        found = all_definitions(Home()).get_repository_def().sensor_defs
        return {sensor.name: sensor.default_status for sensor in found}


def test_a_sensor_goes_from_the_start_where_its_setting_is_given(empty: CommandLine) -> None:
    stopped, running = dg.DefaultSensorStatus.STOPPED, dg.DefaultSensorStatus.RUNNING
    always = {"dead_runs": running}
    assert sensors(empty) == always | {"new_chunks": stopped, "failure_webhook": stopped}
    assert sensors(empty, MPR_WATCH="incoming") == always | {"new_chunks": running, "failure_webhook": stopped}
    url = "http://127.0.0.1:9/secret"
    assert sensors(empty, MPR_FAILURE_WEBHOOK=url) == always | {"new_chunks": stopped, "failure_webhook": running}


def test_two_chunks_become_a_timeline_and_a_third_has_only_itself_computed(home: WatchedHome, media: Path) -> None:
    for name in ("film.mp4", "other.mp4"):
        home.put(f"match/{name}", (media / name).read_bytes())
    assert home.tick().skip_reason == dg.SkipReason("chunks there: 2, timelines: 1, not taken in yet: 2")
    (intake,) = home.tick().run_requests or []
    assert home.carry_out(intake).success
    assert home.instance.get_dynamic_partitions(str(TIMELINES.name)) == ["match"]
    (detect,) = home.tick().run_requests or []
    assert (detect.job_name, detect.partition_key) == ("detect__generic", "match")
    assert home.carry_out(detect).success
    first = home.catalog().head("match", "run_ocr")
    assert home.tick().run_requests == []
    home.put("match/again.mp4", (media / "other.mp4").read_bytes() + b"\0\0\0\x08free")
    home.tick()
    for job in ("intake", "detect__generic"):
        (request,) = home.tick().run_requests or []
        assert (request.job_name, home.carry_out(request).success) == (job, True)
    assert [c.key.rpartition("/")[2] for c in home.catalog().timeline("match").chunks] == [
        "again.mp4",
        "film.mp4",
        "other.mp4",
    ]
    second = home.catalog().head("match", "run_ocr")
    assert first is not None
    assert second is not None
    assert (first.provenance.parts_computed, second.provenance.parts_computed) == (2, 1)
    assert home.tick().run_requests == []
    assert home.mpr.done("report", "match", "--json").json["timeline"] == "match"


def test_five_hundred_chunks_in_bursts_are_each_processed_once(home: WatchedHome) -> None:
    """Must show 2: bursts, new uploads, deletions, and one poison file."""
    chance = random.Random(4)
    keys = [f"match-{number % 5}/{number:03d}.mp4" for number in range(500)]
    chance.shuffle(keys)
    content = {key: tiny_video(number) for number, key in enumerate(keys)} | {keys[77]: POISON}
    taken: Counter[tuple[str, str]] = Counter()
    again, deleted = keys[100:110], keys[300:305]
    for burst in [*(keys[at : at + 125] for at in range(0, 500, 125)), again, (), ()]:
        for key in burst:
            if key in again and burst is again:
                content[key] = tiny_video(1000 + keys.index(key))
            home.put(key, content[key])
        if set(deleted) & set(burst):
            for key in deleted:
                (home.incoming / key).unlink()
        for _ in range(3):
            home.tick()
            for request in work(home):
                taken.update(
                    (one["key"], one["version"]) for one in request.run_config["ops"]["take_in"]["config"]["keys"]
                )
    assert (set(taken.values()), len(taken)) == ({1}, 500 - 5 + 10)
    documents = home.documents()
    assert [one.key for one in documents.refused()] == [f"incoming/{keys[77]}"]
    kept = sorted(key for key in keys if key not in {keys[77], *deleted})
    chunks = [chunk for n in range(5) for chunk in home.catalog().timeline(f"match-{n}").chunks]
    assert [chunk.key.removeprefix("incoming/") for chunk in chunks] == kept
    assert [chunk.size_bytes for chunk in chunks] == [len(content[key]) for key in kept]
    assert {request.partition_key for request in home.requested} == {None, *documents.timelines()}
    runs = len(home.requested)
    for _ in range(3):
        home.tick()
    assert len(home.requested) == runs


def work(home: WatchedHome) -> list[dg.RunRequest]:
    """Carry out the intakes that are new, and take the rest for done; returns the intakes."""
    done = {run.tags["mpr/watch.request"] for run in home.instance.get_runs()}
    new = [request for request in home.requested if request.tags["mpr/watch.request"] not in done]
    for request in new:
        if request.job_name == "intake":
            assert home.carry_out(request).success
        else:
            home.pretend(request, SUCCESS)
    return [request for request in new if request.job_name == "intake"]


def test_while_a_run_of_the_timeline_goes_on_its_chunks_do_not_change(home: WatchedHome) -> None:
    home.put("match/1.mp4", tiny_video(1))
    home.put("other/1.mp4", tiny_video(2))
    running = dg.DagsterRun(
        job_name="detect__generic", status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "match"}
    )
    home.instance.add_run(running)
    home.tick()
    assert [request.tags["mpr/watch.timeline"] for request in home.tick().run_requests or []] == ["other"]


@pytest.mark.parametrize("status", [FAILURE, dg.DagsterRunStatus.CANCELED])
def test_a_run_that_failed_is_asked_for_again_and_one_that_was_stopped_is_not(
    home: WatchedHome, status: dg.DagsterRunStatus
) -> None:
    home.put("match/1.mp4", tiny_video(1))
    home.tick()
    asked = []
    for _ in range(6):
        asked += [request.run_key for request in home.tick(MPR_WATCH_BACKOFF_S="0").run_requests or []]
        if len(asked) > len(home.instance.get_runs()):
            home.pretend(home.requested[-1], status)
    assert [str(key).rpartition(":")[2] for key in asked] == (["1", "2", "3"] if status is FAILURE else ["1"])


def test_a_failure_that_would_be_the_same_again_is_not_repeated(home: WatchedHome) -> None:
    home.put("match/1.mp4", tiny_video(1))
    home.tick()
    (intake,) = home.tick().run_requests or []
    (home.mpr.home / "media-out" / "timelines" / "match").mkdir(parents=True)
    (home.mpr.home / "media-out" / "timelines" / "match" / "timeline.json").write_text("{")
    assert not home.carry_out(intake).success
    assert home.tick(MPR_WATCH_BACKOFF_S="0").run_requests == []


def test_a_timeline_whose_profile_has_no_job_is_said_and_stops_no_other(home: WatchedHome) -> None:
    for name in ("first", "second"):
        home.put(f"{name}/1.mp4", tiny_video(len(name)))
    home.tick()
    for request in home.tick().run_requests or []:
        profile = "gone" if request.tags["mpr/watch.timeline"] == "first" else "generic"
        assert home.carry_out(request, MPR_WATCH_PROFILE=profile).success
    for _ in range(2):
        result = home.tick(MPR_WATCH_REQUESTS="1")
        assert [request.partition_key for request in result.run_requests or []] == ["second"]
    home.pretend(home.requested[-1], SUCCESS)
    reason = home.tick().skip_reason
    assert reason is not None
    assert str(reason.skip_message).endswith("the first first: its profile gone has no job here: mpr profiles validate")


def test_a_store_that_cannot_be_read_fails_the_tick_and_leaves_the_cursor(home: WatchedHome) -> None:
    home.put("match/1.mp4", tiny_video(1))
    home.tick()
    before = home.cursor
    nowhere = {"S3_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    quick = {"MPR_S3_PATIENCE_S": "1", "MPR_MEDIA_IN": "s3://bucket"}
    with pytest.raises(StoreUnavailable):
        home.tick(**nowhere, **quick)
    assert home.cursor == before
    assert len(home.tick().run_requests or []) == 1


def test_what_is_in_quarantine_is_listed_and_released(home: WatchedHome) -> None:
    home.put("match/1.mp4", tiny_video(1))
    home.put("match/bad.mp4", POISON)
    home.tick()
    assert home.carry_out((home.tick().run_requests or [])[0]).success
    said = home.mpr.done("sources", "incoming/match").out.splitlines()[-1]
    assert said.startswith("in quarantine: incoming/match/bad.mp4: not a video: ")
    (listed,) = home.mpr.done("sources", "incoming/match", "--json").json[0]["quarantine"]
    assert (listed["key"], listed["timeline"], listed["size_bytes"]) == ("incoming/match/bad.mp4", "match", len(POISON))
    released = home.mpr.done("sources", "incoming/match", "--release")
    assert released.out == "1 chunk released: the sensor new_chunks tries again\n"
    assert home.mpr.done("sources", "--json").json[0]["quarantine"] == []
    home.tick()
    assert home.carry_out((home.tick().run_requests or [])[0]).success
    assert len(home.documents().refused()) == 1
    shutil.rmtree(home.incoming)
    assert home.mpr("sources", "nosuch", "--release").code == 2
