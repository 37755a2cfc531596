"""Before a run: what a root can do, and what is wrong when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpr_core.errors import StoreError, StoreRefused, StoreUnavailable
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.probe import probe
from tests.mpr_core.store.bad_proxy import Proxy
from tests.mpr_core.store.s3_wire import BUCKET, Wire

NEEDED = ("list", "write", "read", "range read", "list what was written", "delete")


def outcomes(store: ObjectStore, *, writes: bool = True, large: bool = False) -> dict[str, str]:
    return {found.name: found.outcome for found in probe(store, writes=writes, large=large).capabilities}


def test_a_server_that_can_everything_is_found_to_and_nothing_is_left_behind(moto: Wire) -> None:
    store = moto.store(f"s3://{BUCKET}/probed")
    found = outcomes(store, large=True)
    assert {found[name] for name in NEEDED} == {"yes"}
    assert (found["conditional put"], found["large upload"], found["signed links"]) == ("yes", "yes", "yes")
    assert list(store.keys("")) == []


def test_a_server_that_ignores_conditional_writes_is_good_enough(proxy: Proxy) -> None:
    proxy.drop_headers = ("if-none-match",)
    found = outcomes(proxy.wire.store())
    assert {found[name] for name in NEEDED} == {"yes"}
    assert found["conditional put"] == "no"


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_folder_and_memory_are_probed_alike(kind: str, tmp_path: Path) -> None:
    store = ObjectStore("memory://" if kind == "memory" else str(tmp_path))
    found = outcomes(store, large=True)
    assert {found[name] for name in NEEDED} == {"yes"}
    assert found["signed links"] == "no"
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_is_only_read_is_not_written_to(proxy: Proxy) -> None:
    proxy.plan = lambda asked: "403" if asked.method in ("PUT", "DELETE") else None
    assert outcomes(proxy.wire.store(), writes=False) == {"list": "yes", "write": "not asked", "delete": "not asked"}
    with pytest.raises(StoreRefused, match="the store refused access"):
        probe(proxy.wire.store())


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_each_right_that_is_missing_is_noticed(method: str, proxy: Proxy) -> None:
    proxy.plan = lambda asked: "403" if asked.method == method else None
    with pytest.raises(StoreRefused, match="the store refused access") as refused:
        probe(proxy.wire.store())
    assert "list, read, write and delete" in refused.value.remedy


def test_a_bucket_that_is_missing_and_a_server_that_is_down_are_told_apart(moto: Wire) -> None:
    with pytest.raises(StoreRefused, match="no such bucket"):
        probe(moto.store("s3://nosuchbucket"))
    with pytest.raises(StoreUnavailable, match="nothing answers"):
        probe(Wire("http://127.0.0.1:1").store(patience_s=0.2))


def test_a_web_server_that_is_no_s3_server_is_said(proxy: Proxy) -> None:
    proxy.plan = lambda _asked: "page"
    with pytest.raises(StoreRefused, match="no S3 server answers there"):
        probe(proxy.wire.store())
    proxy.plan = lambda _asked: "405"
    with pytest.raises(StoreRefused, match="S3_ENDPOINT_URL is the address of an S3 server"):
        probe(proxy.wire.store())


def test_a_server_that_ignores_ranges_is_refused(proxy: Proxy) -> None:
    proxy.drop_headers = ("range",)
    with pytest.raises(StoreError):
        probe(proxy.wire.store())
