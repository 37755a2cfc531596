"""Overlays of escalate_vlm and escalate_cloud: which tracks are asked about, or would be, and why."""

from __future__ import annotations

from mpr_core.overlays.boxes import best_crops, crop_tiles, crop_time
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Row, Shot, Source
from mpr_core.overlays.view import Mark, View, quad_of
from mpr_core.overlays.words import cut_text

ANSWERED, ASKED, UNASKED, DECIDED, NOT_WORTH = (
    Colour.YELLOW,
    Colour.SKY,
    Colour.VERMILLION,
    Colour.GREEN,
    Colour.GREY,
)

_REASON_CHARS = 120


def escalate(source: Source, shot: Shot, *, deep: bool) -> View:
    """The tracks on this frame by what the stage did, or would have done, about them."""
    stage = source.stage
    boxes = shot.at("detect_objects", "boxes")
    questions = {row["track"]: row for row in shot.tables.rows(stage, "questions")}
    answers = {row["track"]: row for row in shot.tables.rows(stage, "decisions") if row["brand"]}
    before = _decided_before(stage, shot)
    marks = [_mark(box, answers.get(box["track"]), questions.get(box["track"]), before) for box in boxes]
    order = (ANSWERED, ASKED, UNASKED, DECIDED, NOT_WORTH)
    marks.sort(key=lambda m: order.index(m.colour))
    count = {colour: sum(m.colour is colour for m in marks) for colour in order}
    facts = [
        f"here {count[ANSWERED]} answered, {count[ASKED]} asked without a brand, {count[UNASKED]} would be asked, "
        f"{count[DECIDED]} decided before, {count[NOT_WORTH]} not worth a question"
    ]
    here = [questions[t] for t in dict.fromkeys(b["track"] for b in boxes) if t in questions]
    for why in sorted({row["why"] for row in here}):
        facts.append(f"why: {why} ({sum(row['why'] == why for row in here)})")
    facts += [f"#{row['track']}: {cut_text(row['reason'], _REASON_CHARS)}" for row in here if row.get("reason")]
    crops = best_crops(shot) if deep else {}
    chosen = [(crops[row["track"]], _title(row, shot, crops)) for row in here if row["track"] in crops]
    asked = count[ANSWERED] + count[ASKED]
    return View(
        shot.picture,
        shot.size_px,
        headline=f"{asked} asked" if asked else f"{count[UNASKED]} unasked",
        facts=tuple(facts) if boxes else ("no boxes here",),
        marks=tuple(marks),
        tiles=tuple(crop_tiles(shot, chosen, UNASKED if source.node.status == "skipped" else ASKED)),
        tiles_title="the best crop of each, as the question shows it",
        legend={
            ANSWERED: "asked, answered with a brand",
            ASKED: "asked, no brand",
            UNASKED: "would be asked",
            DECIDED: "decided before",
            NOT_WORTH: "not worth a question",
        },
    )


def _decided_before(stage: str, shot: Shot) -> dict[int, str]:
    """Track -> brand from the stages before."""
    stages = ("match_brands",) if stage == "escalate_vlm" else ("match_brands", "escalate_vlm")
    return {row["track"]: row["brand"] for s in stages for row in shot.tables.rows(s, "decisions") if row["brand"]}


def _mark(box: Row, answer: Row | None, question: Row | None, before: dict[int, str]) -> Mark:
    quad, track = quad_of(box["quad_px"]), f"#{box['track']}"
    if answer is not None:
        return Mark(quad, ANSWERED, f"{track} {cut_text(answer['brand'])} {answer['score']:.0f}", track)
    if question is not None:
        words = f" {cut_text(question['text'])}" if question["text"] else ""
        asked = question["asked"] or question.get("status") == "shared"
        return Mark(quad, ASKED if asked else UNASKED, f"{track}{words}", track)
    if box["track"] in before:
        return Mark(quad, DECIDED, cut_text(before[box["track"]]), kind="side")
    return Mark(quad, NOT_WORTH, kind="side")


def _title(question: Row, shot: Shot, crops: dict[int, Row]) -> str:
    when = crop_time(shot, crops[question["track"]])
    said = " ".join(word for word in (question.get("verdict"), question.get("name")) if word)
    size = f"#{question['track']} {when}, {question['seconds']:.1f} s, {question['height_px']:.0f} px"
    return f"{size}: {cut_text(said)}" if said else size
