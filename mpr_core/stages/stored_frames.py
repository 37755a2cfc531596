"""Reading sampled frames back: as bytes, whole, or as a small picture decoded at reduced scale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.errors import MprError, PartMissing
from mpr_core.inference.pictures import Picture
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.read_ahead import ReadAhead


class StoredFrames:
    """The frames of one segment's index, by row. Several threads may read.

    Args:
        frames: the `frames` table of a `FrameIndex`.
    """

    def __init__(self, store: ObjectStore, frames: pa.Table) -> None:
        self._store = store
        self.rows: list[dict[str, Any]] = frames.to_pylist()
        self.by_seq = {row["seq"]: row for row in self.rows}
        self._ahead = ReadAhead(store, ())

    def expect(self, seqs: Iterable[int]) -> None:
        """Say in which order frames are about to be read: then they are fetched ahead, which matters where each has its own wait."""
        self._ahead = ReadAhead(self._store, (self.by_seq[seq]["key"] for seq in seqs))

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
            return self._ahead.get(key)
        except KeyError as error:
            raise _missing(key) from error


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
