"""Reading sampled frames back: as bytes, whole, or as a small picture decoded at reduced scale."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.errors import MprError, PartMissing
from mpr_core.inference.pictures import Picture
from mpr_core.store.object_store import ObjectStore

_AHEAD = 16  # twice as many JPEGs may be in memory: some 8 MB of 1080p


class StoredFrames:
    """The frames of one segment's index, by row. Several threads may read.

    Args:
        frames: the `frames` table of a `FrameIndex`.
    """

    def __init__(self, store: ObjectStore, frames: pa.Table) -> None:
        self._store = store
        self.rows: list[dict[str, Any]] = frames.to_pylist()
        self.by_seq = {row["seq"]: row for row in self.rows}
        self._places: dict[str, int] = {}
        self._blocks: dict[int, dict[str, bytes | None]] = {}
        self._lock = Lock()

    def expect(self, seqs: Iterable[int]) -> None:
        """Say in which order frames are about to be read: then they are fetched some at once, which matters where each has its own wait."""
        keys = dict.fromkeys(self.by_seq[seq]["key"] for seq in seqs)
        with self._lock:
            self._places, self._blocks = {key: place for place, key in enumerate(keys)}, {}

    def picture(self, seq: int) -> Picture:
        """A frame, not read before it is asked for its bytes or pixels."""
        return _StoredPicture(seq, self)

    def bgr(self, seq: int, divide: int = 1) -> NDArray[np.uint8]:
        """`(h, w, 3)` pixels of a frame, each side divided by 1, 2, 4 or 8 while decoding.

        Raises:
            PartMissing: the JPEG is gone or damaged.
        """
        return self.picture(seq).bgr(divide)

    def small(self, seq: int, width_px: int) -> tuple[NDArray[np.uint8], float]:
        """A colour picture about `width_px` wide (never enlarged), and its scale against the stored frame."""
        return self.picture(seq).small(int(self.by_seq[seq]["width_px"]), width_px)

    def jpeg(self, seq: int) -> bytes:
        """A frame's bytes.

        Raises:
            PartMissing: they are gone.
        """
        key = self.by_seq[seq]["key"]
        try:
            return self._jpeg(key)
        except KeyError as error:
            raise _missing(key) from error

    def _jpeg(self, key: str) -> bytes:
        place = self._places.get(key)
        if place is None:
            return self._store.get(key)
        number = place // _AHEAD
        with self._lock:
            if number not in self._blocks:
                # The block before stays: another thread may still be on its way to the last of it.
                self._blocks = dict(list(self._blocks.items())[-1:])
                wanted = list(self._places)[number * _AHEAD : (number + 1) * _AHEAD]
                self._blocks[number] = dict(zip(wanted, self._store.get_many(wanted), strict=True))
            found = self._blocks[number][key]
        if found is None:
            raise KeyError(key)
        return found


class _StoredPicture(Picture):
    """One sampled frame."""

    def __init__(self, seq: int, frames: StoredFrames) -> None:
        super().__init__(str(seq))
        self._seq, self._frames = seq, frames

    def read(self) -> bytes:
        return self._frames.jpeg(self._seq)

    def unreadable(self) -> MprError:
        return _missing(self._frames.by_seq[self._seq]["key"])


def _missing(key: str) -> PartMissing:
    """The error of a frame that cannot be read."""
    return PartMissing(
        "a stored frame is gone or damaged",
        where=key,
        why="its cache was deleted or changed",
        remedy="delete the timeline's cache (mpr timeline ID --delete-cache) and run again",
    )
