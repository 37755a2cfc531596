"""Objects by relative key in one root: a folder, a bucket prefix, or memory.

Writes are whole-object and atomic (obstore stages local files and renames them); nothing here relies on conditional writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlparse

from mpr_core.errors import ConfigError, StoreError, StoreUnavailable

_PARALLEL = 16
_SCHEMES = ("file", "s3", "s3a", "memory")


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
        options: passed to obstore for `s3://` (endpoint, region, keys); never stored, logged or shown.
    Raises:
        ConfigError: the URL's scheme is not supported.
    """

    def __init__(self, url: str, **options: Any) -> None:
        from obstore.store import LocalStore, MemoryStore, from_url

        scheme = urlparse(url).scheme
        self._folder: Path | None = None
        if scheme in ("", "file"):
            self._folder = Path(unquote(urlparse(url).path) if scheme else url).absolute()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._store: Any = LocalStore(self._folder, mkdir=True)
        elif scheme == "memory":
            self._store = MemoryStore()
        elif scheme in _SCHEMES:
            self._store = from_url(url, **options)
        else:
            raise ConfigError(
                "unsupported store", where=url, why=f"scheme {scheme!r}", remedy=f"use one of {', '.join(_SCHEMES)}"
            )
        self.url = url

    def put(self, key: str, data: bytes) -> None:
        """Write one whole object, replacing what was there."""
        with _translated(_plain(key)):
            self._store.put(key, data)

    def get(self, key: str) -> bytes:
        """The bytes of one object.

        Raises:
            KeyError: there is no such object.
            StoreUnavailable: the store did not answer.
        """
        with _translated(_plain(key)):
            return bytes(self._store.get(key).bytes())

    def exists(self, key: str) -> bool:
        """Whether an object is there."""
        return self.size_bytes(key) is not None

    def size_bytes(self, key: str) -> int | None:
        """An object's size, None when there is no such object."""
        try:
            with _translated(_plain(key)):
                return int(self._store.head(key)["size"])
        except KeyError:
            return None

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """`(key, size in bytes)` of every object below a prefix folder, sorted by key."""
        yield from ((found.key, found.size_bytes) for found in self.objects(prefix))

    def objects(self, prefix: str) -> list[StoredObject]:
        """Every object below a prefix folder, sorted by key: one listing, however many there are."""
        with _translated(prefix):
            found = [
                StoredObject(str(meta["path"]), int(meta["size"]), meta["last_modified"], meta.get("e_tag") or "")
                for batch in self._store.list(prefix)
                for meta in batch
            ]
        return sorted(found, key=lambda stored: stored.key)

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly below a prefix, sorted."""
        with _translated(prefix):
            listing = self._store.list_with_delimiter(prefix)
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in listing["common_prefixes"])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; a key that is already gone is no error."""
        for key in keys:
            try:
                with _translated(_plain(key)):
                    self._store.delete(key)
            except KeyError:
                continue

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The bytes of several objects, in order, read in parallel; None where there is none."""
        if len(keys) <= 1:
            return [self._get_or_none(key) for key in keys]
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return list(pool.map(self._get_or_none, keys))

    def _get_or_none(self, key: str) -> bytes | None:
        try:
            return self.get(key)
        except KeyError:
            return None

    @contextmanager
    def as_file(self, key: str) -> Iterator[Path]:
        """A local file with an object's content: the object itself in a folder store, else a temporary copy."""
        if self._folder is not None:
            path = self._folder / _plain(key)
            if not path.is_file():
                raise KeyError(key)
            yield path
            return
        with TemporaryDirectory(prefix="mpr-") as folder:
            copy = Path(folder) / _plain(key).rsplit("/", 1)[-1]
            with _translated(key), copy.open("wb") as out:
                for block in self._store.get(key).stream(min_chunk_size=8 << 20):
                    out.write(block)
            yield copy

    def path_of(self, key: str) -> Path | None:
        """The local path of an object in a folder store, None for other stores."""
        path = _plain(key)
        return None if self._folder is None else self._folder / path

    def put_file(self, key: str, path: Path) -> None:
        """Upload a local file, streamed."""
        with _translated(_plain(key)):
            self._store.put(key, path)


def _plain(key: str) -> str:
    """The key itself, if it names something below the root in every kind of store.

    Raises:
        StoreError: it is empty or absolute, or a step of it is empty, '.' or '..'; stores normalise or follow those each in its own way.
    """
    if any(step in ("", ".", "..") for step in key.split("/")):
        raise StoreError(
            "not a valid object key", where=repr(key), why="empty, '.' and '..' steps", remedy="use plain relative keys"
        )
    return key


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn obstore's errors into ours, so that retry layers see what may succeed later."""
    from obstore import exceptions as obs

    try:
        yield
    except FileNotFoundError as error:
        raise KeyError(key) from error
    except (obs.PermissionDeniedError, obs.UnauthenticatedError, PermissionError) as error:
        raise StoreError(
            "the store refused access", where=key, why=_first_line(error), remedy="check the credentials and rights"
        ) from error
    except ValueError as error:
        raise StoreError(
            "not a valid object key", where=key, why=_first_line(error), remedy="use plain relative keys"
        ) from error
    except obs.BaseError as error:
        raise StoreUnavailable(
            "the store did not answer", where=key, why=_first_line(error), remedy="check the store and run again"
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
