"""S3 as OpenStack Swift speaks it: it checks every signature, and lets some writers win that a condition should turn away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from mpr_core.errors import StoreRefused
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.probe import probe
from tests.mpr_core.store import test_object_store as promises
from tests.mpr_core.store.bad_proxy import proxied
from tests.mpr_core.store.s3_wire import BUCKET, Wire
from tests.mpr_core.store.same_run import check_same
from tests.mpr_core.whole_pipeline import Pipeline
from tests.mpr_dagster.command_line import CommandLine

# What every store promises, held against this one.
test_put = promises.test_what_was_put_is_read_back_whole_and_replaced_whole
test_missing = promises.test_what_is_not_there_is_a_key_error
test_order = promises.test_many_are_read_in_the_order_asked_for
test_listing = promises.test_a_listing_is_sorted_has_sizes_and_stays_below_its_folder
test_deleting = promises.test_deleting_is_no_error_when_it_is_gone_already
test_files = promises.test_a_file_is_put_and_given_back_as_a_file_of_the_same_name
test_many = promises.test_many_are_put_at_once_and_read_in_parallel


@pytest.fixture
def store(swift: Wire) -> ObjectStore:
    name = f"b-{uuid4().hex[:12]}"
    swift.client().create_bucket(Bucket=name)
    return swift.store(f"s3://{name}/a/folder")


def test_the_probe_finds_all_that_is_needed(swift: Wire) -> None:
    found = {one.name: one.outcome for one in probe(swift.store(), large=True).capabilities}
    assert {outcome for name, outcome in found.items() if name != "conditional put"} == {"yes"}


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(swift: Wire) -> None:
    with pytest.raises(StoreRefused, match="the secret key does not fit the access key") as refused:
        probe(Wire(swift.endpoint_url, swift.key_id, "another-secret").store())
    assert "another-secret" not in str(refused.value)
    with pytest.raises(StoreRefused, match="AWS_ACCESS_KEY_ID"):
        probe(Wire(swift.endpoint_url, "no:body", swift.secret).store())


def test_a_bucket_that_is_not_there_and_a_region_that_is_not_its_own_are_said(swift: Wire) -> None:
    with pytest.raises(StoreRefused, match="no such bucket"):
        probe(swift.store("s3://nosuchbucket"))
    with pytest.raises(StoreRefused, match="another region") as refused:
        probe(swift.store(region="eu-west-1"))
    assert "AWS_REGION" in refused.value.remedy


def test_a_clock_that_is_wrong_is_named_as_the_cause(swift: Wire) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    with proxied(swift) as proxy:
        proxy.drop_headers = ("x-amz-date",)
        proxy.set_headers = {"x-amz-date": yesterday}
        with pytest.raises(StoreRefused, match="clocks of this machine and of the store differ"):
            probe(proxy.wire.store())


def test_a_signed_link_opens_its_object_and_no_other(swift: Wire) -> None:
    store = swift.store(f"s3://{BUCKET}/links")
    store.put_many([("a.html", b"mine"), ("b.html", b"not mine")])
    link = str(store.link("a.html"))
    with urlopen(link) as answer:
        assert answer.read() == b"mine"
    with pytest.raises(HTTPError, match="403"):
        urlopen(link.replace("a.html", "b.html"))


def test_keys_that_others_made_do_not_break_a_listing(swift: Wire) -> None:
    store = swift.store(f"s3://{BUCKET}/odd")
    store.put("a/x", b"1")
    swift.client().put_object(Bucket=BUCKET, Key="odd/a/../up", Body=b"1")
    assert [key for key, _ in store.keys("a")] == ["a/x"]


def test_a_run_equals_the_run_in_a_folder(pipeline: Callable[[], Pipeline], swift: Wire, short_film: Path) -> None:
    check_same(pipeline, swift, f"s3://{BUCKET}/run", short_film)


def test_the_command_line_names_the_wrong_key_and_leaves_with_2(swift: Wire, tmp_path: Path, short_film: Path) -> None:
    mpr = CommandLine(tmp_path / "home", swift.environment())
    mpr.done("ingest", short_film, "--timeline", "short")
    wrong = mpr("run", "short", AWS_SECRET_ACCESS_KEY="another-secret")
    assert (wrong.code, wrong.err.splitlines()[0]) == (
        2,
        f"mpr: the secret key does not fit the access key: s3://{BUCKET}/in",
    )
    assert "another-secret" not in wrong.err
    mpr.done("timeline", "short")
