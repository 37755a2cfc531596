"""The rows of a decision table: which brand a track shows, on which frames, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mpr_core.brands.match_records import Candidate
from mpr_core.store.tables import schema

DECISIONS = schema(
    ("track", pa.int32()),
    ("brand", pa.string()),  # '' when undecided
    ("score", pa.float32()),  # 0-100
    ("rule", pa.string()),  # how the text fits the name; 'class' for a YOLO class; '' when undecided
    ("matched_name", pa.string()),
    ("text", pa.string()),  # the text that decided
    (
        "span_start_ratio",
        pa.float32(),
    ),  # where in the track's line the matched letters begin and end, share of its length
    ("span_end_ratio", pa.float32()),
    ("for_seqs", pa.list_(pa.int64())),  # frames whose crop was read as this brand, or that show all boxes of its name
    ("against_seqs", pa.list_(pa.int64())),  # frames whose crop was read as something else, or that lack a box of it
    ("with_tracks", pa.list_(pa.int32())),  # other tracks that hold the rest of the name
    ("reason", pa.string()),
)


def decision_row(track: int, candidate: Candidate, text: str, span_ratio: tuple[float, float]) -> dict[str, Any]:
    """The row of an accepted candidate; `span_ratio` is where its letters stand in the track's line."""
    return {
        "track": track,
        "brand": candidate.brand,
        "score": candidate.score,
        "rule": candidate.rule,
        "matched_name": candidate.matched_name,
        "text": text,
        "span_start_ratio": min(1.0, max(0.0, span_ratio[0])),
        "span_end_ratio": min(1.0, max(0.0, span_ratio[1])),
        "for_seqs": [],
        "against_seqs": [],
        "with_tracks": [],
        "reason": candidate.reason,
    }


def undecided(track: int, text: str, reason: str) -> dict[str, Any]:
    """The row of a track without a brand."""
    return {
        "track": track,
        "brand": "",
        "score": 0.0,
        "rule": "",
        "matched_name": "",
        "text": text,
        "span_start_ratio": 0.0,
        "span_end_ratio": 1.0,
        "for_seqs": [],
        "against_seqs": [],
        "with_tracks": [],
        "reason": reason,
    }


def holds_at(decision: Mapping[str, Any], seq: int) -> bool:
    """Whether the reading nearest in time speaks for the decision, not against it."""
    against = min((abs(s - seq) for s in decision["against_seqs"]), default=None)
    if against is None:
        return True
    nearest_for = min((abs(s - seq) for s in decision["for_seqs"]), default=against)
    return bool(nearest_for <= against)
