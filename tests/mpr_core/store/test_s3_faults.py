"""A server that fails for a while, breaks off, answers late or is none: waited for where that helps, and said plainly where not."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
from pydantic import SecretStr

from mpr_core.errors import ConfigError, StoreError, StoreRefused, StoreUnavailable
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.s3 import S3Access
from tests.mpr_core.store.bad_proxy import Proxy, first, proxied
from tests.mpr_core.store.own_authority import private_tls
from tests.mpr_core.store.s3_wire import BUCKET, SECRET, Wire

LARGE = bytes(range(256)) * 40_000  # 10 MB: more than a block


@pytest.fixture
def root(request: pytest.FixtureRequest) -> str:
    """A root that no other test uses."""
    return f"s3://{BUCKET}/{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize("fate", ["500", "503", "reset"])
def test_a_server_that_fails_for_a_while_is_asked_again(fate: str, proxy: Proxy, root: str) -> None:
    store = proxy.wire.store(root)
    proxy.plan = first(2, fate)
    store.put("a/b", b"whole")
    assert proxy.count("PUT") == 3
    assert store.get("a/b") == b"whole"
    assert proxy.count("GET") == 3
    assert store.exists("a/b")
    assert [key for key, _ in store.keys("a")] == ["a/b"]


def test_a_large_upload_whose_connection_is_reset_arrives_whole_or_not_at_all(
    proxy: Proxy, moto: Wire, root: str, tmp_path: Path
) -> None:
    file = tmp_path / "chunk.mp4"
    file.write_bytes(LARGE)
    proxy.plan = first(1, "reset", "PUT")
    proxy.wire.store(root).put_file("chunks/chunk.mp4", file)
    assert moto.store(root).get("chunks/chunk.mp4") == LARGE
    proxy.plan = first(10_000, "reset", "PUT")
    with pytest.raises(StoreUnavailable):
        proxy.wire.store(root, patience_s=0.2).put_file("chunks/other.mp4", file)
    assert not moto.store(root).exists("chunks/other.mp4")


def test_an_answer_that_is_cut_short_is_never_taken_for_the_object(proxy: Proxy, moto: Wire, root: str) -> None:
    moto.store(root).put("part.json", b"{" + b" " * 5000 + b"}")
    moto.store(root).put("chunk.mp4", LARGE)
    proxy.plan = first(1, "cut", "GET")
    assert len(proxy.wire.store(root).get("part.json")) == 5002
    proxy.plan = lambda asked: "cut" if asked.method == "GET" else None
    with pytest.raises(StoreUnavailable):
        proxy.wire.store(root, patience_s=0.2).get("part.json")
    proxy.plan = lambda asked: "cut" if asked.method == "GET" and asked.before % 3 == 0 else None
    with proxy.wire.store(root).as_file("chunk.mp4") as path:
        assert path.read_bytes() == LARGE


def test_a_server_on_which_nothing_moves_is_given_up_and_may_be_tried_again(proxy: Proxy, root: str) -> None:
    proxy.plan = lambda _asked: "hang"
    store = proxy.wire.store(root, stall_s=0.3, patience_s=0.2)
    with pytest.raises(StoreUnavailable, match="no answer in time") as given_up:
        store.get("a/b")
    assert given_up.value.transient
    with pytest.raises(StoreUnavailable):
        store.put("a/b", b"1")


def test_a_request_that_hangs_once_is_made_again(proxy: Proxy, root: str) -> None:
    store = proxy.wire.store(root, stall_s=0.4)
    proxy.plan = first(1, "hang")
    store.put("a/b", b"whole")
    assert store.get("a/b") == b"whole"
    assert (proxy.count("PUT"), proxy.count("GET")) == (2, 2)


def test_a_refusal_is_not_repeated(proxy: Proxy, root: str) -> None:
    proxy.plan = lambda _asked: "403"
    store = proxy.wire.store(root)
    with pytest.raises(StoreRefused, match="the store refused access") as refused:
        store.put("a/b", b"1")
    assert (refused.value.exit_code, refused.value.transient) == (2, False)
    assert "AWS_ACCESS_KEY_ID" in refused.value.remedy
    assert proxy.count("PUT") == 1
    for ask in (store.get, store.exists, lambda key: list(store.keys(key)), store.folders, lambda k: store.delete([k])):
        with pytest.raises(StoreRefused, match="the store refused access"):
            ask("a/b")


def test_a_server_that_is_down_is_said_with_what_to_look_at(root: str) -> None:
    store = Wire("http://127.0.0.1:1").store(root, patience_s=0.2)
    with pytest.raises(StoreUnavailable, match="nothing answers at that address") as down:
        store.get("a/b")
    assert (down.value.exit_code, down.value.transient) == (1, True)
    assert "S3_ENDPOINT_URL" in down.value.remedy
    with pytest.raises(StoreUnavailable, match="name is not known"):
        Wire("http://no-such-host.invalid").store(root, patience_s=0.2).get("a/b")


def test_https_asked_of_an_http_server_is_said(moto: Wire, root: str) -> None:
    with pytest.raises(StoreRefused, match="speaks http, not https"):
        Wire(moto.endpoint_url.replace("http:", "https:")).store(root, patience_s=0.2).get("a/b")


def test_a_private_authority_is_trusted_when_it_is_named_and_not_before(moto: Wire, root: str, tmp_path: Path) -> None:
    tls, authority = private_tls(tmp_path)
    with proxied(moto, tls) as proxy:
        with pytest.raises(StoreRefused, match="certificate is not trusted here"):
            proxy.wire.store(root, patience_s=0.2).put("a/b", b"1")
        store = proxy.wire.store(root, ca_file=authority)
        store.put("a/b", b"1")
        moto.client().put_object(Bucket=BUCKET, Key=f"{root.removeprefix(f's3://{BUCKET}/')}/a/../up", Body=b"1")
        assert [key for key, _ in store.keys("a")] == ["a/b"]  # by boto3, which trusts it too


def test_a_body_is_part_of_the_signature_where_nothing_else_protects_it(moto: Wire, root: str, tmp_path: Path) -> None:
    tls, authority = private_tls(tmp_path)
    with proxied(moto) as plain, proxied(moto, tls) as protected:
        plain.wire.store(root).put("a/b", b"1")
        protected.wire.store(root, ca_file=authority).put("a/c", b"1")
    assert [asked.signed_payload for asked in plain.asked] == [hashlib.sha256(b"1").hexdigest()]
    assert [asked.signed_payload for asked in protected.asked] == ["UNSIGNED-PAYLOAD"]


def test_a_listing_of_more_objects_than_a_page_holds_is_whole(moto: Wire, root: str) -> None:
    store = moto.store(root)
    store.put_many((f"many/{number:04d}", b"") for number in range(1100))
    assert [key for key, _ in store.keys("many")] == [f"many/{number:04d}" for number in range(1100)]


def test_a_bucket_that_is_not_there_is_no_missing_object(moto: Wire) -> None:
    store = moto.store("s3://nosuchbucket/x")
    for ask in (store.get, lambda key: store.put(key, b"1"), lambda key: list(store.keys(key)), store.folders):
        with pytest.raises(StoreRefused, match="no such bucket: s3://nosuchbucket/x/a") as missing:
            ask("a")
        assert missing.value.exit_code == 2


def test_keys_that_others_made_and_obstore_does_not_read_do_not_break_a_listing(moto: Wire, root: str) -> None:
    store = moto.store(root)
    store.put_many((f"a/{n}/x", b"1") for n in range(3))
    client, prefix = moto.client(), root.removeprefix(f"s3://{BUCKET}/")
    for odd in ("a/../up", "a//empty", "a/./here", "../out"):
        client.put_object(Bucket=BUCKET, Key=f"{prefix}/{odd}", Body=b"1")
    assert [key for key, _ in store.keys("a")] == ["a/0/x", "a/1/x", "a/2/x"]
    assert [key for key, _ in store.keys("")] == ["a/0/x", "a/1/x", "a/2/x"]
    assert store.folders("a") == ["0", "1", "2"]
    assert store.folders("") == ["a"]
    assert {found.size_bytes for found in store.objects("a")} == {1}


def test_a_link_opens_one_object_without_keys(moto: Wire, root: str, tmp_path: Path) -> None:
    from urllib.request import urlopen

    store = moto.store(root)
    store.put("reports/t/n/report.html", b"<p>seen</p>")
    link = store.link("reports/t/n/report.html", lasts_s=60)
    assert link is not None
    assert SECRET not in link
    with urlopen(link) as answer:
        assert answer.read() == b"<p>seen</p>"
    assert ObjectStore(str(tmp_path)).link("reports/t/n/report.html") is None


def test_another_process_opens_the_same_root_from_what_is_sent_to_it(moto: Wire, root: str, tmp_path: Path) -> None:
    for store in (moto.store(root), ObjectStore(str(tmp_path))):
        store.put("a/b", b"the same")
        sent = pickle.loads(pickle.dumps(store))  # noqa: S301 - made here
        assert sent.get("a/b") == b"the same"
        assert sent.access == store.access
        assert store.reachable_by_others
    assert not ObjectStore("memory://").reachable_by_others


def test_no_secret_is_shown_by_what_holds_it(moto: Wire, root: str) -> None:
    access = moto.access(session_token=SecretStr("a-token"))
    store = ObjectStore(root, access)
    shown = repr(access) + str(access) + access.model_dump_json() + repr(store) + repr(store._store) + repr(vars(store))
    with pytest.raises(StoreRefused) as refused:
        ObjectStore("s3://nosuchbucket", access).get("a")
    shown += str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    assert SECRET not in shown
    assert "a-token" not in shown
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)  # noqa: S301 - as Dagster's processes do


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///prefix", "s3://b/../c", "s3://b//c", "s3://key:word@bucket/x", "s3://b?x"]
)
def test_what_is_no_bucket_is_a_configuration_error_that_repeats_no_secret(url: str) -> None:
    with pytest.raises(ConfigError, match="not a bucket") as refused:
        ObjectStore(url)
    assert "word" not in str(refused.value).split("\n")[0]


@pytest.mark.parametrize("endpoint", ["localhost:9000", "ftp://x", "http://", "http://u:word@x", "https://x/bucket"])
def test_what_is_no_endpoint_is_a_configuration_error_that_repeats_no_secret(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="not an endpoint: S3_ENDPOINT_URL") as refused:
        ObjectStore("s3://bucket", S3Access(endpoint_url=endpoint))
    assert "word@" not in str(refused.value)


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_one_key_without_the_other_is_a_configuration_error_that_names_the_missing_one(missing: str) -> None:
    name = missing.removeprefix("AWS_").lower()
    whole = S3Access(access_key_id=SecretStr("word"), secret_access_key=SecretStr("word"))
    with pytest.raises(ConfigError, match=f"half of the store's keys: {missing}") as refused:
        ObjectStore("s3://bucket", whole.model_copy(update={name: None}))
    assert "word" not in str(refused.value)


def test_the_bucket_goes_into_the_hosts_name_when_asked_for(moto: Wire) -> None:
    by_host = ObjectStore("s3://bucket/p", moto.access(virtual_host=True, endpoint_url="https://host.example:9000"))
    assert str(by_host.link("k")).startswith("https://bucket.host.example:9000/p/k?")
    by_path = ObjectStore("s3://bucket/p", moto.access(endpoint_url="https://host.example:9000"))
    assert str(by_path.link("k")).startswith("https://host.example:9000/bucket/p/k?")
    aws = ObjectStore("s3://bucket/p", moto.access(endpoint_url="", region="eu-west-1"))
    assert str(aws.link("k")).startswith("https://s3.eu-west-1.amazonaws.com/bucket/p/k?")


def test_a_failure_among_many_is_raised_and_what_was_begun_is_finished(proxy: Proxy, moto: Wire, root: str) -> None:
    store = proxy.wire.store(root, patience_s=0.2)
    proxy.plan = lambda asked: "500" if asked.path.endswith("/007") else None
    with pytest.raises(StoreError, match="the store did not answer"):
        store.put_many((f"frames/{n:03d}", b"x") for n in range(60))
    assert [key for key, _ in moto.store(root).keys("frames") if key.endswith("/007")] == []
