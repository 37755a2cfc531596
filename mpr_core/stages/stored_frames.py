"""Reading sampled frames back: whole, or as a small grey or colour picture decoded at reduced scale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.errors import PartMissing
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.read_ahead import ReadAhead

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


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

    def bgr(self, seq: int, divide: int = 1) -> NDArray[np.uint8]:
        """`(h, w, 3)` pixels of a frame, each side divided by 1, 2, 4 or 8 while decoding.

        Raises:
            PartMissing: the JPEG is gone or damaged.
        """
        key = self.by_seq[seq]["key"]
        try:
            picture = cv2.imdecode(np.frombuffer(self._ahead.get(key), np.uint8), _REDUCED[divide])
        except KeyError:
            picture = None
        if picture is None:
            raise PartMissing(
                "a stored frame is gone or damaged",
                where=key,
                why="its cache was deleted or changed",
                remedy="delete the timeline's cache (mpr timeline ID --delete-cache) and run again",
            )
        return np.asarray(picture, np.uint8)

    def small(self, seq: int, width_px: int) -> tuple[NDArray[np.uint8], float]:
        """A colour picture about `width_px` wide (never enlarged), and its scale against the stored frame."""
        full = int(self.by_seq[seq]["width_px"])
        divide = next((d for d in (8, 4, 2) if full // d >= width_px), 1)
        picture = self.bgr(seq, divide)
        if picture.shape[1] > width_px:
            size = (width_px, max(1, round(picture.shape[0] * width_px / picture.shape[1])))
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture, picture.shape[1] / full
