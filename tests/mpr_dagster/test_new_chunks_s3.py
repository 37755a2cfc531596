"""The sensor on a bucket: etags tell a new upload, others' odd keys make it none, and a bucket that is not there is no empty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.errors import StoreError
from mpr_dagster.home import Home
from tests.mpr_core.intake.tiny_videos import POISON, tiny_video
from tests.mpr_core.store.s3_wire import Wire, moto_wire
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.watched_home import WatchedHome

BUCKET = "watched"  # of its own: moto keeps one state for all servers of a process


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with moto_wire(BUCKET) as wire:
        yield wire


@pytest.fixture
def home(wire: Wire, tmp_path: Path) -> WatchedHome:
    return WatchedHome(CommandLine(tmp_path / "home", wire.environment(BUCKET)))


def put(home: WatchedHome, name: str, data: bytes) -> None:
    with home.mpr.inside():
        Home().media_in().put(f"incoming/match/{name}", data)


def settle(home: WatchedHome) -> list[str]:
    """The jobs that four ticks ask for; intakes are carried out, the rest is taken for done."""
    jobs = []
    for _ in range(4):
        for request in home.tick().run_requests or []:
            jobs.append(str(request.job_name))
            if request.job_name == "intake":
                assert home.carry_out(request).success
            else:
                home.pretend(request, dg.DagsterRunStatus.SUCCESS)
    return jobs


def test_a_bucket_is_watched(home: WatchedHome, wire: Wire) -> None:
    put(home, "1.mp4", tiny_video(1))
    put(home, "2.mp4", POISON)
    assert settle(home) == ["intake", "detect__generic"]
    put(home, "1.mp4", tiny_video(1))
    assert settle(home) == []
    put(home, "1.mp4", tiny_video(2))
    assert settle(home) == ["intake", "detect__generic"]
    with home.mpr.inside():
        bucket, _, below = Home().settings.media_in.removeprefix("s3://").partition("/")
    wire.client().put_object(Bucket=bucket, Key=f"{below}/incoming/match/../odd//x.mp4", Body=b"x")
    assert settle(home) == []
    before = home.cursor
    with pytest.raises(StoreError):
        home.tick(MPR_MEDIA_IN="s3://nosuch-bucket/x", MPR_S3_PATIENCE_S="1")
    assert home.cursor == before
