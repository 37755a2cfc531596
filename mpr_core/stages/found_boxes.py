"""The boxes that a running stage tells of: each track at its surest, each decided brand at the box that shows it best.

Only what is told is turned into Python values: a segment has hundreds of rows, and a view needs a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpr_core.runner.found import MOST_BOXES, Found, FoundBox

_TOLD = ("track", "t_s", "source", "score", "quad_px")
_DECIDED = ("track", "score", "brand", "text", "for_seqs")


def found_tracks(boxes: pa.Table) -> Found:
    """Every track of a `TrackedBoxes` table by its box with the best score."""
    tracks, scores = boxes.column("track").to_numpy(), boxes.column("score").to_numpy()
    order = np.lexsort((-scores, tracks))
    best = order[np.unique(tracks[order], return_index=True)[1]]
    told = best[np.argsort(-scores[best], kind="stable")][:MOST_BOXES]
    return Found(boxes=tuple(_box(row) for row in _rows(boxes, told)), left_out=len(tracks) - len(told))


def found_brands(decisions: pa.Table, boxes: pa.Table) -> Found:
    """Every decided brand of each track, at the track's box with the best score among the frames that speak for it."""
    decided = decisions.select(_DECIDED).filter(pc.not_equal(decisions.column("brand"), pa.scalar("")))
    order = np.argsort(-decided.column("score").to_numpy(), kind="stable")[:MOST_BOXES]
    rows = decided.take(pa.array(order, pa.int64())).to_pylist()
    tracks, seqs, scores = (boxes.column(name).to_numpy() for name in ("track", "seq", "score"))
    places = [_best(tracks, seqs, scores, row) for row in rows]
    shown = [row for row, place in zip(rows, places, strict=True) if place is not None]
    at = _rows(boxes, [place for place in places if place is not None])
    told = tuple(
        _box(box | {"score": row["score"]}, row["brand"], row["text"]) for box, row in zip(at, shown, strict=True)
    )
    return Found(boxes=told, left_out=decided.num_rows - len(told))


def _rows(boxes: pa.Table, places: Sequence[int] | NDArray[np.int64]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = boxes.select(_TOLD).take(pa.array(places, pa.int64())).to_pylist()
    return rows


def _best(
    tracks: NDArray[np.int32], seqs: NDArray[np.int64], scores: NDArray[np.float32], decision: dict[str, Any]
) -> int | None:
    own = tracks == decision["track"]
    speaking = own & np.isin(seqs, decision["for_seqs"])
    among = np.flatnonzero(speaking if speaking.any() else own)
    return int(among[np.argmax(scores[among])]) if len(among) else None


def _box(row: dict[str, Any], brand: str = "", text: str = "") -> FoundBox:
    return FoundBox(
        track=row["track"],
        t_s=row["t_s"],
        source=row["source"],
        score=round(row["score"], 3),
        quad_px=tuple(round(value, 1) for value in row["quad_px"]),
        brand=brand,
        text=text,
    )
