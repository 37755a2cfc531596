"""Objects by relative key in one root: a folder, a bucket prefix, or memory.

Writes are whole-object and atomic (obstore stages local files and renames them, a server shows an upload when it is complete). Conditional
writes are used where a server has them (`change_object`), and nothing is torn where it has not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import unquote, urlparse

from mpr_core.errors import ConfigError, StoreError, StoreUnavailable
from mpr_core.parallel import in_parallel
from mpr_core.store.failures import translated
from mpr_core.store.folder_lock import locked
from mpr_core.store.s3 import S3Access, bucket_of, open_bucket
from mpr_core.store.s3_listing import list_plain, plain_key

_S3 = ("s3", "s3a")
_SCHEMES = ("file", *_S3, "memory")
_BLOCK_BYTES = 8 << 20
_MOST_BLOCKS = 9_000  # a multipart upload has at most 10,000 parts
_BLOCKS_AT_ONCE = 4
_THREADS = 16
_LINK_S = 3600.0

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class StoredObject:
    """One object as a listing shows it.

    Attributes:
        etag: what the store names this content by; another one after every write, or '' where the store has none.
    """

    key: str
    size_bytes: int
    written_at: datetime
    etag: str = ""


class ObjectStore:
    """One root of objects.

    Args:
        url: `file:///folder`, a plain folder path, `s3://bucket/prefix` or `memory://`.
        access: how `s3://` is reached; never logged or shown.
    Raises:
        ConfigError: the URL's scheme is not supported, or it names no bucket.
    """

    def __init__(self, url: str, access: S3Access | None = None) -> None:
        from obstore.store import LocalStore, MemoryStore

        scheme = urlparse(url).scheme
        self._folder: Path | None = None
        self.access: S3Access | None = None
        if scheme in ("", "file"):
            self._folder = Path(unquote(urlparse(url).path) if scheme else url).absolute()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._store: Any = LocalStore(self._folder, mkdir=True)
        elif scheme == "memory":
            self._store = MemoryStore()
        elif scheme in _S3:
            self.access = access or S3Access()
            self._bucket = bucket_of(url)
            self._store = open_bucket(self._bucket, self.access)
        else:
            raise ConfigError(
                "unsupported store", where=url, why=f"scheme {scheme!r}", remedy=f"use one of {', '.join(_SCHEMES)}"
            )
        self.url = url
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")  # starts none before it is needed

    def __reduce__(self) -> tuple[object, ...]:
        return ObjectStore, (self.url, self.access)

    @property
    def reachable_by_others(self) -> bool:
        """Whether another process that opens the same URL finds the same objects."""
        return urlparse(self.url).scheme != "memory"

    def put(self, key: str, data: bytes) -> None:
        """Write one whole object, replacing what was there."""
        with self._translated(_plain(key)):
            self._store.put(key, data, chunk_size=_BLOCK_BYTES)

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Write objects, into a bucket in parallel; no more than a few dozen of them are taken from `items` ahead.

        Raises:
            StoreError: one could not be written; others may have been.
        """
        if self.access is None:  # nothing to wait for, and a killed process leaves one unfinished file, not sixteen
            for item in items:
                self.put(*item)
            return
        deque(self._at_once(lambda item: self.put(*item), items), maxlen=0)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write one object if none is there; False when there is. Not every server heeds it: True proves nothing."""
        from obstore.exceptions import AlreadyExistsError

        try:
            with self._translated(_plain(key)):
                self._store.put(key, data, mode="create", use_multipart=False)
        except StoreError as error:
            if isinstance(error.__cause__, AlreadyExistsError):
                return False
            raise
        return True

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Keep other processes of this machine out of the same block for one object of a folder store.

        Nothing in other stores, and in folders of a file system that does not lock them.

        Raises:
            StoreUnavailable: another process does not let it go.
        """
        with nullcontext() if self._folder is None else locked((self._folder / _plain(key)).parent):
            yield

    def versioned(self, key: str) -> tuple[bytes | None, str]:
        """An object's bytes and what the store names this version of it by; None and '' when there is no such object."""
        try:
            with self._translated(_plain(key)):
                found = self._store.get(key)
                return bytes(found.bytes()), found.meta.get("e_tag") or ""
        except KeyError:
            return None, ""

    def put_over(self, key: str, data: bytes, version: str) -> bool:
        """Write one object in the place of a version of it ('': of none); False when there is another by now.

        A folder store looks at no version: who wants to be sure stays `alone`. Not every server heeds it: True proves nothing.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        if self._folder is not None:
            self.put(key, data)
            return True
        mode: Any = {"e_tag": version} if version else "create"
        try:
            with self._translated(_plain(key)):
                self._store.put(key, data, mode=mode, use_multipart=False)
        except StoreError as error:
            if isinstance(error.__cause__, AlreadyExistsError | PreconditionError):
                return False
            if isinstance(error, StoreUnavailable) and "501" not in error.why:
                raise
            self.put(key, data)  # a server that knows no conditions; if it is something else, this says so
        return True

    def get(self, key: str) -> bytes:
        """The bytes of one object.

        Raises:
            KeyError: there is no such object.
            StoreUnavailable: the store did not answer.
        """
        with self._translated(_plain(key)):
            return bytes(self._store.get(key).bytes())

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes of an object from byte `start` on.

        Raises:
            KeyError: there is no such object.
        """
        with self._translated(_plain(key)):
            return bytes(self._store.get_range(key, start=start, length=length))

    def exists(self, key: str) -> bool:
        """Whether an object is there."""
        return self.size_bytes(key) is not None

    def exist(self, keys: Sequence[str]) -> list[bool]:
        """Whether each object is there, asked in parallel."""
        return list(self._at_once(self.exists, keys))

    def size_bytes(self, key: str) -> int | None:
        """An object's size, None when there is no such object."""
        try:
            with self._translated(_plain(key)):
                return int(self._store.head(key)["size"])
        except KeyError:
            return None

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """`(key, size in bytes)` of every object below a prefix folder, sorted by key."""
        yield from ((found.key, found.size_bytes) for found in self.objects(prefix))

    def keys_of_each(self, prefixes: Iterable[str]) -> Iterator[list[str]]:
        """The keys below one prefix folder after the other, sorted, listed in parallel."""
        return self._at_once(lambda prefix: [key for key, _ in self.keys(prefix)], prefixes)

    def objects(self, prefix: str) -> list[StoredObject]:
        """Every object below a prefix folder, sorted by key: one listing, however many there are."""
        found = [
            StoredObject(str(meta["path"]), int(meta["size"]), meta["last_modified"], meta.get("e_tag") or "")
            for meta in self._listed(prefix)
        ]
        return sorted(found, key=lambda stored: stored.key)

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly below a prefix, sorted."""
        from obstore.exceptions import InvalidPathError

        try:
            with self._translated(prefix):
                listing = self._store.list_with_delimiter(prefix)
        except StoreError as error:
            if not isinstance(error.__cause__, InvalidPathError):
                raise
            below = len(f"{prefix}/") if prefix else 0
            return sorted({key[below:].split("/")[0] for key, _ in self.keys(prefix) if "/" in key[below:]})
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in listing["common_prefixes"])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; a key that is already gone is no error."""
        deque(self._at_once(self._delete, keys), maxlen=0)

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The bytes of several objects, in order, read in parallel; None where there is none."""
        if len(keys) <= 1:
            return [self._get_or_none(key) for key in keys]
        return list(self.get_each(keys))

    def get_each(self, keys: Iterable[str], ahead: int = 2 * _THREADS) -> Iterator[bytes | None]:
        """The bytes of one object after the other, None where there is none; `ahead` of them are read before
        they are asked for."""
        return self._at_once(self._get_or_none, keys, ahead)

    def link(self, key: str, lasts_s: float = _LINK_S) -> str | None:
        """A URL that opens an object without keys for a while, at most 7 days; None for stores that sign nothing.

        Whoever has it can read the object: it belongs on a screen, not into a log or a record.
        """
        import obstore

        if self.access is None:
            return None
        with self._translated(_plain(key)):
            return str(obstore.sign(self._store, "GET", key, timedelta(seconds=lasts_s)))

    @contextmanager
    def as_file(self, key: str) -> Iterator[Path]:
        """A local file with an object's content: the object itself in a folder store, else a temporary copy.

        Raises:
            KeyError: there is no such object.
            StoreUnavailable: it did not come whole.
        """
        if self._folder is not None:
            path = self._folder / _plain(key)
            if not path.is_file():
                raise KeyError(key)
            yield path
            return
        with TemporaryDirectory(prefix="mpr-") as folder:
            copy = Path(folder) / _plain(key).rsplit("/", 1)[-1]
            self._fetch(key, copy)
            yield copy

    def path_of(self, key: str) -> Path | None:
        """The local path of an object in a folder store, None for other stores."""
        path = _plain(key)
        return None if self._folder is None else self._folder / path

    def named(self, key: str) -> str:
        """An object's place in words: its path in a folder, its URL elsewhere. Opens nothing by itself."""
        path = self.path_of(key)
        return str(path) if path is not None else f"{self.url.rstrip('/')}/{key}"

    def put_file(self, key: str, path: Path) -> None:
        """Upload a local file in blocks; it appears when all of it is there."""
        block = max(_BLOCK_BYTES, path.stat().st_size // _MOST_BLOCKS + 1)
        with self._translated(_plain(key)):
            self._store.put(key, path, chunk_size=block, max_concurrency=_BLOCKS_AT_ONCE)

    def _at_once(self, request: Callable[[A], B], items: Iterable[A], ahead: int = 2 * _THREADS) -> Iterator[B]:
        return in_parallel(self._pool, request, items, ahead)

    def _delete(self, key: str) -> None:
        try:
            with self._translated(_plain(key)):
                self._store.delete(key)
        except KeyError:
            return

    def _get_or_none(self, key: str) -> bytes | None:
        try:
            return self.get(key)
        except KeyError:
            return None

    def _listed(self, prefix: str) -> list[Any]:
        """What obstore lists, or, where others' keys stop it, what has a key that could be ours."""
        from obstore.exceptions import InvalidPathError

        try:
            with self._translated(prefix):
                return [meta for batch in self._store.list(prefix) for meta in batch]
        except StoreError as error:
            if self.access is None or not isinstance(error.__cause__, InvalidPathError):
                raise
            return list(list_plain(self._bucket, self.access, prefix))

    def _fetch(self, key: str, copy: Path) -> None:
        """Copy an object to a file, a block a request: a broken connection costs a block, not the file."""
        size = self.size_bytes(key)
        if size is None:
            raise KeyError(key)
        spans = [(at, min(_BLOCK_BYTES, size - at)) for at in range(0, size, _BLOCK_BYTES)]
        with copy.open("wb") as out:
            for block in self._at_once(lambda span: self.get_range(key, *span), spans, _BLOCKS_AT_ONCE - 1):
                out.write(block)
        if copy.stat().st_size != size:
            raise StoreUnavailable(
                "an object did not come whole",
                where=self._where(key),
                why=f"{copy.stat().st_size} of {size} bytes; it was replaced meanwhile, or the server cut it short",
                remedy="run again",
            )

    def _where(self, key: str) -> str:
        return self.named(key) if self.access is not None and key else key or self.url

    def _translated(self, key: str) -> Any:
        return translated(self._where(key), key)


def _plain(key: str) -> str:
    """The key itself, if it names something below the root in every kind of store.

    Raises:
        StoreError: it is empty or absolute, or a step of it is empty, '.' or '..'; stores normalise or follow those each in its own way.
    """
    if not plain_key(key):
        raise StoreError(
            "not a valid object key", where=repr(key), why="empty, '.' and '..' steps", remedy="use plain relative keys"
        )
    return key
