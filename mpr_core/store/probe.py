"""What a root can do, found out by doing it: so that a run is told what is wrong before it works, not after.

A folder and memory are probed alike; nothing that is probed is left behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mpr_core.errors import MprError, StoreError, StoreRefused, StoreUnavailable
from mpr_core.store.object_store import ObjectStore

PROBES = ".probe"
_DATA = b"a small object that mpr writes to learn what this store can do"
_LARGE_BYTES = 17 << 20  # three blocks of a split upload
_HASTE_S = 6.0

Outcome = Literal["yes", "no", "not asked"]


@dataclass(frozen=True)
class Capability:
    """One thing a store was asked to do."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True)
class Probed:
    """What a root can do. All that is needed, else `probe` had raised; the rest is for information."""

    url: str
    capabilities: tuple[Capability, ...] = field(default=())


def probe(store: ObjectStore, *, writes: bool = True, large: bool = False) -> Probed:
    """Do once what a run does: list, write, read, read a range, delete; and ask for what is only good to know.

    Args:
        writes: the root has to be writable.
        large: also an upload in several parts.
    Raises:
        StoreRefused: bucket, key, rights, region, clock or endpoint are wrong; the message says which.
        StoreUnavailable: the store did not answer within some seconds.
        StoreError: it does something else than it was asked.
    """
    asked = _hasty(store)
    name = f"{PROBES}/{secrets.token_hex(8)}"
    found = [_did("list", lambda: asked.folders(""))]
    if not writes:
        return Probed(store.url, (*found, *(Capability(n, "not asked", "read only") for n in ("write", "delete"))))
    try:
        found += [
            _did("write", lambda: asked.put(name, _DATA)),
            _did("read", lambda: _same(asked.get(name), _DATA, store, "read")),
            _did("range read", lambda: _same(asked.get_range(name, 2, 5), _DATA[2:7], store, "range read")),
            _did("list what was written", lambda: _listed(asked, name)),
            _conditional_put(asked, name),
            _links(asked, name),
            _did("large upload", lambda: _large(asked, f"{name}-large"))
            if large
            else Capability("large upload", "not asked"),
        ]
    finally:
        # A failure to clean up must not hide what failed before it.
        cleaned = _attempt(lambda: _clean(asked, [name, f"{name}-large"]))
    if cleaned is not None:
        raise cleaned
    return Probed(store.url, (*found, Capability("delete", "yes")))


def _hasty(store: ObjectStore) -> ObjectStore:
    """The same root with less patience: who starts a run waits for the answer."""
    if store.access is None:
        return store
    haste = {"patience_s": min(_HASTE_S, store.access.patience_s), "stall_s": min(_HASTE_S, store.access.stall_s)}
    return ObjectStore(store.url, store.access.model_copy(update=haste))


def _did(name: str, act: Callable[[], object]) -> Capability:
    try:
        act()
    except KeyError as error:
        raise StoreRefused(
            "the store loses what is written",
            where=str(error.args[0]),
            why=f"'{name}' finds no object that was just written",
            remedy="check that S3_ENDPOINT_URL is the address of an S3 server",
        ) from error
    return Capability(name, "yes")


def _attempt(act: Callable[[], object]) -> MprError | None:
    try:
        act()
    except MprError as error:
        return error
    return None


def _clean(store: ObjectStore, names: list[str]) -> None:
    store.delete(names)
    folder = store.path_of(PROBES)
    if folder is not None and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _same(found: bytes, expected: bytes, store: ObjectStore, what: str) -> None:
    if found != expected:
        raise StoreError(
            "the store does not give back what was written",
            where=store.url,
            why=f"'{what}' gave {len(found)} other bytes than the {len(expected)} expected",
            remedy="use a server that keeps to S3",
        )


def _listed(store: ObjectStore, name: str) -> None:
    if name not in dict(store.keys(PROBES)):
        raise StoreError(
            "the store does not list what was written",
            where=store.url,
            why="its listing is late or partial",
            remedy="use a server whose listings are consistent, as AWS's are",
        )


def _large(store: ObjectStore, name: str) -> None:
    data = _DATA * (_LARGE_BYTES // len(_DATA) + 1)
    store.put(name, data)
    _same(store.get(name), data, store, "large upload")


def _conditional_put(store: ObjectStore, name: str) -> Capability:
    """Whether a second writer is turned away. MPR works without it: its keys name their content."""
    try:
        created = store.put_new(name, _DATA)
    except (StoreRefused, StoreUnavailable) as error:
        return Capability("conditional put", "no", error.why)
    return Capability("conditional put", "no", "it overwrites") if created else Capability("conditional put", "yes")


def _links(store: ObjectStore, name: str) -> Capability:
    """Whether URLs are signed; that a browser can reach the server is not known here."""
    link = store.link(name)
    return (
        Capability("signed links", "no", "this store signs nothing")
        if link is None
        else Capability("signed links", "yes")
    )
