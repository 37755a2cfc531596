"""Overlays of run_ocr and match_brands: what each box was read as, and which brand that is or nearly is."""

from __future__ import annotations

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Row, Shot, Source
from mpr_core.overlays.view import Mark, View, quad_of
from mpr_core.overlays.words import counted, cut_text
from mpr_core.stages.decision_rows import holds_at

VOTES, WEAK, ELSEWHERE, ILLEGIBLE = Colour.SKY, Colour.ORANGE, Colour.GREEN, Colour.GREY
MATCHED, NEAR, NOT_HERE, UNLISTED = Colour.YELLOW, Colour.ORANGE, Colour.PURPLE, Colour.GREY


def run_ocr(source: Source, shot: Shot, *, deep: bool) -> View:
    """Each box with the text read in this very frame, or else what its track was read as elsewhere."""
    boxes = shot.at("detect_objects", "boxes")
    lines = {row["track"]: row for row in shot.at("run_ocr", "lines")}
    texts = {row["track"]: row for row in shot.tables.rows("run_ocr", "texts")}
    least = source.config("run_ocr").min_score
    marks = [_reading(box, lines.get(box["track"]), texts.get(box["track"]), least) for box in boxes]
    count = {colour: sum(m.colour is colour for m in marks) for colour in (VOTES, WEAK, ELSEWHERE, ILLEGIBLE)}
    facts = (
        f"{count[VOTES] + count[WEAK]} of {counted(len(boxes), 'box', 'boxes')} read in this frame: "
        f"{count[VOTES]} vote, {count[WEAK]} do not; {count[ELSEWHERE]} are known from other frames, "
        f"{count[ILLEGIBLE]} not legible",
    )
    return View(
        shot.picture,
        shot.size_px,
        headline=f"{len(boxes) - count[ILLEGIBLE]}/{len(boxes)} legible",
        facts=facts if boxes else ("no boxes here",),
        marks=tuple(marks),
        legend={
            VOTES: "read here, votes for its track's text",
            WEAK: f"read here below min_score {least:g}, does not vote",
            ELSEWHERE: "its track's text, read in other frames",
            ILLEGIBLE: "nothing legible",
        },
    )


def _reading(box: Row, line: Row | None, text: Row | None, least: float) -> Mark:
    quad = quad_of(box["quad_px"])
    if line is not None and line["text"]:
        turned = f" turned {line['turned_deg']}°" if line["turned_deg"] else ""
        short = f"{cut_text(line['text'])} {line['score']:.2f}"
        if line["votes"]:
            return Mark(quad, VOTES, short + turned, cut_text(line["text"]))
        return Mark(quad, WEAK, f"{short} < {least:g}{turned}", short)
    if text is not None and text["text"]:
        words = cut_text(text["text"])
        return Mark(quad, ELSEWHERE, f"{words} {text['score']:.2f}", words, kind="side")
    return Mark(quad, ILLEGIBLE, "", kind="side")


def match_brands(source: Source, shot: Shot, *, deep: bool) -> View:
    """Boxes with their brand; those that nearly had one with the best candidate and what stood against it."""
    boxes = shot.at("detect_objects", "boxes")
    rows: dict[int, list[Row]] = {}
    for row in shot.tables.rows("match_brands", "decisions"):
        rows.setdefault(row["track"], []).append(row)
    nearest = _nearest(shot)
    least = source.config("match_brands").min_score
    marks = [_decision(box, rows.get(box["track"], []), nearest.get(box["track"]), least) for box in boxes]
    # Labels are placed in this order, so what matters is named first.
    marks.sort(key=lambda m: (MATCHED, NOT_HERE, NEAR, UNLISTED).index(m.colour))
    count = {colour: sum(m.colour is colour for m in marks) for colour in (MATCHED, NEAR, NOT_HERE, UNLISTED)}
    brands = sorted({r["brand"] for b in boxes for r in rows.get(b["track"], []) if _counts(r, b["seq"])})
    facts = (
        f"{count[MATCHED]} of {counted(len(boxes), 'box', 'boxes')} matched: {', '.join(brands) or 'no brand'}",
        f"{counted(count[NEAR], 'near miss', 'near misses')}, {count[NOT_HERE]} of a matched track that read as something else "
        f"here, {count[UNLISTED]} without a candidate",
    )
    return View(
        shot.picture,
        shot.size_px,
        headline=", ".join(brands) or "no brand",
        facts=facts if boxes else ("no boxes here",),
        marks=tuple(marks),
        legend={
            MATCHED: "matched: brand and score",
            NEAR: "near miss: best candidate, its score, and what stood against it",
            NOT_HERE: "its track is matched, but reads as something else here",
            UNLISTED: "text near no brand",
        },
    )


def _counts(decision: Row, seq: int) -> bool:
    return bool(decision["brand"]) and holds_at(decision, seq)


def _nearest(shot: Shot) -> dict[int, Row]:
    """Track -> the best candidate that was turned down."""
    found: dict[int, Row] = {}
    for row in shot.tables.rows("match_brands", "candidates"):
        if not row["accepted"] and (row["track"] not in found or row["score"] > found[row["track"]]["score"]):
            found[row["track"]] = row
    return found


def _decision(box: Row, decisions: list[Row], nearest: Row | None, least: float) -> Mark:
    quad = quad_of(box["quad_px"])
    brands = {row["brand"]: row for row in decisions if row["brand"]}
    here = [row for row in brands.values() if holds_at(row, box["seq"])]
    if here:
        label = " + ".join(f"{cut_text(row['brand'])} {row['score']:.0f}" for row in here)
        return Mark(quad, MATCHED, label, cut_text(here[0]["brand"]))
    if brands:
        return Mark(quad, NOT_HERE, f"not here: {cut_text(next(iter(brands)))}", "not here")
    if nearest is not None:
        text = cut_text(nearest["matched_text"])
        too_low = nearest["vetoed_by"] == "min_score" and nearest["score"] < least
        why = f"{nearest['score']:.0f} < {least:g}" if too_low else f"{nearest['score']:.0f} {nearest['vetoed_by']}"
        return Mark(quad, NEAR, f"{text} = {cut_text(nearest['brand'])}? {why}", f"{cut_text(nearest['brand'])}?")
    words = cut_text(next((row["text"] for row in decisions if row["text"]), ""))
    return Mark(quad, UNLISTED, words, "", kind="side")
