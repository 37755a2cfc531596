"""match_brands: what each track's text says, held against the brand list; every decision keeps its candidates and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
from rapidfuzz import fuzz

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.compose import ComposedLine, LineBox, compose_lines
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Candidate, TextReading
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.reading_match import match_reading
from mpr_core.brands.track_vote import match_track
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import schema, table_of

_CLEAR_SCORE = 0.8  # a reading this sure, of this many letters, with less than this in common, is another text
_CLEAR_LETTERS = 3
_UNLIKE_RATIO = 60.0
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
    ("for_seqs", pa.list_(pa.int64())),  # frames whose crop was read as this brand
    ("against_seqs", pa.list_(pa.int64())),  # frames whose crop was read as something else
    ("with_tracks", pa.list_(pa.int32())),  # other tracks that hold the rest of the name
    ("reason", pa.string()),
)
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
    for track, found in _by_neighbours(boxes, run_ocr.texts.to_pylist(), alone, index, config).items():
        rows[track] = _with_composed(rows.get(track, []), found)
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
        length = max(1, len(decision.text))
        rows[track] = [
            _decision_row(track, c, decision.text, (c.span[0] / length, c.span[1] / length))
            | _witnesses(c, found, index, config)
            for c in decision.matches
        ] or [_undecided(track, decision.text, decision.reason)]
    return rows, candidates


def _reading(line: dict[str, Any]) -> TextReading:
    return TextReading(text=line["text"], score=line["score"], cut_start=line["cut_start"], cut_end=line["cut_end"])


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


def _with_composed(own: list[dict[str, Any]], found: dict[str, Any]) -> list[dict[str, Any]]:
    """A track's decisions with one from a composed line: the longer name wins the letters that both claim."""
    letters = len(fold_key(found["matched_name"]))
    apart = [
        row
        for row in own
        if row["brand"]
        and (row["span_end_ratio"] <= found["span_start_ratio"] or row["span_start_ratio"] >= found["span_end_ratio"])
    ]
    rivals = [row for row in own if row["brand"] and row not in apart]
    if any(len(fold_key(row["matched_name"])) >= letters for row in rivals):
        return own
    return [*apart, found]


def _by_neighbours(
    boxes: Sequence[dict[str, Any]],
    texts: Sequence[dict[str, Any]],
    alone: Mapping[tuple[int, str], int],
    index: BrandIndex,
    config: MatchBrandsConfig,
) -> dict[int, dict[str, Any]]:
    """Decisions from names that stand in several boxes of one frame ('TV REGIONAL' above 'MAGALLANES').

    Args:
        alone: (track, brand) -> letters of the name that the track's own readings hold.
    """
    known = {row["track"]: row for row in texts if row["text"]}
    frames: dict[int, list[LineBox]] = defaultdict(list)
    for box in boxes:
        if box["track"] in known and box["source"] == "text":
            text = known[box["track"]]
            x = box["quad_px"]
            quad = ((x[0], x[1]), (x[2], x[3]), (x[4], x[5]), (x[6], x[7]))
            frames[box["seq"]].append(
                LineBox(key=str(box["track"]), text=text["text"], score=text["score"], quad_px=quad)
            )
    found: dict[int, dict[str, Any]] = {}
    tried: set[tuple[str, ...]] = set()
    for seq in sorted(frames):
        for line in compose_lines(frames[seq]):
            if line.keys in tried:
                continue
            tried.add(line.keys)
            for row in _composed_rows(line, known, alone, index, config):
                best = found.get(row["track"])
                if best is None or len(row["matched_name"]) > len(best["matched_name"]):
                    found[row["track"]] = row
    return found


def _composed_rows(
    line: ComposedLine,
    known: Mapping[int, dict[str, Any]],
    alone: Mapping[tuple[int, str], int],
    index: BrandIndex,
    config: MatchBrandsConfig,
) -> list[dict[str, Any]]:
    """One row per member of a composed line that a match reaches into, for matches that need more than one member."""
    members, at = [], 0
    for key in line.keys:
        text = " ".join(known[int(key)]["text"].split())  # as the composed line has it
        at = line.text.find(text, at)
        members.append((int(key), at, at + len(text)))
        at += len(text)
    rows = []
    for candidate in match_reading(TextReading(text=line.text, score=line.score), index, config):
        start, end = candidate.span
        touched = [(track, a, b) for track, a, b in members if a < end and start < b]
        if not candidate.accepted or len(touched) < 2:
            continue
        if max(alone.get((track, candidate.brand), 0) for track, _, _ in touched) >= len(
            fold_key(candidate.matched_name)
        ):
            continue  # one member says it all; the other only lends a stray letter
        for track, a, b in touched:
            span = ((max(a, start) - a) / (b - a), (min(b, end) - a) / (b - a))
            row = _decision_row(track, candidate, line.text, span)
            row["with_tracks"] = [other for other, _, _ in touched if other != track]
            rows.append(row)
    return rows


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
        row = _undecided(track, "", reason)
        if brand:
            row |= {"brand": brand, "score": 100 * sum(found) / len(found), "rule": "class", "matched_name": class_name}
        rows[track] = row
    return rows


def _decision_row(track: int, candidate: Candidate, text: str, span_ratio: tuple[float, float]) -> dict[str, Any]:
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


def _undecided(track: int, text: str, reason: str) -> dict[str, Any]:
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
