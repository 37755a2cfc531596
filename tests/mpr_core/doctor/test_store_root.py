"""A root of the store is written, read, listed, and left as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpr_core.doctor.diagnosis import examined
from mpr_core.doctor.store_root import store_root
from mpr_core.store.object_store import ObjectStore


class Forgetful(ObjectStore):
    """A store whose listing lags behind."""

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        return iter(())


def test_a_root_that_works_is_left_as_it_was(tmp_path: Path) -> None:
    (found,) = examined("MPR_MEDIA_OUT", lambda: store_root("MPR_MEDIA_OUT", lambda: ObjectStore(str(tmp_path))))
    assert found.state == "ok"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_listing_that_lacks_what_was_written_is_a_failure(tmp_path: Path) -> None:
    (found,) = examined("MPR_MEDIA_OUT", lambda: store_root("MPR_MEDIA_OUT", lambda: Forgetful(str(tmp_path))))
    assert (found.state, "does not list" in found.found) == ("failure", True)


def test_a_root_of_an_unknown_kind_is_a_failure_with_its_remedy() -> None:
    (found,) = examined("MPR_MEDIA_OUT", lambda: store_root("MPR_MEDIA_OUT", lambda: ObjectStore("ftp://host")))
    assert (found.state, "unsupported store" in found.found) == ("failure", True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_that_may_not_be_written_is_a_failure(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    tmp_path.chmod(0o500)
    (found,) = examined("MPR_MEDIA_OUT", lambda: store_root("MPR_MEDIA_OUT", lambda: store))
    assert found.state == "failure"


def test_a_folder_that_cannot_be_made_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "out"
    (found,) = examined("MPR_MEDIA_OUT", lambda: store_root("MPR_MEDIA_OUT", lambda: ObjectStore(str(folder))))
    assert found.state == "failure"
    assert found.found == f"{folder}: not a directory"
    assert found.remedy == "check its path, its rights and free space"
