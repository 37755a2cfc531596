"""What detection, cropping, reading and matching say of one thing, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mpr_core.explain.explanation import XYXY, Step
from mpr_core.explain.places import same_place, upright_px, written_px
from mpr_core.explain.segment_view import Row
from mpr_core.explain.shown_frame import NOBODY, ShownFrame
from mpr_core.explain.threads import Thread
from mpr_core.report.clock import clock
from mpr_core.runner.branch import Branch
from mpr_core.stages.decision_rows import holds_at

_NEIGHBOURS = 4
_CANDIDATES_TOLD = 3


def boxes_step(branch: Branch, shown: ShownFrame, box_px: XYXY | None, here: Sequence[Thread], left_out: int) -> Step:
    """What detect_objects has of the frame and of the place."""
    count = len(shown.view.boxes_by_seq.get(shown.rep_seq, []))
    if shown.rep_seq == NOBODY:
        said = "nothing was looked for on a blank frame"
    elif box_px is None:
        said = f"{_many(count, 'box', 'boxes')} on the frame"
    else:
        said = f"{len(here) or 'none'} of {_many(count, 'box', 'boxes')} of the frame at {written_px(box_px)}"
    if left_out:
        said += f"; {left_out} more with its thresholds open"
    facts: dict[str, Any] = {"boxes": count, "boxes_here": len(here), "left_out": left_out}
    if box_px is not None and not here:
        facts["neighbours"] = _beside(shown, box_px)
        if facts["neighbours"]:
            seen = ", ".join(f"{n['t_s']:.2f} s '{n['text']}'" for n in facts["neighbours"])
            said += f"; on the frames around: {seen}"
    return _step(branch, "detect_objects", "saw" if here or left_out else "nothing", said, None, facts)


def thread_steps(branch: Branch, thread: Thread, brand: str) -> Iterator[Step]:
    """Steps of detect_objects to match_brands, as far as the branch goes."""
    if thread.hidden:
        yield _left_out(branch, thread)
        return
    yield _followed(branch, thread)
    for stage, said in (("preprocess", _cropped), ("run_ocr", _read), ("match_brands", _matched)):
        if branch.has(stage):
            yield said(branch, thread, brand)


def _left_out(branch: Branch, thread: Thread) -> Step:
    text, score = thread.surest
    box = thread.box
    reads = f", reads '{text}' ({score:.2f})" if text else ", nothing legible in it"
    said = f"not kept: a box with score {box['score']:.2f}, {thread.height_px:.0f} px high, at {written_px(thread.place)}{reads}"
    facts = _box_facts(thread) | {"text": text, "text_score": round(score, 3)}
    return _step(branch, "detect_objects", "cut", said, None, facts)


def _followed(branch: Branch, thread: Thread) -> Step:
    box = thread.box
    seen = [row["t_s"] + thread.view.offset_s for row in thread.boxes]
    span = (
        f"on {len(seen)} frames from {clock(min(seen))} to {clock(max(seen))}"
        if len(seen) > 1
        else "on this frame only"
    )
    kind = "" if box["source"] == "text" else f"{box['class_name']}, "
    said = f"{kind}score {box['score']:.2f}, {thread.height_px:.0f} px high, at {written_px(thread.place)}, {span}"
    return _step(branch, "detect_objects", "passed", said, thread.track, _box_facts(thread) | {"frames": len(seen)})


def _cropped(branch: Branch, thread: Thread, _brand: str) -> Step:
    crops = thread.view.crops.get(thread.track, [])
    if not crops:
        return _step(branch, "preprocess", "nothing", "no crop", thread.track, {})
    cut = {"start": any(c["cut_start"] for c in crops), "end": any(c["cut_end"] for c in crops)}
    edges = " and ".join(side for side, found in cut.items() if found)
    here = any(c["seq"] == thread.seq for c in crops)
    frames = ", ".join(str(c["seq"]) for c in crops)
    best = crops[0]
    said = f"{_many(len(crops), 'crop')}, of frame{'s' if len(crops) > 1 else ''} {frames}; best {best['width_px']}x{best['height_px']}"
    said += f"; the frame's border cuts its {edges}" if edges else ""
    said += "" if here else "; none of them is of this frame"
    told = [
        {k: c[k] for k in ("crop", "seq", "width_px", "height_px", "quality", "cut_start", "cut_end")} for c in crops
    ]
    return _step(branch, "preprocess", "passed", said, thread.track, {"crops": told})


def _read(branch: Branch, thread: Thread, _brand: str) -> Step:
    lines = thread.readings
    least = branch.node("run_ocr").config["min_score"]
    told = [{k: row[k] for k in ("seq", "text", "score", "votes", "turned_deg")} for row in lines]
    if not any(row["text"] for row in lines):
        return _step(branch, "run_ocr", "cut", "nothing legible", thread.track, {"readings": told})
    said = ", ".join(_reading(row, least) for row in lines)
    outcome = "passed" if any(row["votes"] for row in lines) else "cut"
    return _step(branch, "run_ocr", outcome, said, thread.track, {"readings": told, "min_score": least})


def _reading(row: Row, least: float) -> str:
    if not row["text"]:
        return "nothing"
    vote = "" if row["votes"] else f", no vote under run_ocr.min_score = {least:g}"
    turned = f", turned by {row['turned_deg']} degrees" if row["turned_deg"] else ""
    return f"'{row['text']}' ({row['score']:.2f}{turned}{vote})"


def _matched(branch: Branch, thread: Thread, brand: str) -> Step:
    view, track = thread.view, thread.track
    node = branch.node("match_brands")
    if node.status == "skipped":
        return _step(branch, "match_brands", "skipped", node.reason, track, {})
    candidates = [row for row in view.candidates.get(track, []) if row["brand"] == brand]
    told = [{k: v for k, v in row.items() if k != "track"} for row in candidates[:_CANDIDATES_TOLD]]
    facts: dict[str, Any] = {
        "candidates": told,
        "nearness": {
            "score": round(thread.nearness.score, 1),
            "letters_percent": round(thread.nearness.letters_percent, 1),
            "text": thread.nearness.text,
            "name": thread.nearness.name,
        },
    }
    own = next((row for _, row in view.decisions.get(track, []) if row["brand"] == brand), None)
    others = [(row["brand"], row["score"]) for _, row in view.decisions.get(track, []) if row["brand"] != brand]
    facts["other_brands"] = [name for name, _ in others]
    if own is not None and holds_at(own, thread.seq):
        said = f"{brand} with score {own['score']:.0f} by rule {own['rule']}: {own['reason']}"
        return _step(branch, "match_brands", "passed", said, track, facts)
    if own is not None:
        said = f"{brand} on frames {_listed(own['for_seqs'])}; frames {_listed(own['against_seqs'])} speak against it"
        return _step(branch, "match_brands", "cut", said, track, facts)
    said = "; ".join(row["reason"] for row in candidates[:1]) or _far(thread)
    said += "".join(f"; decided as {name} ({score:.0f})" for name, score in others)
    return _step(branch, "match_brands", "cut" if candidates or thread.nearness.near else "nothing", said, track, facts)


def _far(thread: Thread) -> str:
    near = thread.nearness
    if not near.text:
        return "no text to match"
    if near.score:
        return f"no candidate was kept; with every threshold open it comes to {near.score:.0f} for {near.name}: {near.reason}"
    return f"no candidate; {near.letters_percent:.0f}% of the letters of {near.name} in common"


def _beside(shown: ShownFrame, box_px: XYXY) -> list[dict[str, Any]]:
    """Boxes at the place on the nearest frames of the segment that were looked at."""
    view = shown.view
    seqs = sorted((s for s in view.boxes_by_seq if s != shown.rep_seq), key=lambda s: (abs(s - shown.seq), s))
    found = []
    for seq in sorted(seqs[:_NEIGHBOURS]):
        for row in view.boxes_by_seq[seq]:
            if same_place(upright_px(row["quad_px"]), box_px):
                text = view.texts.get(row["track"], {"text": ""})["text"]
                found.append(
                    {"seq": seq, "t_s": round(row["t_s"] + view.offset_s, 3), "text": text, "score": row["score"]}
                )
    return found


def _box_facts(thread: Thread) -> dict[str, Any]:
    box = thread.box
    return {
        "seq": thread.seq,
        "score": round(box["score"], 3),
        "height_px": round(thread.height_px, 1),
        "box_px": [round(v, 1) for v in thread.place],
        "source": box["source"],
        "in_hint": box["in_hint"],
    }


def _listed(seqs: Sequence[int]) -> str:
    return ", ".join(map(str, seqs)) or "none"


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _step(branch: Branch, stage: str, outcome: str, said: str, track: int | None, facts: dict[str, Any]) -> Step:
    node = branch.node(stage).id
    return Step.model_validate(
        {"stage": stage, "node": node, "outcome": outcome, "said": said, "track": track, "facts": facts}
    )
