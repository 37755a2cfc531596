"""A folder held by one process of this machine at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mpr_core.errors import StoreUnavailable

# What is done under it takes milliseconds: who holds it for longer is stopped (Ctrl-Z), and may stay so for ever.
_WITHIN_S = 30.0
_LOOK_S = 0.01


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others that use this out of the block; nothing where the folder cannot be made, or its file system locks none (NFS).

    Raises:
        StoreUnavailable: another process does not let it go.
    """
    opened = _opened(folder)
    try:
        if opened is not None:
            _lock(opened, folder)
        yield
    finally:
        if opened is not None:
            os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    end = time.monotonic() + _WITHIN_S
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise StoreUnavailable(
                    "a folder of the store is held by another process",
                    where=str(folder),
                    why=f"it was not let go within {_WITHIN_S:g} s: that process is stopped, or its disk does not answer",
                    remedy="find it (fuser -v on the folder), let it go on or end it, and run again",
                ) from error
            time.sleep(_LOOK_S)
        except OSError:  # NFS locks no folder, other file systems nothing
            return


def _opened(folder: Path) -> int | None:
    """A folder's descriptor; None where there can be none, which the write that follows says in words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None
