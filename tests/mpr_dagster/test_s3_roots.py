"""`mpr` with both roots in a bucket: the same commands, what is wrong said at the start, and no secret left anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from mpr_dagster.home import Home
from mpr_dagster.settings import Settings
from tests.mpr_core.store.bad_proxy import proxied
from tests.mpr_core.store.s3_wire import SECRET, Wire, moto_wire
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with moto_wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def in_bucket(wire: Wire, media: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home whose roots are in a bucket; one timeline was ingested and run."""
    mpr = CommandLine(tmp_path_factory.mktemp("bucket") / "home", wire.environment())
    mpr.done("ingest", media / "film.mp4", "--timeline", TIMELINE, "--brands", media / "brands.json")
    mpr.done("run", TIMELINE, "--set", "extract_frames.segment_s=2")
    return mpr


def test_the_report_of_a_run_in_a_bucket_is_shown_linked_copied_and_opened(
    in_bucket: CommandLine, tmp_path: Path
) -> None:
    shown = in_bucket.done("report", TIMELINE, "--link", "-o", tmp_path / "copy").out
    assert f"report: {tmp_path}/copy/report.html" in shown
    link = next(line.removeprefix("link: ") for line in shown.splitlines() if line.startswith("link: "))
    with urlopen(link) as answer:
        page = answer.read()
    assert b'src="data:image/' in page
    assert (tmp_path / "copy" / "report.html").read_bytes() == page
    assert json.loads((tmp_path / "copy" / "report.json").read_text())["airings"]
    assert "report: s3://media/out/reports/match/" in in_bucket.done("report", TIMELINE).out


def test_overlays_in_a_bucket_are_named_linked_or_copied(in_bucket: CommandLine, tmp_path: Path) -> None:
    asked = ("overlay", TIMELINE, "--stage", "run_ocr", "--at", "1", "--json")
    picture = in_bucket.done(*asked).json["overlays"][0]
    assert picture["path"] == f"s3://media/out/{picture['key']}"
    linked = in_bucket.done(*asked, "--link").json["overlays"][0]["path"]
    with urlopen(linked) as answer:
        data = answer.read()
    copied = Path(in_bucket.done(*asked, "-o", str(tmp_path)).json["overlays"][0]["path"])
    assert copied.read_bytes() == data


def test_a_second_run_and_a_replay_find_their_parts_in_the_bucket(in_bucket: CommandLine) -> None:
    again = in_bucket.done("run", TIMELINE, "--set", "extract_frames.segment_s=2", "--json").json
    assert again["parts"]["computed"] == 0
    replayed = in_bucket.done(
        "replay", TIMELINE, "--stage", "match_brands", "--set", "match_brands.min_score=90", "--json"
    ).json
    assert {stage["name"] for stage in replayed["stages"] if stage["compute_s"]} <= {
        "match_brands",
        "escalate_vlm",
        "escalate_cloud",
        "compile_report",
    }


def test_a_cache_in_a_bucket_is_deleted_and_made_again_byte_for_byte(in_bucket: CommandLine, wire: Wire) -> None:
    store = wire.store("s3://media/out")
    before = dict(store.keys("parts/run_ocr"))
    kept = store.get_many(list(before))
    in_bucket.done("gc")
    in_bucket.done("timeline", TIMELINE, "--delete-cache")
    assert list(store.keys("parts/run_ocr")) == []
    in_bucket.done("run", TIMELINE, "--set", "extract_frames.segment_s=2")
    assert dict(store.keys("parts/run_ocr")) == before
    assert store.get_many(list(before)) == kept


def test_no_secret_is_in_anything_that_a_run_leaves(in_bucket: CommandLine, wire: Wire) -> None:
    local = [path for path in in_bucket.home.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".db") for path in local)
    assert [path for path in local if SECRET.encode() in path.read_bytes()] == []
    store = wire.store()
    keys = [key for key, _ in store.keys("")]
    assert [key for key, data in zip(keys, store.get_many(keys), strict=True) if data and SECRET.encode() in data] == []


def test_a_wrong_bucket_is_the_users_mistake_and_a_server_that_is_down_is_not(
    in_bucket: CommandLine, media: Path
) -> None:
    for words in (("run", TIMELINE), ("report", TIMELINE), ("timelines",), ("ingest", media / "film.mp4")):
        more = ("--timeline", "new") if words[0] == "ingest" else ()
        wrong = in_bucket(*words, *more, MPR_MEDIA_OUT="s3://nosuchbucket/out")
        assert (wrong.code, wrong.err.split(":")[1]) == (2, " no such bucket")
    down = in_bucket("run", TIMELINE, S3_ENDPOINT_URL="http://127.0.0.1:1", MPR_S3_PATIENCE_S="0.2")
    assert down.code == 1
    assert "the store did not answer" in down.err
    assert "nothing answers at that address" in down.err


def test_a_scheme_in_capitals_is_the_same_root(in_bucket: CommandLine, wire: Wire) -> None:
    capitals = {name: wire.environment()[name].replace("s3://", "S3://") for name in ("MPR_MEDIA_IN", "MPR_MEDIA_OUT")}
    with in_bucket.inside(**capitals):
        assert Home().media_out().url == wire.environment()["MPR_MEDIA_OUT"]
    assert TIMELINE in in_bucket.done("timelines", **capitals).out


def test_keys_that_may_not_write_are_said_before_anything_is_computed(in_bucket: CommandLine, wire: Wire) -> None:
    with proxied(wire) as proxy:
        proxy.plan = lambda asked: "403" if asked.method == "PUT" else None
        refused = in_bucket("run", TIMELINE, S3_ENDPOINT_URL=proxy.wire.endpoint_url)
        assert (refused.code, "the store refused access" in refused.err) == (2, True)
        assert proxy.count("PUT") == 1


def test_a_right_that_is_given_later_is_noticed_and_a_good_root_is_asked_once(
    in_bucket: CommandLine, wire: Wire
) -> None:
    with proxied(wire) as proxy, in_bucket.inside(S3_ENDPOINT_URL=proxy.wire.endpoint_url):
        Home().check_stores()
        asked = len(proxy.asked)
        Home().check_stores()
        assert len(proxy.asked) == asked
        Home().check_stores(ingests=True)
        assert len(proxy.asked) > asked


def test_settings_show_no_secret_and_take_awss_own_names(in_bucket: CommandLine) -> None:
    with in_bucket.inside(AWS_SESSION_TOKEN="a-token", AWS_DEFAULT_REGION="eu-central-1"):
        settings = Settings()
    access = settings.s3_access()
    assert access.region == "eu-central-1"
    assert access.secrets() == {
        "access_key_id": "a-key-id",
        "secret_access_key": SECRET,
        "session_token": "a-token",
    }
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(access)
    assert SECRET not in shown
    assert "a-token" not in shown
    with CommandLine(in_bucket.home).inside(AWS_ENDPOINT_URL="https://host.example/", AWS_REGION="auto"):
        named = Settings().s3_access()
    assert (named.endpoint_url, named.region, named.secrets()) == ("https://host.example", "auto", {})
