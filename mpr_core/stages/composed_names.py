"""Names that stand in several boxes of a frame ('TV REGIONAL' above 'MAGALLANES'), as decisions of those boxes' tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.compose import ComposedLine, LineBox, compose_lines
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import TextReading
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.reading_match import match_reading
from mpr_core.stages.decision_rows import decision_row


def decisions_by_neighbours(
    boxes: Sequence[dict[str, Any]],
    texts: Sequence[dict[str, Any]],
    alone: Mapping[tuple[int, str], int],
    index: BrandIndex,
    config: MatchBrandsConfig,
) -> dict[int, dict[str, Any]]:
    """Track -> its decision from names that need more than one box.

    Args:
        boxes: rows of detect_objects.
        texts: rows of run_ocr, one per track.
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
    places: dict[tuple[str, ...], tuple[ComposedLine, list[int]]] = {}
    for seq in sorted(frames):
        for line in compose_lines(frames[seq]):
            places.setdefault(line.keys, (line, []))[1].append(seq)
    found: dict[int, dict[str, Any]] = {}
    for line, seqs in places.values():
        for row in _composed_rows(line, known, alone, index, config):
            row["for_seqs"] = seqs
            best = found.get(row["track"])
            if best is not None and row["matched_name"] == best["matched_name"]:
                best["for_seqs"] = sorted({*best["for_seqs"], *seqs})
            elif best is None or len(row["matched_name"]) > len(best["matched_name"]):
                found[row["track"]] = row
    for track, row in found.items():
        seen = {box["seq"] for box in boxes if box["track"] == track}
        row["against_seqs"] = sorted(seen - set(row["for_seqs"]))  # there the rest of the name is not seen beside it
    return found


def with_composed(own: list[dict[str, Any]], found: dict[str, Any]) -> list[dict[str, Any]]:
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
            row = decision_row(track, candidate, line.text, span)
            row["with_tracks"] = [other for other, _, _ in touched if other != track]
            rows.append(row)
    return rows
