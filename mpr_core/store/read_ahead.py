"""Objects that are about to be read one after the other: the next ones are fetched while the first are worked on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from threading import Lock

from mpr_core.store.object_store import ObjectStore

_AHEAD = 16  # so many are on their way or have come before they are asked for
_KEPT = 16  # and so many that came stay: for several readers, and for an object that is asked for again


class ReadAhead:
    """Objects by key, quick while they are asked for in about the announced order, right in any. Several threads may read.

    Args:
        keys: in the order in which they are about to be asked for; nothing is fetched before the first is.
    """

    def __init__(self, store: ObjectStore, keys: Iterable[str]) -> None:
        names = list(dict.fromkeys(keys))
        self._store = store
        self._places = {key: place for place, key in enumerate(names)}
        self._coming = zip(names, store.get_each(names, _AHEAD), strict=False)
        self._came = 0
        self._kept: dict[str, bytes | None] = {}
        self._lock = Lock()

    def get(self, key: str) -> bytes:
        """The bytes of one object.

        Raises:
            KeyError: there is no such object.
            StoreUnavailable: the store did not answer.
        """
        with self._lock:
            missing = self._places.get(key, -1) + 1 - self._came
            if 0 < missing <= _AHEAD:  # further ahead, the order is another one than announced
                self._take(missing)
            if key in self._kept:
                found = self._kept[key]
                if found is None:
                    raise KeyError(key)
                return found
        return self._store.get(key)

    def _take(self, count: int) -> None:
        for key, found in islice(self._coming, count):
            self._came += 1
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
