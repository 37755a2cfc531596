"""Why a branch does not show a brand at a place where another one does: the first stage on the way that stopped it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mpr_core.compare.branch_rows import BranchRows, Row, SegmentView
from mpr_core.compare.places import bounds
from mpr_core.report.model import Box
from mpr_core.stages.filter_scenes import NOBODY

NOT_SAMPLED = ("frame",)
DECIDED = ("decided",)
"""The branch decided it for the brand too, so what leaves it out is a rule of the report."""

_VETO_MARK = "not accepted: "


@dataclass(frozen=True)
class Cause:
    """One finding.

    `key` groups findings that are the same thing; `depth` is how far the brand came, in stages; `said` is the sentence.
    """

    key: tuple[str, ...]
    depth: int
    said: str
    weight: float = 0.0
    """Among equal keys the sentence with most is told: a score, mostly."""


def is_listed(rows: BranchRows, brand: str) -> bool:
    """Whether the branch's brand list has the name."""
    return any(entry["canonical_name"] == brand for entry in rows.config("match_brands").get("brands", ()))


def cause_at(rows: BranchRows, shown_by: BranchRows, brand: str, box: Box) -> Cause:
    """Why a branch does not show a brand where a box of the other branch's report shows it.

    Args:
        rows: the branch that lacks it.
        shown_by: the branch that has it.
    """
    place = bounds(box.quad_px)
    segment = rows.at(box.t_s)
    seq = None if segment is None else segment.frame_at(box.t_s, max(rows.half_step_s, shown_by.half_step_s) + 1e-6)
    if segment is None or seq is None:
        return Cause(NOT_SAMPLED, 0, "that instant was not sampled")
    if seq == NOBODY:
        return Cause(("blank",), 1, "the frame counts as blank")
    found = segment.boxes_at(seq, place)
    if not found and not segment.samples(box.t_s):
        return Cause(
            NOT_SAMPLED, 0, "that instant was not sampled"
        )  # on the frame nearest to it things may stand elsewhere
    if not found:
        return _no_box(rows, shown_by, box)
    tracks = list(dict.fromkeys(row["track"] for row in found))
    return max((_on_track(rows, segment, track, brand, seq) for track in tracks), key=lambda c: (c.depth, c.weight))


def _no_box(rows: BranchRows, shown_by: BranchRows, box: Box) -> Cause:
    """The box that the other branch has, held against this branch's limits."""
    knobs, others = rows.config("detect_objects"), shown_by.config("detect_objects")
    segment = shown_by.at(box.t_s)
    seq = None if segment is None else segment.frame_at(box.t_s, shown_by.half_step_s + 1e-6)
    if segment is not None and seq is not None and knobs["box_score"] > others["box_score"]:
        scores = [row["score"] for row in segment.boxes_at(seq, bounds(box.quad_px)) if row["source"] == "text"]
        if scores and max(scores) < knobs["box_score"]:
            score = max(scores)
            return Cause(
                ("box_score",),
                2,
                f"its box scored {under(score, knobs['box_score'], 2)}, under detect_objects.box_score {knobs['box_score']:g}",
                score,
            )
    return Cause(("box",), 2, "no box there")


def _on_track(rows: BranchRows, segment: SegmentView, track: int, brand: str, seq: int) -> Cause:
    own = [row for _, row in segment.decisions.get(track, ()) if row["brand"] == brand]
    if own:
        if all(seq in row["against_seqs"] for row in own):
            return Cause(("against",), 7, "what was read at that instant says otherwise")
        return Cause(DECIDED, 7, "")
    candidates = [row for row in segment.candidates.get(track, ()) if row["brand"] == brand]
    if candidates:
        return _cut(max(candidates, key=lambda row: (not row["accepted"], row["score"])), rows)
    holders = [row["brand"] for _, row in segment.decisions.get(track, ())]
    text = next((row["text"] for row in segment.texts.get(track, ())), "")
    if holders:
        return Cause(("other", holders[0]), 5, f"{text!r} was decided as {holders[0]}")
    return _as_read(rows, segment, track, text)


def _cut(candidate: Row, rows: BranchRows) -> Cause:
    """A candidate that a rule of matching cut."""
    veto, score = candidate["vetoed_by"], candidate["score"]
    if candidate["accepted"]:
        return Cause(("longer",), 6, f"a longer name took the letters of {candidate['matched_text']!r}", score)
    if veto == "min_score":
        least = rows.config("match_brands")["min_score"]
        after = " after its readings disagreed" if "after disagreement" in candidate["reason"] else ""
        told = f"{candidate['matched_text']!r} scored {under(score, least)}{after}"
        said = f"{told}, under match_brands.min_score {least:g}"
        return Cause(("min_score",), 6, said, score)
    reason = candidate["reason"].rpartition(_VETO_MARK)[2]
    if veto == "votes" and reason.startswith("only"):
        reason += " (match_brands.min_vote_share)"
    return Cause((veto,), 6, f"{candidate['matched_text']!r}: {reason}", score)


def _as_read(rows: BranchRows, segment: SegmentView, track: int, text: str) -> Cause:
    """No name resembles what was read, or nothing was."""
    lines = [line for line in segment.lines.get(track, ()) if line["text"]]
    if not lines:
        return Cause(("unread",), 3, "its text was not read" if segment.crops.get(track) else "no crop of it was made")
    best = max(lines, key=lambda line: line["score"])
    least = rows.config("match_brands")["min_text_score"]
    if best["score"] < least:
        said = f"{best['text']!r} was read at {under(best['score'], least, 2)}, under match_brands.min_text_score {least:g}"
        return Cause(("text_score",), 4, said, best["score"])
    return Cause(("text",), 4, f"it was read as {text or best['text']!r}")


def under(score: float, least: float, decimals: int = 0) -> str:
    """A score below a limit, with a further decimal only where it would else look like the limit."""
    return f"{score:.{decimals}f}" if round(score, decimals) < least else f"{score:.{decimals + 1}f}"


def composed_cause(shown_by: BranchRows, rows: BranchRows, brand: str, box: Box) -> Cause | None:
    """A name over several boxes has no candidates of its own: its decision in the branch that has it, held against the other's limit."""
    segment = shown_by.at(box.t_s)
    seq = None if segment is None else segment.frame_at(box.t_s, shown_by.half_step_s + 1e-6)
    if segment is None or seq is None:
        return None
    least = float(rows.config("match_brands")["min_score"])
    found: list[Mapping[str, Any]] = [
        row
        for here in segment.boxes_at(seq, bounds(box.quad_px))
        for _, row in segment.decisions.get(here["track"], ())
        if row["brand"] == brand and row["with_tracks"] and row["score"] < least
    ]
    if not found:
        return None
    best = max(found, key=lambda row: row["score"])
    said = f"{best['matched_name']!r} over several boxes scored {under(best['score'], least)}, under match_brands.min_score {least:g}"
    return Cause(("min_score",), 6, said, best["score"])
