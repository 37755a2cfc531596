"""One object replaced by what is made of it, without losing what another process made of it meanwhile."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from mpr_core.errors import StoreUnavailable
from mpr_core.store.object_store import ObjectStore

_TRIES = 50
_LONGEST_WAIT_S = 0.2


def change_object(store: ObjectStore, key: str, change: Callable[[bytes | None], bytes | None]) -> None:
    """Read an object, and write what `change` makes of it in its place unless another wrote in between: then again.

    Certain in a folder of one machine and on servers that heed `If-Match`. On others the later of two writes within the same few
    milliseconds is the one that stays.

    Args:
        change: given the object as it stands, None when there is none; returns what shall stand there, None to leave it. May be called
            several times.
    Raises:
        StoreUnavailable: others wrote every time.
    """
    written: bytes | None = None
    with store.alone(key):
        for _ in range(_TRIES):
            before, version = store.versioned(key)
            if written is not None and before == written:
                return  # it was written, and the server's word on that was lost
            written = change(before)
            if written is None or written == before or store.put_over(key, written, version):
                return
            time.sleep(random.uniform(0, _LONGEST_WAIT_S))  # so that two that met do not meet again
    raise StoreUnavailable(
        "an object is changed by others all the time",
        where=store.named(key),
        why=f"somebody else had written it before each of {_TRIES} tries",
        remedy="run again",
    )
