"""match_brands: what each track's text says, held against the brand list; every decision keeps its candidates and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar

import pyarrow as pa
from rapidfuzz import fuzz

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Candidate, TextReading
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.reading_match import match_reading
from mpr_core.brands.track_vote import match_track
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.found import Found
from mpr_core.runner.payload import Payload
from mpr_core.stages.composed_names import decisions_by_neighbours, with_composed
from mpr_core.stages.decision_rows import DECISIONS, decision_row, undecided
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.found_boxes import found_brands
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import schema, table_of

_CLEAR_SCORE = 0.8  # a reading this sure, of this many letters, with less than this in common, is another text
_CLEAR_LETTERS = 3
_UNLIKE_RATIO = 60.0
_CANDIDATES = schema(
    ("track", pa.int32()),
    ("brand", pa.string()),
    ("score", pa.float32()),
    ("matched_name", pa.string()),
    ("matched_text", pa.string()),
    ("rule", pa.string()),
    ("accepted", pa.bool_()),
    ("vetoed_by", pa.string()),
    ("reason", pa.string()),
)


@dataclass(frozen=True)
class Decisions(Payload):
    """One row per track and brand found on it, one with brand '' for a track without; and every candidate that was weighed."""

    decisions: pa.Table
    candidates: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"decisions": DECISIONS, "candidates": _CANDIDATES}

    def counts(self) -> dict[str, float]:
        rows = self.decisions.to_pylist()
        decided = {row["track"] for row in rows if row["brand"]}
        unmatched = {row["track"] for row in rows if not row["brand"] and row["text"]}
        return {"decided_tracks": len(decided), "unmatched_texts": len(unmatched)}

    def found(self, parents: Mapping[str, Any]) -> Found:
        return found_brands(self.decisions, parents["detect_objects"].boxes)

    def decided_tracks(self) -> set[int]:
        """Tracks with a brand."""
        return {row["track"] for row in self.decisions.to_pylist() if row["brand"]}


PAYLOAD = Decisions


def run(
    context: SegmentContext, config: MatchBrandsConfig, *, detect_objects: TrackedBoxes, run_ocr: TextLines
) -> Decisions:
    """Decisions for one segment's tracks."""
    index = context.services.session(f"brands/{config.model_dump_json()}", lambda: BrandIndex.from_config(config))
    boxes = detect_objects.boxes.to_pylist()
    rows, candidates = _by_track(run_ocr.lines.to_pylist(), index, config)
    alone = {(t, r["brand"]): len(fold_key(r["matched_name"])) for t, own in rows.items() for r in own if r["brand"]}
    for track, found in decisions_by_neighbours(boxes, run_ocr.texts.to_pylist(), alone, index, config).items():
        rows[track] = with_composed(rows.get(track, []), found)
    for track, found in _by_class(boxes, config).items():
        if not any(r["brand"] for r in rows.get(track, [])):
            rows[track] = [found]
    decisions = [row for track in sorted(rows) for row in rows[track]]
    return Decisions(table_of(decisions, DECISIONS), table_of(candidates, _CANDIDATES))


def skip(_context: SegmentContext, _config: MatchBrandsConfig, **_parents: Payload) -> Decisions:
    """No decision."""
    return Decisions.empty()


def _by_track(
    lines: Sequence[dict[str, Any]], index: BrandIndex, config: MatchBrandsConfig
) -> tuple[dict[int, list[dict[str, Any]]], list[dict[str, Any]]]:
    """Decisions from each track's own readings, and the candidates."""
    tracks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        tracks[line["track"]].append(line)
    rows: dict[int, list[dict[str, Any]]] = {}
    candidates = []
    for track, found in sorted(tracks.items()):
        decision = match_track([_reading(line) for line in found], index, config)
        candidates += [_candidate_row(track, c) for c in decision.candidates]
        rows[track] = [
            decision_row(track, c, decision.text, _place(c, found, index, config)) | _witnesses(c, found, index, config)
            for c in decision.matches
        ] or [undecided(track, decision.text, decision.reason)]
    return rows, candidates


def _reading(line: dict[str, Any]) -> TextReading:
    return TextReading(text=line["text"], score=line["score"], cut_start=line["cut_start"], cut_end=line["cut_end"])


def _place(
    candidate: Candidate, lines: Sequence[dict[str, Any]], index: BrandIndex, config: MatchBrandsConfig
) -> tuple[float, float]:
    """Where in the line the brand's letters begin and end, share of its length: the middle of what the track's readings say.

    A sign beside the name is read in some frames and not in others; one reading alone would cut letters off where it is not boxed.
    """
    said = [
        (c.span[0] / c.text_length, c.span[1] / c.text_length)
        for line in lines
        for c in match_reading(_reading(line), index, config)
        if c.accepted and c.brand == candidate.brand
    ] or [(candidate.span[0] / candidate.text_length, candidate.span[1] / candidate.text_length)]
    return median(start for start, _ in said), median(end for _, end in said)


def _witnesses(
    candidate: Candidate, lines: Sequence[dict[str, Any]], index: BrandIndex, config: MatchBrandsConfig
) -> dict[str, list[int]]:
    """Which frames' readings speak for a decision, and which clearly say something else.

    A track may hold more than one thing (a board that changes, a neighbour that took its place); its boxes count only near readings
    that support the brand.
    """
    found: dict[str, list[int]] = {"for_seqs": [], "against_seqs": []}
    name = fold_key(candidate.matched_name)
    for line in lines:
        text = fold_key(line["text"])
        accepted = match_reading(_reading(line), index, config)
        if any(c.accepted and c.brand == candidate.brand for c in accepted):
            found["for_seqs"].append(line["seq"])
        elif (
            line["score"] >= _CLEAR_SCORE
            and len(text) >= _CLEAR_LETTERS
            and fuzz.partial_ratio(text, name) < _UNLIKE_RATIO
        ):
            found["against_seqs"].append(line["seq"])
    return found


def _by_class(boxes: Sequence[dict[str, Any]], config: MatchBrandsConfig) -> dict[int, dict[str, Any]]:
    """Decisions from YOLO classes that bear a brand's name."""
    names = {fold_key(name): brand.canonical_name for brand in config.brands for name in brand.names}
    scores: dict[tuple[int, str], list[float]] = defaultdict(list)
    for box in boxes:
        if box["source"] == "yolo":
            scores[box["track"], box["class_name"]].append(box["score"])
    rows = {}
    for (track, class_name), found in sorted(scores.items(), key=lambda item: len(item[1])):
        brand = names.get(fold_key(class_name), "")
        frames = "1 frame" if len(found) == 1 else f"{len(found)} frames"
        reason = f"YOLO class {class_name!r} on {frames}" + ("" if brand else ", on no brand list")
        row = undecided(track, "", reason)
        if brand:
            row |= {"brand": brand, "score": 100 * sum(found) / len(found), "rule": "class", "matched_name": class_name}
        rows[track] = row
    return rows


def _candidate_row(track: int, candidate: Candidate) -> dict[str, Any]:
    return {
        "track": track,
        "brand": candidate.brand,
        "score": candidate.score,
        "matched_name": candidate.matched_name,
        "matched_text": candidate.matched_text,
        "rule": candidate.rule,
        "accepted": candidate.accepted,
        "vetoed_by": candidate.vetoed_by or "",
        "reason": candidate.reason,
    }
