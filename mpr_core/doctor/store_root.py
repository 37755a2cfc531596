"""One root of the store: written to, read from, listed, and left as it was."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.errors import MprError, StoreError
from mpr_core.store.object_store import ObjectStore

_FOLDER = "doctor"


def store_root(name: str, opened: Callable[[], ObjectStore]) -> Iterator[Diagnosis]:
    """Whether objects can be kept there.

    Args:
        name: the setting that names the root.
        opened: opens it, which may already fail.
    Raises:
        MprError: what the store says.
        StoreError: it answers, but gives back something else than it was given.
    """
    store = opened()
    key, data = f"{_FOLDER}/{secrets.token_hex(8)}", secrets.token_bytes(64)
    store.put(key, data)
    try:
        _read_back(store, key, data)
    finally:
        _delete(store, key)
    yield Diagnosis(name=name, state="ok", found=f"{store.url}: written, read, listed, deleted")


def _read_back(store: ObjectStore, key: str, data: bytes) -> None:
    if store.get(key) != data:
        raise _changed(store, "it gave back other bytes than it was given")
    if (key, len(data)) not in set(store.keys(_FOLDER)):
        raise _changed(store, "its listing does not show what was written just now")


def _delete(store: ObjectStore, key: str) -> None:
    """Deletes what is left of the examination; where that is refused, runs are not hurt, only `mpr gc`."""
    try:
        store.delete([key])
    except MprError as error:
        raise StoreError(
            "the store does not delete",
            where=store.url,
            why=error.why or error.what,
            remedy="give the right to delete objects: mpr gc and --delete-cache need it",
        ) from error


def _changed(store: ObjectStore, why: str) -> StoreError:
    return StoreError("the store cannot be trusted", where=store.url, why=why, remedy="use another server or bucket")
