"""What escalation and the report made of a place: asked or not and by which rule, in which airing it ended, or which are nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mpr_core.explain.explanation import XYXY, Step
from mpr_core.explain.places import height_px, same_place, upright_px
from mpr_core.explain.presence import Presence
from mpr_core.explain.threads import Thread
from mpr_core.report.clock import clock
from mpr_core.report.model import Airing, Report
from mpr_core.runner.branch import Branch
from mpr_core.stages.escalation import settled_tracks

_SAME_INSTANT_S = 0.002  # the report rounds to milliseconds


def escalation_steps(branch: Branch, thread: Thread | None) -> Iterator[Step]:
    """Steps of both escalation stages for one thing."""
    for stage in ("escalate_vlm", "escalate_cloud"):
        if not branch.has(stage):
            continue
        node = branch.node(stage)
        outcome = "skipped" if node.status == "skipped" else "saw"
        said, facts = _asked(branch, stage, thread)
        said = f"{node.reason}; {said}" if node.status == "skipped" and said else said or node.reason
        if thread is not None and not thread.hidden and node.status != "skipped":
            outcome = "passed" if facts.get("brands") else "nothing"
        track = None if thread is None or thread.hidden else thread.track
        yield _step(branch, stage, outcome, said or "nothing to ask about", track, facts)


def _asked(branch: Branch, stage: str, thread: Thread | None) -> tuple[str, dict[str, Any]]:
    if thread is None or thread.hidden:
        return "no track there to ask about", {}
    view, track = thread.view, thread.track
    escalation = view.escalation(stage)
    brands = [row["brand"] for row in escalation.decisions.to_pylist() if row["track"] == track and row["brand"]]
    question = next((row for row in escalation.questions.to_pylist() if row["track"] == track), None)
    if brands:
        reason = f" ({question['reason']})" if question is not None and question["reason"] else ""
        return f"answered: {', '.join(brands)}{reason}", {"brands": brands}
    if question is not None:
        return f"{_got(question)}: {question['why']}", {"asked": question["asked"], "why": question["why"]}
    if view.decisions.get(track):
        return "not asked: it was decided before", {}
    if stage == "escalate_cloud" and track in settled_tracks(view.escalation("escalate_vlm")):
        return "not asked: the local model settled it", {}
    rules = kept_out(thread, branch.node(stage).config)
    return f"not asked: {', '.join(rules)}" if rules else "not asked", {"kept_out_by": rules}


def _got(question: dict[str, Any]) -> str:
    """What became of a question that brought no brand."""
    if question["asked"] or question["status"] == "shared":
        return f"asked, and got no brand ({question['reason']})" if question["reason"] else "asked, and got no brand"
    return f"not answered ({question['reason']})" if question["reason"] else "would be asked"


def kept_out(thread: Thread, config: dict[str, Any]) -> list[str]:
    """The routing rules that keep a thing from being asked about."""
    times = [row["t_s"] for row in thread.boxes]
    seconds, height = max(times) - min(times), max(height_px(row["quad_px"]) for row in thread.boxes)
    text = thread.view.texts.get(thread.track, {"text": "", "score": 0.0})
    letters = sum(c.isalpha() for c in text["text"])
    found = []
    if height < config["min_height_px"]:
        found.append(f"{height:.0f} px high, under min_height_px = {config['min_height_px']:g}")
    if seconds < config["min_seconds_s"]:
        found.append(f"tracked for {seconds:.1f} s, under min_seconds_s = {config['min_seconds_s']:g}")
    if text["score"] < config["min_text_score"]:
        found.append(f"text score {text['score']:.2f}, under min_text_score = {config['min_text_score']:g}")
    if letters < config["min_letters"]:
        found.append(f"{letters} letters, under min_letters = {config['min_letters']}")
    return found


def airing_at(
    report: Report, brand: str, at_s: float, frame_s: float, box_px: XYXY | None
) -> tuple[Airing | None, bool]:
    """The brand's airing at a second, and whether it is at the asked place there (True without a place)."""
    for airing in report.airings:
        if airing.brand == brand and airing.start_s <= at_s + _SAME_INSTANT_S and at_s < airing.end_s:
            return airing, box_px is None or _is_there(airing, at_s, frame_s, box_px)
    return None, False


def on_screen(airing: Airing, at_s: float) -> bool:
    """Whether a second of an airing is one at which the brand was seen, not a gap that was bridged."""
    return any(start <= at_s + _SAME_INSTANT_S and at_s < end for start, end in airing.spans_s)


def report_step(
    branch: Branch,
    report: Report,
    brand: str,
    at_s: float,
    airing: Airing | None,
    there: bool,
    dropped: Presence | None,
) -> Step:
    """What the report holds of the brand at a second, or nearest to it."""
    facts: dict[str, Any] = {}
    if airing is not None:
        outcome, said = (
            "passed",
            f"airing {airing.id}, {span(airing)}, score {airing.score:.0f}, decided by {airing.decided_by}",
        )
        facts = {"airing": airing.id, "start_s": airing.start_s, "end_s": airing.end_s, "there": there}
        if not on_screen(airing, at_s):
            said += "; this second lies in a gap that was bridged"
        elif not there:
            said += "; elsewhere in the frame"
    elif dropped is not None:
        outcome = "cut"
        least = branch.node("compile_report").config["min_airing_s"]
        said = f"a stay of {dropped.seconds:.2f} s from {clock(dropped.start_s)} was dropped: min_airing_s = {least:g}"
        facts = {"seconds": round(dropped.seconds, 3), "min_airing_s": least}
    else:
        outcome, said = "nothing", "no airing then"
    near = nearest_airings([a for a in report.airings if a.brand == brand], at_s) if airing is None else []
    if airing is None:
        said += f"; nearest: {', '.join(map(span, near))}" if near else f"; {brand} has no airing at all"
        facts["nearest"] = [{"airing": a.id, "start_s": a.start_s, "end_s": a.end_s} for a in near]
    return _step(branch, "compile_report", outcome, said, None, facts)


def nearest_airings(airings: Sequence[Airing], at_s: float) -> list[Airing]:
    """The last one before a second and the first one after it."""
    before = [a for a in airings if a.end_s <= at_s]
    after = [a for a in airings if a.start_s > at_s]
    return [*before[-1:], *after[:1]]


def span(airing: Airing) -> str:
    return f"{clock(airing.start_s)} to {clock(airing.end_s)}"


def _is_there(airing: Airing, at_s: float, frame_s: float, box_px: XYXY) -> bool:
    shown = [b for b in airing.boxes if abs(b.t_s - frame_s) <= _SAME_INSTANT_S or b.start_s <= at_s < b.end_s]
    return any(same_place(upright_px(box.quad_px), box_px) for box in shown)


def _step(branch: Branch, stage: str, outcome: str, said: str, track: int | None, facts: dict[str, Any]) -> Step:
    node = branch.node(stage).id
    return Step.model_validate(
        {"stage": stage, "node": node, "outcome": outcome, "said": said, "track": track, "facts": facts}
    )
